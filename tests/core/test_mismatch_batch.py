"""The alerts of `state-mismatch` about batch jobs."""

from __future__ import annotations

from tests.core.playbook import World, rule, run
from watcher.core.run_summary import BATCH, RunSummary

BEGAN = ["began down @ops"]
AGAIN = ["again down @ops"]


def batch(actual: str, number: int, expect: str = "SUCCESS") -> RunSummary:
    return run("a", actual, expect, id=number)


def failed_world(**more: object) -> World:
    world = World(rule("down", "state-mismatch", **more), job_type=BATCH)  # type: ignore[arg-type]
    assert [] == world.reads(batch("RUNNING", 1))
    world.waits("10s")
    assert BEGAN == world.reads(batch("FAILED", 1))
    return world


def test_success_ends_it_at_once() -> None:
    """A batch alert ends with SUCCESS."""
    world = failed_world()
    world.waits("10s")
    assert [] == world.reads(batch("RUNNING", 2))
    world.waits("1h")
    assert ["recovered down @ops"] == world.reads(batch("SUCCESS", 2))


def test_a_changed_order_ends_it() -> None:
    """A batch alert ends as planned when ExpectState changes."""
    world = failed_world()
    world.waits("10s")
    assert ["planned down @ops"] == world.reads(batch("TERMINATED", 1, "TERMINATED"))


def test_a_later_run_that_fails_is_told_in_the_same_alert() -> None:
    """`again`, with mention and the same alert, after a run between them was seen."""
    world = failed_world()
    alert = world.last[0].alert
    assert [] == world.reads_for("5m", batch("RUNNING", 2))
    world.waits("10s")
    assert AGAIN == world.reads(batch("FAILED", 2))
    assert (alert, True, 2) == (world.last[0].alert, world.last[0].mention, world.last[0].number)
    assert [] == world.reads_for("5m", batch("FAILED", 2))


def test_failures_in_successive_readings_are_two() -> None:
    """`again` also when both failures stand in successive readings."""
    world = failed_world()
    world.waits("10s")
    assert AGAIN == world.reads(batch("FAILED", 2))
    world.waits("10s")
    assert AGAIN == world.reads(batch("FAILED", 3))


def test_a_reading_without_id_is_no_later_run() -> None:
    """An absent Id says nothing of another run."""
    world = failed_world()
    world.waits("10s")
    assert [] == world.reads(run("a", "FAILED", "SUCCESS", id=None))


def test_an_id_that_becomes_known_is_that_of_the_alert() -> None:
    """A failure without Id takes the first Id that is seen; another one after that is later."""
    world = World(rule("down", "state-mismatch"), job_type=BATCH)
    assert BEGAN == world.reads(run("a", "FAILED", "SUCCESS", id=None))
    world.waits("10s")
    assert [] == world.reads(batch("FAILED", 1))
    world.waits("10s")
    assert AGAIN == world.reads(batch("FAILED", 2))


def test_a_run_in_progress_neither_ends_nor_reminds() -> None:
    """While a new Id waits or runs, nothing is told, whatever ExpectState asks for."""
    for expect in ("SUCCESS", "RUNNING"):
        world = World(rule("down", "state-mismatch", remind="5m"), job_type=BATCH)
        assert BEGAN == world.reads(batch("FAILED", 1, expect))
        assert ["reminder down @ops"] == world.reads_for("5m", batch("FAILED", 1, expect))
        assert [] == world.reads_for("8m", batch("WAITING", 2, expect))
        assert [] == world.reads_for("1h", batch("RUNNING", 2, expect))
        assert AGAIN == world.reads_for("10s", batch("FAILED", 2, expect))


def test_there_is_one_alert_for_a_job_and_rule() -> None:
    """A hundred failed nights are one alert until one succeeds."""
    world = failed_world()
    alert = world.last[0].alert
    for night in range(2, 20):
        world.waits("1h")
        assert [] == world.reads(batch("RUNNING", night))
        world.waits("1h")
        assert AGAIN == world.reads(batch("FAILED", night))
        assert alert == world.last[0].alert
    world.waits("1h")
    assert ["recovered down @ops"] == world.reads(batch("SUCCESS", 20))
    assert alert == world.last[0].alert


def test_a_finished_batch_job_is_right_though_it_should_run() -> None:
    """SUCCESS under ExpectState RUNNING is no mismatch for a batch job."""
    world = World(rule("down", "state-mismatch", lasts="0s"), job_type=BATCH)
    assert [] == world.reads(batch("SUCCESS", 1, "RUNNING"))


def test_a_run_that_should_not_be_there_is_over_when_it_is_gone() -> None:
    """A zombie alert of a batch job ends without SUCCESS, which nobody asks for."""
    world = World(rule("down", "state-mismatch", lasts="0s", keep="0s"), job_type=BATCH)
    assert BEGAN == world.reads(batch("RUNNING", 1, "PAUSED"))
    world.waits("10s")
    assert ["recovered down @ops"] == world.reads(batch("PAUSED", 1, "PAUSED"))
