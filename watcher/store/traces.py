"""The way of one event, or of one job, through the store: decisions, messages, attempts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

import msgspec
from sqlalchemy import ColumnElement, Connection, select

from watcher.core.alert import Alert, Told
from watcher.core.event import Event
from watcher.core.job import JobRecord
from watcher.core.notification import Notification
from watcher.core.why import Why
from watcher.store import records, schema
from watcher.store.queries import Attempt, Shipment, shipments_named
from watcher.store.schema import attempts, decisions, events

CHUNK: Final = 500
MORE: Final = 20
"""Events of a name that are looked through for each one wanted: several sources may share it."""


_of: Final = decisions.c
_COLUMNS: Final = (_of.at, _of.why, _of.rule, _of.channel, _of.notification, _of.by)


class Decided(msgspec.Struct, frozen=True):
    """One decision about an event as it was saved, `at` its Step."""

    at: datetime | None
    why: Why
    rule: str | None
    channel: str | None
    notification: str | None
    by: str | None


class Sent(msgspec.Struct, frozen=True):
    """One message with every attempt, its bundle's where it travelled in one.

    `told` is what it says, `None` for a bundle's own row.
    """

    shipment: Shipment
    attempts: tuple[Attempt, ...]
    told: Notification | None


class Trace(msgspec.Struct, frozen=True):
    """An event, what was decided about it, the messages, and the alerts that live by it."""

    event: Event
    decisions: tuple[Decided, ...]
    messages: tuple[Sent, ...]
    alerts: tuple[Alert, ...]


class JobTrace(msgspec.Struct, frozen=True):
    """How one job stands, what is open about it and what was told of that; the last events."""

    record: JobRecord
    alerts: tuple[Alert, ...]
    told: tuple[Told, ...]
    events: tuple[Trace, ...]


def read_trace(connection: Connection, number: int) -> Trace | None:
    """An event by its number, with all that followed; `None` where it is not kept."""
    found = connection.scalars(select(events.c.record).where(events.c.id == number)).first()
    return None if found is None else _trace(connection, records.decode_event(found))


def read_decisions(
    connection: Connection, numbers: Sequence[int]
) -> dict[int, tuple[Decided, ...]]:
    """What was decided about each of these events."""
    found: dict[int, list[Decided]] = {}
    for start in range(0, len(numbers), CHUNK):
        chunk = numbers[start : start + CHUNK]
        wanted = select(decisions.c.event, *_COLUMNS).where(decisions.c.event.in_(chunk))
        for number, *row in connection.execute(wanted.order_by(decisions.c.seq)):
            found.setdefault(number, []).append(_decided(row))
    return {number: tuple(decided) for number, decided in found.items()}


def read_job_traces(connection: Connection, job: str, last: int) -> tuple[JobTrace, ...]:
    """Every job of that name, whatever its source, with its last events."""
    jobs = schema.jobs.c
    rows = connection.scalars(select(jobs.record).order_by(jobs.lane))
    found = [record for record in map(records.decode_job, rows) if record.subject.job == job]
    return tuple(trace_of(connection, record, last) for record in found)


def trace_of(connection: Connection, record: JobRecord, last: int) -> JobTrace:
    """What is open about a job and what was told of that, with its last events."""
    subject, told = record.subject, schema.told.c
    of_job = select(events.c.record).where(events.c.job == subject.job)
    latest = connection.scalars(of_job.order_by(events.c.id.desc()).limit(MORE * last))
    happened = [one for one in map(records.decode_event, latest) if one.subject == subject]
    heard = connection.scalars(select(told.record).where(told.lane == subject.lane))
    return JobTrace(
        record=record,
        alerts=_alerts(connection, schema.alerts.c.lane == subject.lane),
        told=tuple(map(records.decode_told, heard)),
        events=tuple(_trace(connection, event) for event in reversed(happened[:last])),
    )


def _alerts(connection: Connection, condition: ColumnElement[bool]) -> tuple[Alert, ...]:
    found = connection.scalars(select(schema.alerts.c.record).where(condition))
    return tuple(map(records.decode_alert, found))


def _trace(connection: Connection, event: Event) -> Trace:
    wanted = select(*_COLUMNS).where(decisions.c.event == event.id).order_by(decisions.c.seq)
    decided = tuple(_decided(row) for row in connection.execute(wanted))
    return Trace(
        event=event,
        decisions=decided,
        messages=tuple(_messages(connection, decided)),
        alerts=_alerts(connection, schema.alerts.c.event == event.id),
    )


def _decided(row: Sequence[object]) -> Decided:
    names = ("at", "why", "rule", "channel", "notification", "by")
    return msgspec.convert(dict(zip(names, row, strict=True)), Decided)


def _messages(connection: Connection, decided: Iterable[Decided]) -> list[Sent]:
    named = [one.notification for one in decided if one.notification is not None]
    return read_messages(connection, list(dict.fromkeys(named))[:CHUNK])


def read_messages(connection: Connection, ids: Sequence[str]) -> list[Sent]:
    """The messages with these ids, at most 500, oldest first, each with every attempt."""
    row = schema.deliveries.c
    texts = connection.execute(select(row.id, row.payload).where(row.id.in_(ids)))
    told = {i: records.decode_notification(text) for i, text in texts if text}
    return [
        Sent(shipment, attempts_of(connection, shipment), told.get(shipment.id))
        for shipment in shipments_named(connection, ids)
    ]


def attempts_of(connection: Connection, shipment: Shipment) -> tuple[Attempt, ...]:
    """Its own attempts, and those of the bundle or message that it travelled in."""
    ids = [shipment.id, *([shipment.bundle] if shipment.bundle else [])]
    found = attempts.c
    columns = (found.number, found.begun_at, found.ended_at, found.fate, found.code)
    rows = connection.execute(
        select(*columns, found.status, found.detail)
        .where(found.delivery.in_(ids))
        .order_by(found.seq)
    )
    return tuple(Attempt(*row) for row in rows)
