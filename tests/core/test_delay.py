"""The alerts of `input-delay`: thresholds, bands, and what is no reading."""

from __future__ import annotations

import pytest

from tests.core.playbook import World, rule, run
from watcher.core.run_summary import RunSummary
from watcher.core.why import Why

BEGAN = ["began behind @ops"]
ENDED = ["recovered behind @ops"]


def world(**more: object) -> World:
    options = {"threshold": 300_000, "recover": 60_000} | more
    found = World(rule("behind", "input-delay", "error", **options))  # type: ignore[arg-type]
    assert [] == found.reads(late(0))
    found.waits("10s")
    return found


def late(delay: int | None, actual: str = "RUNNING", expect: str | None = "RUNNING") -> RunSummary:
    return run("a", actual, expect, delay=delay)


def test_it_fires_above_the_threshold_and_ends_below_the_other() -> None:
    """Equal to a bound is not beyond it; `for` is 0s where none is given."""
    found = world()
    for delay in (299_999, 300_000):
        assert [] == found.reads(late(delay))
    assert BEGAN == found.reads(late(300_001))
    for delay in (300_000, 100_000, 60_000, 300_001, 60_000):
        found.waits("10s")
        assert [] == found.reads(late(delay))
    assert ENDED == found.reads(late(59_999))
    assert [] == found.reads(late(300_000))
    assert BEGAN == found.reads(late(300_001))


def test_half_the_threshold_recovers_where_nothing_is_given() -> None:
    """`recover_below` is half of `threshold`."""
    found = world(recover=None)
    assert BEGAN == found.reads(late(400_000))
    assert [] == found.reads(late(150_000))
    assert ENDED == found.reads(late(149_999))


def test_it_must_last() -> None:
    """With `for`, it fires at the reading at which it was above the threshold for so long."""
    found = world(lasts="3m")
    assert [] == found.reads(late(400_000))
    assert [] == found.reads_for("170s", late(410_000))
    assert BEGAN == found.reads_for("10s", late(420_000))


def test_a_message_says_the_present_delay() -> None:
    """What is told when it fires is the delay of that very reading."""
    found = world(lasts="20s")
    found.reads(late(400_000))
    found.waits("10s")
    found.reads(late(500_000))
    found.waits("10s")
    assert BEGAN == found.reads(late(654_321))
    event = found.last[0].event
    assert event.run is not None
    assert (654_321, 300_000) == (event.run.input_delay_ms, event.facts.threshold_ms)


def test_a_pending_one_ends_below_the_threshold() -> None:
    """Not yet told, it ends below `threshold` and stays at it."""
    found = world(lasts="30s")
    assert [] == found.reads(late(400_000))
    found.waits("10s")
    assert [] == found.reads(late(300_000))
    found.waits("20s")
    assert BEGAN == found.reads(late(300_001))
    other = world(lasts="30s")
    other.reads(late(400_000))
    other.waits("10s")
    assert [] == other.reads(late(299_999))
    assert [Why.DID_NOT_LAST] == other.whys()
    other.waits("20s")
    assert [] == other.reads(late(400_000))


NO_READINGS = [
    late(-99_999_999),
    late(-1),
    late(None),
    late(400_000, "WAITING"),
    late(0, "WAITING"),
    late(0, "RUNNING", None),
]


@pytest.mark.parametrize("nothing", NO_READINGS)
def test_what_is_no_reading_neither_fires_nor_ends(nothing: RunSummary) -> None:
    """Not RUNNING, the sentinel, or an absent value: the clock runs on, and nothing is told."""
    found = world(lasts="1m")
    assert [] == found.reads(late(400_000))
    assert [] == found.reads_for("2m", nothing)
    assert BEGAN == found.reads_for("10s", late(400_000))
    assert [] == found.reads_for("2m", nothing)
    assert ENDED == found.reads_for("10s", late(0))


def test_a_changed_order_ends_it_as_planned() -> None:
    """When ExpectState leaves RUNNING, the alert ends as `planned`."""
    found = world()
    assert BEGAN == found.reads(late(400_000))
    found.waits("10s")
    assert ["planned behind @ops"] == found.reads(late(400_000, "RUNNING", "PAUSED"))
    assert [] == found.reads_for("5m", late(400_000, "PAUSED", "PAUSED"))


def test_each_rule_has_its_own_bounds() -> None:
    """A graver rule with a higher threshold takes over as `worse`; the end is told once."""
    found = World(
        rule("late", "input-delay", "warning", threshold=100, recover=50),
        rule("very-late", "input-delay", "critical", threshold=1000, recover=500),
    )
    assert ["began late @ops"] == found.reads(late(200))
    assert ["worse very-late @ops"] == found.reads(late(2000))
    assert [] == found.reads(late(200))
    assert ["recovered late @ops"] == found.reads(late(10))


def test_a_rule_that_stops_the_search_must_hear_of_it_first() -> None:
    """`stop` on a rule whose threshold is not reached does not hide the others."""
    found = World(
        rule("very-late", "input-delay", threshold=1000, stop=True),
        rule("late", "input-delay", threshold=100),
    )
    assert ["began late @ops"] == found.reads(late(200))
    other = World(*found.plan.rules)
    assert ["began very-late @ops"] == other.reads(late(2000))


def test_the_first_reading_of_each_minute_enters_whole() -> None:
    """Between, a delay enters only when its band under some rule changes."""
    found = world()
    found.waits("50s")
    found.reads(late(100))
    assert {"a": 100} == dict(found.step.delays[0].values)
    found.waits("10s")
    found.reads(late(200))
    assert () == (*found.step.jobs, *found.step.delays)
    assert 100 == delay_in_memory(found)
    found.waits("10s")
    found.reads(late(70_000))
    assert 70_000 == delay_in_memory(found)
    found.waits("10s")
    found.reads(late(80_000))
    assert () == (*found.step.jobs, *found.step.delays)
    found.waits("30s")
    found.reads(late(90_000))
    assert 90_000 == delay_in_memory(found)


def test_a_delay_within_its_band_is_not_saved_while_something_is_open() -> None:
    """A job whose alert is pending is looked at each time; its delay enters once a minute."""
    found = world(lasts="10m")
    found.waits("30s")
    found.reads(late(400_000))
    for seconds, delay, entered in ((10, 410_000, 400_000), (10, 420_000, 420_000)):
        found.waits(f"{seconds}s")
        found.reads(late(delay))
        assert entered == delay_in_memory(found)
        assert (entered != delay) is not bool(found.step.jobs)


def test_entered_delays_outlive_the_process() -> None:
    """After a restart the judged state has the delay of the last minute, and the minute."""
    found = world()
    found.waits("1m")
    found.reads(late(123))
    found.restarts(after="1s")
    assert 123 == delay_in_memory(found)
    found.reads(late(124))
    assert () == found.step.delays


def test_an_older_minute_never_overwrites_a_newer_one() -> None:
    """Whatever the order of the rows, the latest delay that entered is the one in memory."""
    found = World(rule("behind", "input-delay", threshold=1000), jobs=["a", "b"])
    found.reads(run("a", delay=1), run("b", delay=1))
    found.waits("1m")
    found.reads(run("b", delay=2), asked=["b"])
    found.restarts()
    job = found.state.jobs[("prod", found.job_type)]["b"]
    assert job.run is not None
    assert 2 == job.run.input_delay_ms


def delay_in_memory(world: World) -> int | None:
    job = world.state.jobs[("prod", world.job_type)]["a"]
    return job.run.input_delay_ms if job.run else None
