"""The alerts of `state-mismatch`: clocks, what is told again, and how they end."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.core.playbook import World, rule, run
from watcher.core.notification import Reason, Status
from watcher.core.run_summary import STREAM, RunSummary
from watcher.core.why import Why

UP = run("a")
WAITING = run("a", "WAITING")
PAUSED = run("a", "PAUSED")
FAILED = run("a", "FAILED")
BEGAN = ["began down @ops"]
ENDED = ["recovered down @ops"]


def world(**more: object) -> World:
    return World(rule("down", "state-mismatch", **more))  # type: ignore[arg-type]


def verdict_of(world: World) -> str | None:
    return world.last[0].event.verdict


@pytest.mark.parametrize(
    "summary, verdict, seconds",
    [
        (run("a", "FAILED"), "failed", 0),
        (run("a", "PAUSED"), "stopped", 60),
        (run("a", "SUCCESS"), "stopped", 60),
        (run("a", "CREATED"), "unknown", 300),
        (run("a", "WAITING"), "stuck", 600),
        (run("a", "RUNNING", "PAUSED"), "zombie", 900),
    ],
)
def test_each_verdict_waits_for_its_default(
    summary: RunSummary, verdict: str, seconds: int
) -> None:
    """A mismatch fires at the first good reading at which it has lasted its verdict's default."""
    found = world()
    told = found.reads(summary)
    for _ in range(seconds // 20):
        assert [] == told
        found.waits("20s")
        told = found.reads(summary)
    assert (BEGAN, verdict) == (told, verdict_of(found))


def test_one_span_holds_for_all_verdicts() -> None:
    """`for = "20s"` holds for every verdict, `for = { failed = … }` for those named."""
    every = World(rule("down", "state-mismatch", lasts="20s"))
    assert [] == every.reads(FAILED)
    assert BEGAN == every.reads_for("20s", FAILED)
    named = World(rule("down", "state-mismatch", failed="20s"))
    assert [] == named.reads(FAILED)
    assert BEGAN == named.reads_for("20s", FAILED)
    assert [] == named.reads_for("50s", UP, every="50s")


def test_the_clock_runs_from_the_beginning_whatever_the_verdict() -> None:
    """A mismatch has one clock: it fires when it has lasted the `for` of the verdict shown."""
    found = world()
    found.reads(UP)
    assert [] == found.reads_for("30s", run("a", "CREATED"))
    assert BEGAN == found.reads_for("40s", PAUSED)
    assert "2026-11-22T12:00:10" == found.last[0].event.detected_at.isoformat()[:19]


@pytest.mark.parametrize(
    "anew", [run("a", "PAUSED", "SUCCESS"), run("a", "PAUSED", id=2)], ids=["expect", "id"]
)
def test_a_new_order_or_run_starts_the_clock_anew(anew: RunSummary) -> None:
    """The clock of a mismatch starts anew when ExpectState or Id changes."""
    found = world()
    found.reads(UP)
    assert [] == found.reads_for("50s", PAUSED)
    assert [] == found.reads_for("60s", anew)
    assert BEGAN == found.reads_for("10s", anew)


def test_an_absent_expectation_or_id_is_no_news() -> None:
    """A reading without ExpectState is no judgement, one without Id is the same run."""
    found = world()
    found.reads(UP)
    assert [] == found.reads_for("50s", PAUSED)
    assert [] == found.reads_for("10s", run("a", "PAUSED", None))
    assert BEGAN == found.reads_for("10s", run("a", "PAUSED", id=None))


def test_it_ends_when_it_was_right_for_a_minute() -> None:
    """`keep_firing_for` (60s) of good readings end it; told is when it was right."""
    found = world()
    assert BEGAN == found.reads(FAILED)
    assert [] == found.reads_for("60s", UP)
    assert ENDED == found.reads_for("10s", UP)
    end = found.last[0]
    assert (Status.RESOLVED, Reason.RECOVERED, 2) == (end.status, end.reason, end.number)
    assert (found.now - timedelta(seconds=60), False) == (end.ended_at, end.mention)


def test_right_and_wrong_within_a_minute_is_the_same_alert() -> None:
    """A flapping job is one alert, and nothing is told of it."""
    found = world()
    assert BEGAN == found.reads(FAILED)
    alert = found.last[0].alert
    for _ in range(5):
        assert [] == found.reads_for("50s", UP)
        assert [] == found.reads_for("20s", FAILED)
        assert Why.ALREADY_FIRING in {decision.why for decision in found.store.decisions}
    assert ENDED == found.reads_for("70s", UP)
    assert alert == found.last[0].alert


@pytest.mark.parametrize("keep, readings", [("0s", 1), ("20s", 3)])
def test_keep_firing_for_is_the_rules_own(keep: str, readings: int) -> None:
    """A rule may end its alert sooner or later."""
    found = world(keep=keep)
    found.reads(FAILED)
    assert [] == found.reads_for(f"{10 * readings - 10}s", UP)
    assert ENDED == found.reads_for("10s", UP)


@pytest.mark.parametrize(
    "first, second, told",
    [
        ("WAITING", "PAUSED", True),
        ("WAITING", "FAILED", True),
        ("CREATED", "FAILED", True),
        ("WAITING", "CREATED", False),
        ("CREATED", "WAITING", False),
        ("PAUSED", "FAILED", False),
        ("FAILED", "PAUSED", False),
        ("FAILED", "WAITING", False),
    ],
)
def test_only_a_turn_for_the_worse_is_told_again(first: str, second: str, *, told: bool) -> None:
    """While firing, a change from stuck or unknown to stopped or failed is told, no other."""
    found = world(lasts="0s")
    assert BEGAN == found.reads(run("a", first))
    found.waits("10s")
    assert (["worse down @ops"] if told else []) == found.reads(run("a", second))
    found.waits("10s")
    assert [] == found.reads(run("a", second))


def test_a_zombie_that_fails_is_right() -> None:
    """What was told to stop and then fails does what it was told."""
    found = world(lasts="0s", keep="0s")
    assert BEGAN == found.reads(run("a", "RUNNING", "PAUSED"))
    found.waits("10s")
    assert ENDED == found.reads(run("a", "FAILED", "PAUSED"))


def test_a_changed_order_ends_it_as_planned() -> None:
    """When ExpectState changes, a firing mismatch ends at that reading as `planned`."""
    found = world()
    assert BEGAN == found.reads(FAILED)
    found.waits("10s")
    assert ["planned down @ops"] == found.reads(run("a", "FAILED", "TERMINATED"))
    assert "failed" == found.last[0].event.verdict


def test_what_still_mismatches_begins_anew_with_its_own_clock() -> None:
    """After a changed order the same trouble is another alert, with its own `for`."""
    found = world()
    assert BEGAN == found.reads(FAILED)
    first = found.last[0].alert
    found.waits("10s")
    assert ["planned down @ops", *BEGAN] == found.reads(run("a", "FAILED", "SUCCESS"))
    assert first == found.last[0].alert != found.last[1].alert
    found.waits("10s")
    assert ["planned down @ops"] == found.reads(run("a", "PAUSED", "RUNNING"))
    assert [] == found.reads_for("50s", run("a", "PAUSED", "RUNNING"))
    assert BEGAN == found.reads_for("10s", run("a", "PAUSED", "RUNNING"))


def test_waiting_after_running_is_stopped() -> None:
    """An Id that was seen RUNNING and waits is stopped: 60s, not ten minutes."""
    found = world()
    found.reads(UP)
    assert [] == found.reads_for("60s", WAITING)
    assert BEGAN == found.reads_for("10s", WAITING)
    assert "stopped" == verdict_of(found)


@pytest.mark.parametrize("anew", ["id", "expect"])
def test_waiting_of_another_run_is_stuck(anew: str) -> None:
    """A new Id, or a new order, that waits has not been seen RUNNING: it is starting."""
    found = world(lasts="0s")
    found.reads(UP if anew == "id" else run("a", "RUNNING", "PAUSED"))
    found.waits("10s")
    found.reads(run("a", "WAITING", id=2 if anew == "id" else 1))
    assert "stuck" == found.last[-1].event.verdict


def test_a_state_that_stood_before_the_order_is_stuck_until_it_changes() -> None:
    """PAUSED when ExpectState becomes RUNNING is stuck; PAUSED again later is stopped."""
    found = world()
    found.reads(run("a", "PAUSED", "PAUSED"))
    assert [] == found.reads_for("590s", PAUSED)
    assert BEGAN == found.reads_for("20s", PAUSED)
    assert "stuck" == verdict_of(found)
    found.waits("10s")
    assert ["worse down @ops"] == found.reads(run("a", "TERMINATED"))


def test_at_first_sight_the_table_holds_as_it_is() -> None:
    """A job that is PAUSED at first sight is stopped, one that is WAITING is stuck."""
    found = world(lasts="0s")
    found.reads(PAUSED)
    assert "stopped" == verdict_of(found)
    other = world(lasts="0s")
    other.reads(WAITING)
    assert "stuck" == verdict_of(other)


def test_an_order_that_becomes_known_is_no_new_order() -> None:
    """A job first seen without ExpectState is judged by the table once it has one."""
    found = world(lasts="0s")
    assert [] == found.reads(run("a", "PAUSED", None))
    found.waits("10s")
    found.reads(PAUSED)
    assert "stopped" == verdict_of(found)


def test_no_judgement_of_an_unknown_order() -> None:
    """A misspelt ExpectState is carried and not judged; what fired for the old one is planned."""
    found = world()
    assert BEGAN == found.reads(FAILED)
    found.waits("10s")
    assert ["planned down @ops"] == found.reads(run("a", "FAILED", "RUNNIBG"))
    assert [] == found.reads_for("1h", run("a", "FAILED", "RUNNIBG"), every="10m")


def test_standing_mismatches_are_one_bundle_without_mention() -> None:
    """What stands at a source's first reading is marked `standing` and calls nobody."""
    found = World(
        rule("down", "state-mismatch"),
        rule("up", "state-mismatch", notify=["audit"]),
        jobs=["a", "b", "c"],
    )
    names = ["a", "b"]
    found.reads(*[run(name, "FAILED") for name in names], asked=names)
    ops = [n for n in found.last if n.channel == "ops"]
    assert [(True, False, "standing|prod")] * 2 == [(n.standing, n.mention, n.group) for n in ops]
    assert {(True, False, None)} == {
        (n.standing, n.mention, n.group) for n in found.last if n.channel == "audit"
    }
    found.reads(run("c", "FAILED"))
    assert {(True, False)} == {(n.standing, n.mention) for n in found.last}


def test_what_stood_is_told_as_worse_like_any_other() -> None:
    """Only the beginning of a standing mismatch is without mention."""
    found = world(lasts="0s")
    found.reads(WAITING)
    found.waits("10s")
    found.reads(FAILED)
    assert (Reason.WORSE, False, True) == (
        found.last[0].reason,
        found.last[0].standing,
        found.last[0].mention,
    )


def test_after_the_first_reading_nothing_is_standing() -> None:
    """A job that fails later, or comes later, is told in full."""
    found = world()
    found.reads(UP)
    found.waits("10s")
    found.reads(FAILED)
    assert (False, True) == (found.last[0].standing, found.last[0].mention)
    found.reloads(rule("down", "state-mismatch"), jobs=["a", "late"])
    found.reads(run("late", "FAILED"))
    assert (False, True) == (found.last[0].standing, found.last[0].mention)


def test_a_name_that_comes_into_being_later_is_not_standing() -> None:
    """A job that the first reading lacked and a later one shows FAILED is told in full."""
    found = World(rule("down", "state-mismatch"), jobs=["a", "b"])
    found.reads(UP, asked=["a", "b"])
    found.waits("1h")
    assert BEGAN == found.reads(UP, run("b", "FAILED"))
    assert (False, True) == (found.last[0].standing, found.last[0].mention)


def test_the_first_reading_may_take_several_answers() -> None:
    """Until every job has been asked for once, what an answer shows is standing."""
    found = World(rule("down", "state-mismatch"), jobs=["a", "b"])
    found.reads(FAILED)
    assert found.last[0].standing
    found.waits("10s")
    found.reads(run("b", "FAILED"))
    assert found.last[0].standing


def test_a_reminder_comes_while_it_lasts() -> None:
    """`remind_every` tells again, without mention, and never while it is on its way to recovery."""
    found = world(remind="5m")
    assert BEGAN == found.reads(FAILED)
    assert ["reminder down @ops"] * 2 == found.reads_for("600s", FAILED)
    assert not found.store.notifications[-1].mention
    found.waits("10m")
    assert [] == found.reads(UP)


def test_what_is_still_starting_is_reminded_of() -> None:
    """A stream job that stays stuck is told again like any other."""
    found = world(lasts="0s", remind="5m")
    found.reads(WAITING)
    assert ["reminder down @ops"] == found.reads_for("5m", WAITING)


def test_the_event_tells_when_it_was_first_seen_and_what_was_before() -> None:
    """The beginning carries the first reading's time and the run summary before the trouble."""
    found = world()
    found.reads(run("a", handler="app_1|one"))
    found.waits("10s")
    found.reads(PAUSED)
    first = found.now
    found.reads_for("60s", PAUSED)
    event = found.last[0].event
    assert (first, first) == (event.detected_at, event.occurred_at)
    assert event.previous is not None
    assert ("RUNNING", "app_1|one") == (
        event.previous.actual_state,
        event.previous.engine_job_handler,
    )
    assert STREAM == event.subject.job_type


def test_what_does_not_last_is_accounted_for() -> None:
    """A mismatch that goes before it is due is told to nobody, and the ledger says so."""
    found = world()
    found.reads(UP)
    found.reads_for("30s", PAUSED)
    found.waits("10s")
    assert [] == found.reads(UP)
    assert [Why.DID_NOT_LAST] == [d.why for d in found.step.decisions if d.rule == "down"]


def test_what_could_not_be_judged_is_judged_at_the_next_reading() -> None:
    """An answer without ExpectState must not hide the change of ActualState that it shows."""
    world = World(rule("down", "state-mismatch", lasts="0s"))
    world.reads(run("a"))
    world.waits("10s")
    assert [] == world.reads(run("a", "PAUSED", None))
    world.waits("10s")
    assert ["began down @ops"] == world.reads(run("a", "PAUSED"))


def test_a_beginning_in_the_future_counts_as_now() -> None:
    """A clock that is set back by an hour delays an alert by its `for`, not by the hour."""
    world = World(rule("down", "state-mismatch", lasts="1m"))
    world.reads(run("a", "FAILED"))
    world.now -= timedelta(hours=1)
    assert [] == world.reads(run("a", "FAILED"))
    world.waits("1m")
    assert ["began down @ops"] == world.reads(run("a", "FAILED"))
