"""An event and a job's run summary, as every answer gives them: in the webhook's words."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec

from watcher.core.event import Event, Facts, Kind
from watcher.core.run_summary import RunSummary, error_time
from watcher.messages.cut import cut_bytes
from watcher.messages.times import epoch_time

ERROR_BYTES: Final = 8_192


class Run(msgspec.Struct, frozen=True):
    """What the API said of a job; `last_error_message` is cut at 8 KiB."""

    expect_state: str | None
    actual_state: str | None
    instance_id: str | None
    engine_job_handler: str | None
    input_delay_ms: int | None
    last_error_message: str | None
    last_error_at: datetime | None


class Happened(msgspec.Struct, frozen=True):
    """One event, before any rule was asked; `id` grows by one in each store.

    `job` and `job_type` are null for events about a source, an incident, a channel (then
    `channel` names it) or the watcher itself.  `occurred_at` is LastErrorTime where it rests on it.
    """

    id: int
    kind: Kind
    source: str | None
    job_type: str | None
    job: str | None
    channel: str | None
    verdict: str | None
    fingerprint: str | None
    run: Run | None
    previous: Run | None
    facts: Facts
    occurred_at: datetime
    detected_at: datetime


def happened_of(event: Event) -> Happened:
    """An event as the API gives it."""
    subject = event.subject
    return Happened(
        id=event.id,
        kind=event.kind,
        source=subject.source,
        job_type=subject.job_type,
        job=subject.job,
        channel=subject.channel,
        verdict=event.verdict,
        fingerprint=event.fingerprint,
        run=run_of(event.run),
        previous=run_of(event.previous),
        facts=event.facts,
        occurred_at=event.occurred_at,
        detected_at=event.detected_at,
    )


def run_of(run: RunSummary | None) -> Run | None:
    """A run summary in the webhook's words."""
    if run is None:
        return None
    error = run.last_error_message
    return Run(
        expect_state=run.expect_state,
        actual_state=run.actual_state,
        instance_id=None if run.instance_id is None else str(run.instance_id),
        engine_job_handler=run.engine_job_handler,
        input_delay_ms=run.input_delay_ms,
        last_error_message=None if error is None else cut_bytes(error, ERROR_BYTES),
        last_error_at=epoch_time(error_time(run)),
    )
