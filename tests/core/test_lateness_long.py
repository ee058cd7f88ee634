"""The verdict `long` of `batch-late`: a run that takes too long against its job's own past."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from tests.core.playbook import World, rule, run
from watcher.core.deadline import Deadline
from watcher.core.rule import Match
from watcher.core.run_summary import BATCH, RunSummary

BEGAN = ["began late @ops"]
ENDED = ["recovered late @ops"]


def batch(actual: str, number: int, expect: str = "SUCCESS") -> RunSummary:
    return run("a", actual, expect, id=number)


def until(found: World, text: str, day: int = 22) -> None:
    """Time passes to a time of day, without a reading."""
    found.now = datetime.combine(found.now.replace(day=day).date(), time.fromisoformat(text), UTC)


def ran(found: World, minutes: int, number: int) -> None:
    """A run of so many minutes that succeeds, read every minute."""
    end = found.now + timedelta(minutes=minutes)
    found.waits("1m")
    assert [] == found.reads(batch("RUNNING", number))
    while found.now < end:
        found.waits("1m")
        assert [] == found.reads(batch("RUNNING", number))
    found.waits("1m")
    assert [] == found.reads(batch("SUCCESS", number))


def world_with_past(**more: object) -> World:
    """Three runs of forty minutes are known."""
    options = {"longer_than": 2.0} | more
    found = World(rule("late", "batch-late", **options), job_type=BATCH)  # type: ignore[arg-type]
    assert [] == found.reads(batch("SUCCESS", 1))
    for number in (2, 3, 4):
        ran(found, 40, number)
    found.waits("1m")
    assert [] == found.reads(batch("RUNNING", 5))
    return found


def test_a_run_is_long_against_its_own_past() -> None:
    """At twice the median of its last runs; the message says both."""
    found = world_with_past()
    begun = found.now
    assert [] == found.reads_for("79m", batch("RUNNING", 5), every="1m")
    assert BEGAN == found.reads_for("1m", batch("RUNNING", 5), every="1m")
    (one,) = found.last
    facts = one.event.facts
    assert ("long", begun) == (one.event.verdict, one.began_at)
    assert (80 * 60_000, 40 * 60_000) == (facts.run_ms, facts.usual_ms)
    assert [] == found.reads_for("60m", batch("RUNNING", 5), every="1m")


@pytest.mark.parametrize("actual, number", [("SUCCESS", 5), ("FAILED", 5), ("RUNNING", 6)])
def test_it_ends_when_the_run_is_over(actual: str, number: int) -> None:
    """However it ended; also where the next one runs already."""
    found = world_with_past()
    assert BEGAN == found.reads_for("90m", batch("RUNNING", 5), every="1m")
    assert ENDED == found.reads(batch(actual, number))
    assert "long" == found.last[0].event.verdict


def test_too_few_runs_are_no_past() -> None:
    """Before three are known nothing is long."""
    found = World(rule("late", "batch-late", longer_than=2.0), job_type=BATCH)
    found.reads(batch("SUCCESS", 1))
    for number in (2, 3):
        ran(found, 10, number)
    assert [] == found.reads_for("300m", batch("RUNNING", 5), every="1m")


def test_the_past_survives_restarts() -> None:
    """Durations and the beginning of the present run are saved."""
    found = world_with_past()
    assert [] == found.reads_for("70m", batch("RUNNING", 5), every="1m")
    found.restarts(after="1m")
    assert [] == found.reads(batch("RUNNING", 5))
    found.waits("9m")
    assert BEGAN == found.reads(batch("RUNNING", 5))


def test_a_deadline_that_is_missed_besides_is_worse() -> None:
    """One alert: long first, then late; it ends with a success, and says how late that is."""
    found = world_with_past(deadline=Deadline(time(15, 40), UTC))
    until(found, "15:30")
    assert BEGAN == found.reads(batch("RUNNING", 5))
    assert "long" == found.last[0].event.verdict
    until(found, "15:40:10", day=23)
    assert ["worse late @ops"] == found.reads(batch("RUNNING", 5))
    assert "late" == found.last[0].event.verdict
    found.waits("1m")
    assert [] == found.reads(batch("FAILED", 5))
    found.waits("1m")
    assert ENDED == found.reads(batch("SUCCESS", 6))
    due_at = datetime(2026, 11, 23, 15, 40, tzinfo=UTC)
    assert ("late", due_at) == (
        found.last[0].event.verdict,
        found.last[0].event.facts.deadline_at,
    )


def test_verdicts_are_matched() -> None:
    """A rule for `late` hears nothing of `long`."""
    found = world_with_past(match=Match(verdicts=frozenset({"late"})))
    assert [] == found.reads_for("200m", batch("RUNNING", 5), every="1m")
