"""A stop and start that somebody asked for is one line, unless the job does not come back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.core.playbook import World, rule, run
from watcher.core.run_summary import BATCH, RunSummary
from watcher.core.why import Why

REDEPLOYED = rule("redeployment", "redeployment", "info", notify=["ops", "audit"])
DOWN = rule("down", "state-mismatch", keep="60s")
CHANGED = rule("changed", "state-change", "info", notify=["ops", "audit"])
AGAIN = rule("again", "restart", "warning", notify=["ops", "audit"])
LINE = "began redeployment @ops"

UP = run("a")
STOPPING = run("a", "RUNNING", "TERMINATED")
STOPPED = run("a", "TERMINATED", "TERMINATED")
ASKED = run("a", "TERMINATED", id=2)
STARTING = run("a", "WAITING", id=2)
BACK = run("a", id=2)
FAILED = run("a", "FAILED", id=2)


def world(*rules: object, job_type: str = "FLINK_STREAM") -> World:
    found = World(*(rules or (DOWN, REDEPLOYED)), job_type=job_type)  # type: ignore[arg-type]
    found.reads(UP)
    return found


def plays(found: World, *runs: RunSummary, every: str = "60s") -> list[str]:
    """One reading of each, and what is told on `ops`."""
    told = []
    for one in runs:
        found.waits(every)
        told += found.reads(one)
    return [line for line in told if line.endswith("@ops")]


@pytest.mark.parametrize("stop", ["TERMINATED", "PAUSED"])
def test_a_redeployment_is_one_line(stop: str) -> None:
    """Nobody is paged for what somebody asked for; the line says from when to when it was down."""
    found = world()
    stopping, stopped = run("a", "RUNNING", stop), run("a", stop, stop)
    asked = run("a", stop, id=2)
    assert [LINE] == plays(found, stopping, stopped, asked, STARTING, BACK)
    facts = found.last[0].event.facts
    assert (found.now - timedelta(minutes=3), found.now) == (facts.down_at, facts.up_at)
    assert [] == plays(found, BACK, BACK)


def test_its_way_up_is_merged_into_the_line() -> None:
    """Changes of state between the order to start and the job's return are not told one by one."""
    found = world(DOWN, REDEPLOYED, CHANGED, AGAIN)
    assert ["began changed @ops"] == plays(found, STOPPING, STOPPED)
    assert [] == plays(found, ASKED, STARTING, run("a", "RESTARTING", id=2))
    assert [LINE] == plays(found, BACK)
    (line,) = (n for n in found.last if n.event.kind == "redeployment" and n.channel == "ops")
    merged = [d.notification for d in found.store.decisions if d.why is Why.MERGED]
    assert [line.id] * 3 == merged
    assert {} == found.store.riders
    assert 4 == sum(n.rule == "changed" for n in found.store.notifications if n.channel == "audit")


def test_one_that_does_not_come_back_pages() -> None:
    """The mismatch fires after its `for` as ever; what waited travels in it; its end suffices."""
    found = world(DOWN, REDEPLOYED, CHANGED)
    plays(found, STOPPING, STOPPED)
    assert [] == plays(found, ASKED, STARTING)
    assert ["began down @ops"] == plays(found, *[STARTING] * 10)
    (note,) = (n for n in found.store.notifications if n.rule == "down")
    assert ["state-change"] == [rider.kind.value for rider in note.riders]
    assert ["recovered down @ops"] == plays(found, BACK, BACK)


def test_one_that_fails_on_its_way_up_pages_at_once() -> None:
    """FAILED is no way to come back; its recovery is told, and no redeployment."""
    found = world()
    assert ["began down @ops"] == plays(found, STOPPED, ASKED, FAILED)
    assert ["recovered down @ops"] == plays(found, BACK, BACK, BACK)


def test_without_keep_firing_for_the_recovery_suffices_too() -> None:
    """An end in the very reading that shows it RUNNING leaves nothing to add."""
    found = world(rule("down", "state-mismatch", keep="0s"), REDEPLOYED)
    assert ["began down @ops"] == plays(found, STOPPED, ASKED, FAILED)
    assert ["recovered down @ops"] == plays(found, BACK)


def test_a_stop_for_longer_is_a_stop() -> None:
    """A job that was stopped for more than a quarter of an hour was not being redeployed."""
    found = world()
    assert [] == plays(found, STOPPED, *[STOPPED] * 15, ASKED, STARTING, BACK)


def test_a_quick_one_that_no_reading_saw_down_is_one_too() -> None:
    """Another Id says that it was started anew; down from when it was told to stop."""
    found = world()
    assert [LINE] == plays(found, STOPPING, BACK)
    facts = found.last[0].event.facts
    assert (found.now - timedelta(minutes=1), found.now) == (facts.down_at, facts.up_at)


def test_an_order_that_was_taken_back_is_none() -> None:
    """The job never stopped, and is the same run."""
    found = world()
    assert [] == plays(found, STOPPING, UP, UP)


def test_a_job_that_was_stopped_at_first_sight_only_starts() -> None:
    """Nobody saw it run before."""
    found = World(DOWN, REDEPLOYED)
    assert [] == plays(found, STOPPED, ASKED, BACK)


def test_a_batch_job_has_no_redeployment() -> None:
    """Its runs begin and end anyway."""
    found = world(job_type=BATCH)
    assert [] == plays(found, STOPPED, ASKED, BACK)


def test_a_kill_forgets_no_redeployment() -> None:
    """Where it stands is saved; the same line is told by another process, with the same times."""
    found = world(DOWN, REDEPLOYED, CHANGED)
    for one in (STOPPED, ASKED, STARTING):
        plays(found, one)
        found.restarts()
    assert [LINE] == plays(found, BACK)
    assert timedelta(minutes=3) == found.now - (found.last[0].event.facts.down_at or found.now)


def test_a_set_clock_moves_it() -> None:
    """Three minutes stay three minutes while somebody sets the wall clock."""
    found = world()
    plays(found, STOPPED, ASKED)
    found.sets_clock(timedelta(days=-1))
    assert [LINE] == plays(found, BACK)
    assert timedelta(minutes=2) == found.now - (found.last[0].event.facts.down_at or found.now)


def test_where_nobody_hears_of_it_changes_are_told() -> None:
    """With the built-in rule turned off a change of state waits for the mismatch alone."""
    found = world(DOWN, CHANGED, rule("redeployment", "redeployment", "info", notify=[]))
    plays(found, STOPPED)
    assert [] == plays(found, ASKED, STARTING, every="10s")
    assert ["began changed @ops", "began changed @ops"] == plays(found, BACK, every="10s")


def test_a_way_up_that_takes_too_long_frees_what_waits() -> None:
    """Where no rule hears of the mismatch, changes wait a quarter of an hour at most."""
    found = world(REDEPLOYED, CHANGED)
    plays(found, STOPPED, ASKED)
    assert [] == plays(found, *[STARTING] * 14)
    told = [line for _ in range(6) for line in found.passes("60s")]
    assert ["began changed @ops"] == told
