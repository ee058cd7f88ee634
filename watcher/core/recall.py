"""Error texts that memory does not keep: which a Step lacks, and the Step with them filled in."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from watcher.core.event import Event
from watcher.core.run_summary import RunSummary, error_time
from watcher.core.step import Step
from watcher.core.subject import Subject


def lacking(step: Step) -> tuple[Subject, ...]:
    """The jobs whose earlier run summary had an error of which the text is not at hand."""
    told = (notification.event for notification in step.notifications)
    found = (event.subject for event in (*step.events, *told) if _lacks(event.previous))
    return tuple(dict.fromkeys(found))


def fill(step: Step, saved: Mapping[Subject, RunSummary]) -> Step:
    """The Step with the texts of the run summaries that are still saved.

    A text is taken only where the saved run summary has the very error time that lacks it.
    """
    return msgspec.structs.replace(
        step,
        events=tuple(_filled(event, saved) for event in step.events),
        notifications=tuple(
            msgspec.structs.replace(one, event=_filled(one.event, saved))
            for one in step.notifications
        ),
    )


def _lacks(previous: RunSummary | None) -> bool:
    return previous is not None and error_time(previous) > 0 and previous.last_error_message is None


def _filled(event: Event, saved: Mapping[Subject, RunSummary]) -> Event:
    run, previous = saved.get(event.subject), event.previous
    if run is None or previous is None or not _lacks(previous):
        return event
    if error_time(run) != error_time(previous):
        return event
    text = run.last_error_message
    return msgspec.structs.replace(
        event, previous=msgspec.structs.replace(previous, last_error_message=text)
    )
