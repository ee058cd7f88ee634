"""A job that changes again and again is one message, kept up by digests, until it has calmed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.core.playbook import World, rule, run
from watcher.core.notification import Notification, Reason
from watcher.core.rule import Rule
from watcher.core.run_summary import BATCH, RunSummary
from watcher.core.why import Why

FLAPS = rule("flapping", "flapping", "warning", count=4, within="6m", remind="4m")
DOWN = rule("down", "state-mismatch", keep="0s", lasts="0s", notify=["ops", "audit"])
CHANGED = rule("changed", "state-change", "info", notify=["ops", "audit"])
AGAIN = rule("again", "restart", "info", notify=["ops", "audit"])
UP, FAILED = run("a"), run("a", "FAILED")


def world(*rules: Rule, job_type: str = "FLINK_STREAM") -> World:
    found = World(FLAPS, *(rules or (DOWN,)), job_type=job_type)
    found.reads(UP)
    return found


def on_ops(told: list[str]) -> list[str]:
    return [line for line in told if line.endswith("@ops")]


def plays(found: World, *runs: RunSummary, every: str = "30s") -> list[str]:
    told = []
    for one in runs:
        found.waits(every)
        told += found.reads(one)
    return on_ops(told)


def flapped(found: World) -> Notification:
    return [note for note in found.store.notifications if note.rule == "flapping"][-1]


def begun(*rules: Rule) -> World:
    """A job that has just been told to flap, and is up."""
    found = world(*rules)
    plays(found, FAILED, UP, FAILED)
    assert "began flapping @ops" in plays(found, UP)
    return found


def test_the_fourth_change_within_six_minutes_is_flapping() -> None:
    """A few messages as ever, then one that says how often."""
    found = world()
    assert ["began down @ops", "recovered down @ops", "began down @ops"] == plays(
        found, FAILED, UP, FAILED
    )
    assert ["began flapping @ops", "recovered down @ops"] == plays(found, UP)
    facts = flapped(found).event.facts
    assert (4, 2, timedelta(seconds=90)) == (facts.changes, facts.restarts, facts.over)


def test_from_then_on_nothing_is_told_each_time() -> None:
    """Beginnings and ends that follow are stopped by the flapping, and decided as that."""
    found = begun()
    before = len(found.store.decisions)
    assert [] == plays(found, *[FAILED, UP] * 3)
    stopped = [d for d in found.store.decisions[before:] if d.channel == "ops"]
    assert {(Why.FLAPPING, flapped(found).alert)} == {(d.why, d.by) for d in stopped}


def test_the_webhook_goes_on_to_get_each() -> None:
    """Programs are told of every beginning and end."""
    found = begun()
    for one, told in ((FAILED, "began down @audit"), (UP, "recovered down @audit")):
        found.waits("30s")
        assert [told] == found.reads(one)


def test_a_digest_counts_what_came_since_it_began() -> None:
    """It comes every `remind_every`, while the job goes on changing."""
    found = begun()
    facts = flapped(found).event.facts
    for number in (12, 20):
        assert ["reminder flapping @ops"] == plays(found, *[FAILED, UP] * 4)
        facts = flapped(found).event.facts
        assert (number, number // 2) == (facts.changes, facts.restarts)
    assert timedelta(minutes=9, seconds=30) == facts.over


def test_once_it_is_calm_one_message_says_how_it_is() -> None:
    """After six minutes without a change, by a good reading; with all that it has done."""
    found = begun()
    plays(found, FAILED, UP)
    assert [] == [line for line in on_ops(found.reads_for("350s", UP)) if "reminder" not in line]
    assert ["recovered flapping @ops"] == on_ops(found.reads_for("10s", UP))
    end = flapped(found)
    assert found.now - timedelta(minutes=6) == end.ended_at
    assert (6, 3, None) == (end.event.facts.changes, end.event.facts.restarts, end.event.verdict)
    assert ["began down @ops"] == plays(found, FAILED)


def test_who_stays_down_is_not_hidden() -> None:
    """A third of the window without a change, and wrong: it is no longer flapping, it is down."""
    found = begun()
    assert [] == plays(found, FAILED)
    began = found.now
    assert [] == on_ops(found.reads_for("110s", FAILED))
    told = on_ops(found.reads_for("10s", FAILED))
    assert ["recovered flapping @ops", "began down @ops"] == told
    end, down = (note for note in found.last if note.channel == "ops")
    assert "failed" == end.event.verdict
    assert (began, True) == (down.began_at, down.mention)
    assert ["recovered down @ops"] == plays(found, UP)


def test_after_its_end_it_is_counted_anew() -> None:
    """The first change after it stayed down does not make it flap again."""
    found = begun()
    plays(found, FAILED)
    found.reads_for("120s", FAILED)
    assert ["recovered down @ops", "began down @ops", "recovered down @ops"] == plays(
        found, UP, FAILED, UP
    )
    assert ["began flapping @ops"] == plays(found, FAILED)


def test_a_few_restarts_then_one_message() -> None:
    """Restarted nine times in ten minutes: single messages first, then none but the digest."""
    found = world(rule("again", "restart", "info"))
    runs = [run("a", handler=f"app_1|flink_{number}") for number in range(9)]
    told = plays(found, *runs, every="60s")
    assert ["began again @ops"] * 3 == told[:3]
    assert ["began flapping @ops"] == told[3:4]
    assert {"reminder flapping @ops"} >= set(told[4:])


def test_changes_and_restarts_are_stopped_and_errors_are_told() -> None:
    """An error that was not told before is told while the job flaps, without mention."""
    found = begun(CHANGED, AGAIN, rule("errors", "new-error", "error"))
    assert [] == plays(found, FAILED, UP)
    told = plays(found, run("a", "FAILED", error="x.New: one", error_at=1_795_000_000_000))
    assert ["began errors @ops"] == told
    assert not found.last[-1].mention


def test_a_rule_that_counts_is_told() -> None:
    """Who wrote a rule that counts restarts hears when it has counted enough."""
    found = begun(AGAIN, rule("loop", "restart", "critical", count=3, within="10m"))
    assert ["began loop @ops"] == plays(found, FAILED, UP)


@pytest.mark.parametrize(
    "acts, told",
    [
        ([run("a", "TERMINATED", "TERMINATED")], ["planned flapping @ops"]),
        ([FAILED, run("a", "FAILED", "TERMINATED")], ["planned flapping @ops"]),
    ],
)
def test_a_changed_plan_ends_it(acts: list[RunSummary], told: list[str]) -> None:
    """Somebody acts, so what the job did by itself is over."""
    assert told == plays(begun(), *acts)


def test_a_start_that_somebody_asked_for_is_no_change() -> None:
    """Neither the way down nor the way up after ExpectState changed counts."""
    found = world()
    stop = [run("a", "RUNNING", "TERMINATED"), run("a", "TERMINATED", "TERMINATED")]
    start = [run("a", "TERMINATED"), run("a", "WAITING"), run("a")]
    told = plays(found, *(stop + start) * 4, every="10s")
    assert [] == [line for line in told if "flapping" in line]


def test_a_batch_job_does_not_flap() -> None:
    """Its states change because it works."""
    found = world(CHANGED, job_type=BATCH)
    assert "began flapping @ops" not in plays(found, *[run("a", "SUCCESS"), UP] * 5)


def test_a_blind_time_ends_nothing() -> None:
    """That nothing was seen to change is no calm; the first reading after it decides."""
    found = begun()
    for _ in range(40):
        found.waits("10s")
        found.fails("a")
    assert ["recovered flapping @ops"] == plays(found, UP)


def test_its_times_survive_a_kill() -> None:
    """What was counted, and what was told, is saved."""
    found = world()
    for one in (FAILED, UP, FAILED):
        plays(found, one)
        found.restarts()
    assert "began flapping @ops" in plays(found, UP)
    found.restarts()
    assert [] == plays(found, FAILED, UP)
    (alert,) = (one for one in found.store.alerts.values() if one.rule == "flapping")
    assert alert.tally is not None
    assert (6, 3) == (alert.tally.changes, alert.tally.restarts)


def test_a_set_clock_moves_it() -> None:
    """Six minutes stay six minutes while somebody sets the wall clock."""
    found = begun()
    found.sets_clock(timedelta(hours=-5))
    assert [] == [line for line in on_ops(found.reads_for("350s", UP)) if "reminder" not in line]
    assert ["recovered flapping @ops"] == on_ops(found.reads_for("10s", UP))


def test_a_job_that_leaves_the_file_ends_it() -> None:
    """Nobody watches it any more."""
    found = begun()
    assert "unwatched flapping @ops" in found.reloads(FLAPS, DOWN, jobs=("b",))


def test_where_no_rule_hears_of_it_nothing_is_kept() -> None:
    """A job's changes cost nothing where the kind is turned off."""
    off = rule("flapping", "flapping", "warning", notify=[])
    found = World(off, DOWN)
    found.reads(UP)
    plays(found, *[FAILED, UP] * 4)
    assert [()] == [job.changes for job in found.store.jobs.values()]


def test_what_was_muted_by_another_rule_is_let_go() -> None:
    """A milder rule that flapping stopped while a graver one speaks is decided once."""
    mild = rule("mild", "state-mismatch", "info", lasts="40s")
    found = begun(DOWN, mild)
    assert [] == plays(found, FAILED)
    found.reads_for("130s", FAILED)
    before = len(found.store.decisions)
    found.reads_for("60s", FAILED)
    assert before == len(found.store.decisions)
    assert Reason.BEGAN in {note.reason for note in found.store.notifications}
