"""Error texts that memory does not keep: which a Step lacks, and the Step with them filled in."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from watcher.core.event import Event
from watcher.core.job import JobRecord
from watcher.core.run_summary import RunSummary, error_time
from watcher.core.step import Step
from watcher.core.subject import Subject


def lacking(step: Step) -> tuple[Subject, ...]:
    """The jobs of which a run summary has an error whose text is not at hand."""
    told = (notification.event for notification in step.notifications)
    found = [event.subject for event in (*step.events, *told) if _lacks(event.previous)]
    found += [job.subject for job in step.jobs if _lacks(job.run)]
    return tuple(dict.fromkeys(found))


def fill(step: Step, saved: Mapping[Subject, RunSummary]) -> Step:
    """The Step with the texts of the run summaries that are still saved.

    A text is taken only where the saved run summary has the very error time that lacks it.
    """
    return msgspec.structs.replace(
        step,
        jobs=tuple(_kept(job, saved.get(job.subject)) for job in step.jobs),
        events=tuple(_filled(event, saved) for event in step.events),
        notifications=tuple(
            msgspec.structs.replace(one, event=_filled(one.event, saved))
            for one in step.notifications
        ),
    )


def _lacks(previous: RunSummary | None) -> bool:
    return previous is not None and error_time(previous) > 0 and previous.last_error_message is None


def _kept(job: JobRecord, saved: RunSummary | None) -> JobRecord:
    """The record that is saved again for another reason than its run summary."""
    run = _with_text(job.run, saved)
    return job if run is job.run else msgspec.structs.replace(job, run=run)


def _filled(event: Event, saved: Mapping[Subject, RunSummary]) -> Event:
    previous = _with_text(event.previous, saved.get(event.subject))
    return msgspec.structs.replace(event, previous=previous)


def _with_text(run: RunSummary | None, saved: RunSummary | None) -> RunSummary | None:
    if run is None or saved is None or not _lacks(run) or error_time(run) != error_time(saved):
        return run
    return msgspec.structs.replace(run, last_error_message=saved.last_error_message)
