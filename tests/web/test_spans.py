"""States over time: nothing is shown that was not seen, and the whole time is covered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from watcher.core.flight import Reason
from watcher.core.past import Seen
from watcher.core.run_summary import STREAM, RunSummary
from watcher.store.history import Change, Outage, Pause
from watcher.store.views.past import JobPast
from watcher.web.spans import Sort, Span, spans_of, thinned

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def seen(actual: str, *, missing: bool = False) -> Seen:
    run = RunSummary("a", "RUNNING", actual)
    return Seen(STREAM, "a", run, absent_since=NOON if missing else None)


def at(minutes: float) -> datetime:
    return NOON + minutes * MINUTE


def past(
    *changes: Change,
    outages: tuple[Outage, ...] = (),
    pauses: tuple[Pause, ...] = (),
    recorded_from: datetime | None = NOON,
) -> JobPast:
    return JobPast(NOON, NOON + HOUR, recorded_from, changes, outages, pauses, (), NOON)


def outage(since: float, until: float | None, *, of_job: bool = True) -> Outage:
    end = None if until is None else at(until)
    return Outage(at(since), end, "timeout", "no answer", STREAM, of_job=of_job, listing=False)


def told(spans: tuple[Span, ...]) -> list[str]:
    return [
        f"{(one.since - NOON) // MINUTE}-{(one.until - NOON) // MINUTE}"
        f" {one.actual_state or one.sort.value}"
        for one in spans
    ]


RUNNING, FAILED = seen("RUNNING"), seen("FAILED")


def test_without_a_change_it_stood_as_it_stands() -> None:
    """One span over all that was recorded, in the tone of its state."""
    (span,) = spans_of(past(), FAILED)
    assert ("FAILED", "bad", HOUR) == (span.actual_state, span.tone, span.lasts)


def test_each_change_ends_a_span() -> None:
    """The first one began before the time that is asked for."""
    changes = (Change(at(20), RUNNING, FAILED), Change(at(30), FAILED, RUNNING))
    shown = told(spans_of(past(*changes), RUNNING))
    assert ["0-20 RUNNING", "20-30 FAILED", "30-60 RUNNING"] == shown


def test_an_outage_hides_what_was_not_seen() -> None:
    """Only where the job itself was asked for; one that goes on reaches to the end."""
    outages = (outage(10, 20), outage(25, 28, of_job=False), outage(50, None))
    shown = told(spans_of(past(outages=outages), RUNNING))
    assert ["0-10 RUNNING", "10-20 blind", "20-50 RUNNING", "50-60 blind"] == shown


def test_a_pause_hides_over_several_states() -> None:
    """What changed meanwhile is not shown as seen then."""
    changes = (Change(at(20), RUNNING, FAILED), Change(at(30), FAILED, RUNNING))
    pause = Pause(at(15), at(40), Reason.START)
    shown = told(spans_of(past(*changes, pauses=(pause,)), RUNNING))
    assert ["0-15 RUNNING", "15-40 unrecorded", "40-60 RUNNING"] == shown


def test_what_may_not_be_written_yet_is_no_gap() -> None:
    """The last two minutes are shown as they stand; a longer silence is one."""
    fresh = Pause(at(59), None, Reason.START)
    silent = Pause(at(30), None, Reason.START)
    assert ["0-60 RUNNING"] == told(spans_of(past(pauses=(fresh,)), RUNNING))
    assert ["0-30 RUNNING", "30-60 unrecorded"] == told(spans_of(past(pauses=(silent,)), RUNNING))


def test_before_the_recording_nothing_is_shown() -> None:
    """Nor is anything where there is none at all."""
    late = told(spans_of(past(recorded_from=at(45)), RUNNING))
    assert ["0-45 unrecorded", "45-60 RUNNING"] == late
    assert ["0-60 unrecorded"] == told(spans_of(past(recorded_from=None), RUNNING))


def test_a_job_that_is_missing_or_was_not_watched_says_so() -> None:
    """Neither is a state."""
    changes = (
        Change(at(10), None, RUNNING),
        Change(at(20), RUNNING, seen("RUNNING", missing=True)),
    )
    sorts = [span.sort for span in spans_of(past(*changes), None)]
    assert [Sort.UNWATCHED, Sort.STATE, Sort.MISSING] == sorts


@given(
    st.lists(st.integers(0, 59), max_size=6, unique=True),
    st.lists(st.tuples(st.integers(-10, 70), st.integers(0, 30)), max_size=4),
    st.lists(st.tuples(st.integers(-10, 70), st.integers(0, 30)), max_size=3),
)
def test_spans_cover_the_whole_time_without_overlap(
    changed: list[int], dark: list[tuple[int, int]], still: list[tuple[int, int]]
) -> None:
    """Whatever was recorded, in whatever order, each moment is in exactly one span."""
    states = [RUNNING, FAILED]
    changes = tuple(
        Change(at(minute), states[number % 2], states[(number + 1) % 2])
        for number, minute in enumerate(sorted(changed))
    )
    outages = tuple(outage(since, since + lasts) for since, lasts in dark)
    pauses = tuple(Pause(at(since), at(since + lasts), Reason.LOSS) for since, lasts in still)
    spans = spans_of(past(*changes, outages=outages, pauses=pauses), RUNNING)
    edges = [NOON, *(span.until for span in spans)]
    assert edges == [*(span.since for span in spans), NOON + HOUR]
    assert all(span.lasts > timedelta(0) for span in spans)


def test_many_short_spans_become_one_with_the_worst_tone() -> None:
    """A drawing has no room for each; the gravest must not vanish."""
    spans = tuple(
        Span(at(n / 10), at((n + 1) / 10), Sort.STATE, "bad" if n == 3 else "ok") for n in range(10)
    )
    (one,) = thinned((*spans,), 2 * MINUTE)
    assert ("bad", 10, Sort.MANY) == (one.tone, one.count, one.sort)


def test_long_spans_stay_as_they_are() -> None:
    """Only what is too short to be seen is joined."""
    spans = spans_of(past(Change(at(20), RUNNING, FAILED)), FAILED)
    assert spans == thinned(spans, MINUTE)
