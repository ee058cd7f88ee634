"""What is known of an error beside its text: since when, how often and by how many jobs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

import msgspec

from watcher.core.event import Event, Kind
from watcher.core.fingerprint import fingerprint, is_current
from watcher.core.job import JobRecord
from watcher.core.notification import Known, Status
from watcher.core.run_summary import error_time
from watcher.core.step import Step

MADE_BY_ERRORS: Final = frozenset(
    {Kind.STATE_MISMATCH, Kind.NEW_ERROR, Kind.STATE_CHANGE, Kind.RESTART}
)
"""Kinds beside which the job's last error is worth telling."""


class Sighting(msgspec.Struct, frozen=True):
    """One new error of one job; `lane` is the job's."""

    fingerprint: str
    lane: str
    at: datetime


def sightings(step: Step) -> Iterator[Sighting]:
    """The errors that a Step saw, whether anybody is told of them or not."""
    for event in step.events:
        if event.kind is Kind.NEW_ERROR and event.fingerprint is not None:
            yield Sighting(event.fingerprint, event.subject.lane, event.detected_at)


def error_of(event: Event, record: JobRecord | None = None) -> str | None:
    """The fingerprint of the error that an event shows; `None` where it shows none.

    `record` is the job's, which may have it already: it takes long to make.
    """
    run = event.run
    if event.kind not in MADE_BY_ERRORS:
        return None
    if event.fingerprint is not None:
        return event.fingerprint
    if run is None or not run.last_error_message:
        return None
    kept = _kept(record) if record and record.error_at == error_time(run) else None
    return kept or fingerprint(run.last_error_message)


def _kept(record: JobRecord) -> str | None:
    """The fingerprint of a job's last error, unless a version before this one made it."""
    return next((name for name in record.fingerprints[-1:] if is_current(name)), None)


def told_errors(step: Step) -> Mapping[str, str]:
    """By the notifications' ids, the fingerprints of the errors that go with them."""
    records = {job.subject: job for job in step.jobs} if step.notifications else {}
    told = (one for one in step.notifications if one.status is not Status.RESOLVED)
    found = ((one.id, error_of(one.event, records.get(one.subject))) for one in told)
    return {id_: name for id_, name in found if name is not None}


def fill_known(step: Step, told: Mapping[str, str], known: Mapping[str, Known]) -> Step:
    """The Step, its notifications with what is known of the errors that go with them."""
    return msgspec.structs.replace(
        step,
        notifications=tuple(
            msgspec.structs.replace(one, known=known.get(told[one.id])) if one.id in told else one
            for one in step.notifications
        ),
    )
