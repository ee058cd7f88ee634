"""The alerts of `batch-late`: a deadline without a success, and a run that takes too long."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from tests.core.playbook import World, rule, run
from watcher.core.deadline import EVERY_DAY, Deadline
from watcher.core.run_summary import BATCH, RunSummary
from watcher.core.step import Step

BEGAN = ["began late @ops"]
AGAIN = ["again late @ops"]
ENDED = ["recovered late @ops"]
PLANNED = ["planned late @ops"]


def by(text: str, days: frozenset[int] = EVERY_DAY) -> Deadline:
    return Deadline(time.fromisoformat(text), UTC, days)


def batch(actual: str, number: int, expect: str = "SUCCESS") -> RunSummary:
    return run("a", actual, expect, id=number)


def world(deadline: str = "13:00", **more: object) -> World:
    """It is noon; the run of yesterday has succeeded."""
    options = {"deadline": by(deadline)} | more
    found = World(rule("late", "batch-late", **options), job_type=BATCH)  # type: ignore[arg-type]
    assert [] == found.reads(batch("RUNNING", 1))
    found.waits("10s")
    return found


def until(found: World, text: str, day: int = 22) -> None:
    """Time passes to a time of day, without a reading."""
    found.now = datetime.combine(found.now.replace(day=day).date(), time.fromisoformat(text), UTC)


def test_it_is_late_at_the_first_reading_after_the_deadline() -> None:
    """Not before, and by a reading, not by the clock; it counts from the deadline."""
    found = world()
    until(found, "12:59:59")
    assert [] == found.reads(batch("RUNNING", 1))
    until(found, "13:00:10")
    assert [] == found.ticks()
    assert BEGAN == found.reads(batch("RUNNING", 1))
    (one,) = found.last
    assert "late" == one.event.verdict
    assert datetime(2026, 11, 22, 13, tzinfo=UTC) == one.began_at == one.event.facts.deadline_at
    assert [] == found.reads_for("60m", batch("RUNNING", 1), every="1m")


def test_a_success_ends_it() -> None:
    """At that reading, with how late it came."""
    found = world()
    until(found, "13:00:10")
    assert BEGAN == found.reads(batch("RUNNING", 1))
    until(found, "13:42")
    assert ENDED == found.reads(batch("SUCCESS", 1))
    (one,) = found.last
    assert datetime(2026, 11, 22, 13, tzinfo=UTC) == one.event.facts.deadline_at
    assert ("late", found.now) == (one.event.verdict, one.ended_at)


@pytest.mark.parametrize("actual", ["FAILED", "TERMINATED", "WAITING", "UNKNOWN"])
def test_only_a_success_does(actual: str) -> None:
    """A run that fails or waits is not done."""
    found = world()
    until(found, "13:00:10")
    assert BEGAN == found.reads(batch(actual, 1))
    assert [] == found.reads_for("30m", batch(actual, 2), every="1m")


def test_what_is_done_in_time_is_not_told() -> None:
    """A success since the deadline before; also one that the first reading after it shows."""
    for second in ("12:59:00", "13:00:00", "13:00:10"):
        found = world()
        until(found, second)
        assert [] == found.reads(batch("SUCCESS", 1))
        until(found, "14:00")
        assert [] == found.reads(batch("SUCCESS", 1))


def test_a_success_of_the_day_before_does_not_count() -> None:
    """The same success that stands since yesterday is none of today."""
    found = world()
    assert [] == found.reads(batch("SUCCESS", 1))
    until(found, "13:30")
    assert [] == found.reads(batch("SUCCESS", 1))
    until(found, "13:00:10", day=23)
    assert BEGAN == found.reads(batch("SUCCESS", 1))
    until(found, "13:30", day=23)
    assert ENDED == found.reads(batch("SUCCESS", 2))


def test_a_late_success_is_not_that_of_the_next_day_too() -> None:
    """It came after its deadline; the next deadline asks for another."""
    found = world()
    until(found, "13:00:10")
    assert BEGAN == found.reads(batch("RUNNING", 1))
    until(found, "13:42")
    assert ENDED == found.reads(batch("SUCCESS", 1))
    until(found, "13:00:10", day=23)
    assert BEGAN == found.reads(batch("SUCCESS", 1))


def test_a_second_success_of_the_day_counts_for_the_next() -> None:
    """Whoever ran it again after the late one has done tomorrow's."""
    found = world()
    until(found, "13:00:10")
    found.reads(batch("RUNNING", 1))
    until(found, "13:42")
    assert ENDED == found.reads(batch("SUCCESS", 1))
    until(found, "14:42")
    assert [] == found.reads(batch("SUCCESS", 2))
    until(found, "13:00:10", day=23)
    assert [] == found.reads(batch("SUCCESS", 2))


def test_at_the_next_deadline_it_goes_on_as_the_same_alert() -> None:
    """Told `again`, with the same id; the end says how late since the first one."""
    found = world()
    until(found, "13:00:10")
    assert BEGAN == found.reads(batch("FAILED", 1))
    alert = found.last[0].alert
    until(found, "13:00:10", day=23)
    assert AGAIN == found.reads(batch("FAILED", 1))
    (one,) = found.last
    assert (alert, datetime(2026, 11, 23, 13, tzinfo=UTC)) == (
        one.alert,
        one.event.facts.deadline_at,
    )
    assert [] == found.reads_for("60m", batch("FAILED", 1), every="10m")
    assert ENDED == found.reads(batch("SUCCESS", 2))
    assert datetime(2026, 11, 22, 13, tzinfo=UTC) == found.last[0].event.facts.deadline_at


def test_a_job_found_after_the_deadline_is_not_told() -> None:
    """What was before it was known is nobody's; the next deadline counts."""
    found = World(rule("late", "batch-late", deadline=by("11:00")), job_type=BATCH)
    assert [] == found.reads_for("60m", batch("RUNNING", 1), every="10m")
    until(found, "11:00:10", day=23)
    assert BEGAN == found.reads(batch("RUNNING", 1))


def test_a_success_at_first_sight_counts_as_done() -> None:
    """Nobody knows when it was: no false alarm."""
    found = World(rule("late", "batch-late", deadline=by("13:00")), job_type=BATCH)
    assert [] == found.reads(batch("SUCCESS", 1))
    until(found, "13:00:10")
    assert [] == found.reads(batch("SUCCESS", 1))


def test_only_its_days_have_a_deadline() -> None:
    """22 November is a Sunday: on working days, Monday's is the next one."""
    due = by("13:00", frozenset(range(5)))
    found = World(rule("late", "batch-late", deadline=due), job_type=BATCH)
    found.reads(batch("RUNNING", 1))
    until(found, "13:30")
    assert [] == found.reads(batch("RUNNING", 1))
    until(found, "13:00:10", day=23)
    assert BEGAN == found.reads(batch("RUNNING", 1))


def test_an_order_not_to_run_ends_it() -> None:
    """PAUSED or TERMINATED as asked is never late; a change between states that ask for a run
    changes nothing.
    """
    found = world()
    until(found, "13:00:10")
    assert BEGAN == found.reads(batch("WAITING", 1))
    found.waits("10s")
    assert [] == found.reads(batch("RUNNING", 2, "RUNNING"))
    found.waits("10s")
    assert PLANNED == found.reads(batch("RUNNING", 2, "TERMINATED"))
    until(found, "13:00:10", day=23)
    assert [] == found.reads(batch("TERMINATED", 2, "TERMINATED"))
    found.waits("10s")
    assert [] == found.reads(batch("WAITING", 3, "SUCCESS"))
    until(found, "13:00:10", day=24)
    assert BEGAN == found.reads(batch("WAITING", 3, "SUCCESS"))


def test_an_outage_tells_nothing_and_a_success_after_it_counts() -> None:
    """While it cannot be seen nothing fires, and what is found then is no false alarm's reason:
    for the deadline that passed, or for the next.
    """
    found = world()
    until(found, "13:00:10")
    assert [] == found.fails("a")
    until(found, "13:40")
    assert [] == found.reads(batch("SUCCESS", 1))
    until(found, "13:00:10", day=23)
    assert [] == found.reads(batch("SUCCESS", 1))
    until(found, "13:00:10", day=24)
    assert BEGAN == found.reads(batch("SUCCESS", 1))


def test_a_night_that_nobody_saw_makes_no_debt() -> None:
    """Away over a deadline and back just before the next: this success is that one's."""
    found = world()
    assert [] == found.reads(batch("SUCCESS", 1))
    until(found, "12:55", day=24)
    found.restarts()
    assert [] == found.reads(batch("SUCCESS", 3))
    until(found, "13:00:10", day=24)
    assert [] == found.reads(batch("SUCCESS", 3))


@pytest.mark.parametrize(
    "back_at, number, told",
    [("12:30", 3, []), ("14:00", 3, BEGAN), ("12:30", 1, BEGAN)],
    ids=["the next run goes on", "the run goes on", "it never ran"],
)
def test_whoever_was_away_takes_a_run_for_that_of_the_nearer_deadline(
    back_at: str, number: int, told: list[str]
) -> None:
    """Back after two days: a run that goes on shortly before a deadline says that others ended,
    one shortly after it that it is late, and the old one that none ran since.
    """
    found = world()
    assert [] == found.reads(batch("SUCCESS", 1))
    until(found, back_at, day=24)
    found.restarts()
    assert told == found.reads(batch("SUCCESS" if number == 1 else "RUNNING", number))


def test_done_between_two_readings_round_the_deadline_is_done() -> None:
    """And is not the next day's as well."""
    found = world()
    until(found, "12:59:55")
    assert [] == found.reads(batch("RUNNING", 1))
    until(found, "13:00:05")
    assert [] == found.reads(batch("SUCCESS", 1))
    until(found, "13:00:05", day=23)
    assert BEGAN == found.reads(batch("SUCCESS", 1))


def test_a_watcher_that_was_away_tells_what_still_lasts() -> None:
    """It died before the deadline; at its first reading the job is not done, or is."""
    for actual, told in (("RUNNING", BEGAN), ("SUCCESS", [])):
        found = world()
        until(found, "12:30")
        found.reads(batch("RUNNING", 1))
        until(found, "15:00")
        assert [] == found.restarts()
        assert told == found.reads(batch(actual, 1))


def test_what_was_told_survives_a_restart() -> None:
    """Killed after the beginning: nothing is told twice, and the end is."""
    found = world()
    until(found, "13:00:10")
    assert BEGAN == found.reads(batch("RUNNING", 1))
    found.restarts(after="1m")
    assert [] == found.reads(batch("RUNNING", 1))
    found.restarts(after="1m")
    assert ENDED == found.reads(batch("SUCCESS", 1))
    found.restarts(after="1m")
    assert [] == found.reads(batch("SUCCESS", 1))


def test_it_may_have_to_last() -> None:
    """`for` counts from the deadline; what is done within it is never told."""
    found = world(lasts="10m")
    until(found, "13:00:10")
    assert [] == found.reads(batch("RUNNING", 1))
    until(found, "13:09:50")
    assert [] == found.reads(batch("RUNNING", 1))
    assert BEGAN == found.reads_for("10s", batch("RUNNING", 1))
    other = world(lasts="10m")
    until(other, "13:00:10")
    other.reads(batch("RUNNING", 1))
    until(other, "13:05")
    assert [] == other.reads(batch("SUCCESS", 1))
    assert {} == other.store.alerts


def test_reminders_come_while_it_lasts() -> None:
    """As for every alert."""
    found = world(remind="30m")
    until(found, "13:00:10")
    assert BEGAN == found.reads(batch("RUNNING", 1))
    told = found.reads_for("65m", batch("RUNNING", 1), every="1m")
    assert ["reminder late @ops"] * 2 == told


def test_a_stream_job_is_never_late() -> None:
    """The kind is about batch jobs; a stream's record keeps nothing."""
    found = World(rule("late", "batch-late", deadline=by("13:00")))
    assert [] == found.reads(run("a"))
    until(found, "13:00:10")
    assert [] == found.reads(run("a"))
    assert None is found.state.jobs[("prod", found.job_type)]["a"].record.runs


def test_another_deadline_by_a_reload_ends_nothing() -> None:
    """What fires ends when the job is done; without any deadline it is watched no more."""
    found = world()
    until(found, "13:00:10")
    assert BEGAN == found.reads(batch("RUNNING", 1))
    assert [] == found.reloads(rule("late", "batch-late", deadline=by("18:00")))
    assert [] == found.reads_for("10m", batch("RUNNING", 1))
    found.reloads(rule("late", "batch-late", longer_than=2.0))
    found.waits("10s")
    assert ["unwatched late @ops"] == found.reads(batch("RUNNING", 1))


def test_a_deadline_that_comes_by_a_reload_is_judged_at_the_next_reading() -> None:
    """What is known of the job's past counts for it."""
    found = World(rule("late", "batch-late", longer_than=2.0), job_type=BATCH)
    assert [] == found.reads_for("60m", batch("RUNNING", 1), every="10m")
    assert [] == found.reloads(rule("late", "batch-late", deadline=by("12:30")))
    found.waits("10s")
    assert BEGAN == found.reads(batch("RUNNING", 1))


@pytest.mark.parametrize("by_", [timedelta(days=1), -timedelta(days=1), -timedelta(hours=2)])
def test_a_clock_that_is_set_keeps_the_deadline(by_: timedelta) -> None:
    """What was missed stays missed, at a time that is not ahead, and a success ends it."""
    found = world()
    until(found, "13:00:10")
    assert BEGAN == found.reads(batch("RUNNING", 1))
    found.sets_clock(by_)
    found.waits("10s")
    assert (AGAIN if by_ > timedelta(0) else []) == found.reads(batch("RUNNING", 1))
    found.waits("10s")
    assert ENDED == found.reads(batch("SUCCESS", 1))
    missed_at = found.last[0].event.facts.deadline_at
    assert missed_at is not None
    assert missed_at <= min(datetime(2026, 11, 22, 13, tzinfo=UTC), found.now)


def looks(found: World, *seen: RunSummary, n: int = 30) -> int:
    """How many of so many readings looked at the job."""
    number = 0
    for _ in range(n):
        found.waits("10s")
        found.reads(*seen)
        step: Step = found.step
        number += bool(step.resighted)
    return number


def test_between_its_times_it_is_not_looked_at() -> None:
    """A job in progress, done or late costs nothing but at its deadline."""
    found = world(deadline="18:00")
    found.reads(batch("RUNNING", 1))
    assert 0 == looks(found, batch("RUNNING", 1))
    until(found, "18:00:01")
    found.reads(batch("RUNNING", 1))
    assert 0 == looks(found, batch("RUNNING", 1))


def test_the_first_that_stops_the_search_keeps_it_from_others() -> None:
    """As for every kind."""
    found = World(
        rule("late", "batch-late", "error", deadline=by("13:00"), stop=True),
        rule("other", "batch-late", deadline=by("13:00")),
        job_type=BATCH,
    )
    found.reads(batch("RUNNING", 1))
    until(found, "13:00:10")
    assert BEGAN == found.reads(batch("RUNNING", 1))


def test_two_rules_share_the_event_and_the_graver_one_speaks() -> None:
    """One deadline, one event, one message."""
    found = World(
        rule("info", "batch-late", "info", deadline=by("13:00")),
        rule("late", "batch-late", "error", deadline=by("13:00")),
        job_type=BATCH,
    )
    found.reads(batch("RUNNING", 1))
    until(found, "13:00:10")
    assert BEGAN == found.reads(batch("RUNNING", 1))
    assert ["batch-late"] == found.kinds()
