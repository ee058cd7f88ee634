"""Error texts come back from the store into what is told."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from watcher.core.event import Event, Kind
from watcher.core.recall import fill, lacking
from watcher.core.run_summary import RunSummary
from watcher.core.step import Step
from watcher.core.subject import job_subject

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
JOB = job_subject("prod", "FLINK_STREAM", "orders")
BEFORE = RunSummary("orders", "RUNNING", "RUNNING", last_error_at=1000)
SAVED = msgspec.structs.replace(BEFORE, last_error_message="the old text")


def step_of(previous: RunSummary | None) -> Step:
    event = Event(1, Kind.NEW_ERROR, JOB, NOW, NOW, run=BEFORE, previous=previous)
    return Step(at=NOW, events=(event,))


def test_a_text_that_memory_lacks_is_asked_for_and_filled_in() -> None:
    """The earlier error's text is told although memory holds only its time."""
    step = step_of(BEFORE)
    assert (JOB,) == lacking(step)
    previous = fill(step, {JOB: SAVED}).events[0].previous
    assert SAVED == previous


def test_a_text_of_another_error_is_not_taken() -> None:
    """A text is filled in only where the error's time is the same."""
    other = msgspec.structs.replace(SAVED, last_error_at=2000)
    assert step_of(BEFORE) == fill(step_of(BEFORE), {JOB: other})


def test_nothing_is_asked_for_without_an_earlier_error() -> None:
    """First sight, or a job that never had an error, asks the store for nothing."""
    calm = RunSummary("orders", "RUNNING", "RUNNING", last_error_at=0)
    assert [(), ()] == [lacking(step_of(None)), lacking(step_of(calm))]
