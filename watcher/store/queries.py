"""The read side, for commands: how things stand, what happened, what was told, and the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec
from sqlalchemy import ColumnElement, Connection, and_, func, select

from watcher.core.alert import Alert
from watcher.core.anchor import Anchor
from watcher.core.delivery import Disposition
from watcher.core.event import Event, Kind
from watcher.core.in_force import InForce, Reload
from watcher.core.job import SourceRecord
from watcher.ports import Backlog
from watcher.store import records, schema
from watcher.store.access import Access
from watcher.store.in_force import read_in_force, read_reload
from watcher.store.known import Known, read_known
from watcher.store.ledger import Ledger, read_ledger
from watcher.store.moving import read_anchor
from watcher.store.schema import attempts, deliveries, events
from watcher.store.silences import Heard, count_hidden, read_heard
from watcher.store.upkeep import read_backlogs

if TYPE_CHECKING:
    from watcher.core.step import Saved
    from watcher.store.by_hand import Deed, Order
    from watcher.store.traces import Decided, JobTrace, Trace

Result = TypeVar("Result")


class JobCount(msgspec.Struct, frozen=True):
    """How many jobs of a source stand alike; `None` where the API gave no such state."""

    source: str
    expect_state: str | None
    actual_state: str | None
    jobs: int


class Standing(msgspec.Struct, frozen=True):
    """How everything stands now: `alerts` pending and firing, `anchor` of the wall clock.

    `silences` are all that are kept, also those that are over.
    """

    sources: tuple[SourceRecord, ...]
    jobs: tuple[JobCount, ...]
    alerts: tuple[Alert, ...]
    backlogs: tuple[Backlog, ...]
    anchor: Anchor | None = None
    silences: tuple[Heard, ...] = ()

    def as_data(self) -> dict[str, object]:
        """The same for JSON, by the names of the tables."""
        return {
            "sources": self.sources,
            "jobs": self.jobs,
            "alerts": self.alerts,
            "channels": self.backlogs,
            "clock": self.anchor,
        }


class Attempt(msgspec.Struct, frozen=True):
    """One attempt; without `ended_at` it is under way, or in doubt since a restart."""

    number: int
    begun_at: datetime
    ended_at: datetime | None
    fate: str | None
    code: str | None
    status: int | None
    detail: str | None


class Shipment(msgspec.Struct, frozen=True):
    """One row of the outbox, with its last attempt.

    For a bundle's own row `lane`, `alert`, `kind`, `rule`, `status` and `reason` are `None`, and
    `members` counts what it carries.  `bundle` names the bundle it is in, or what it was merged
    into.  `deferred` says why it was late, where it was.
    """

    seq: int
    id: str
    channel: str
    disposition: Disposition
    severity: int
    attempts: int
    made_at: datetime
    due_at: datetime
    lane: str | None
    alert: str | None
    kind: str | None
    rule: str | None
    status: str | None
    reason: str | None
    bundle: str | None
    settled_at: datetime | None
    why: str | None
    deferred: str | None
    members: int
    last: Attempt | None


class Reader:
    """Reads beside a running `run`; made by `open.open_reader`."""

    def __init__(self, access: Access) -> None:
        """Take over an open read-only connection."""
        self._access = access

    async def status(self) -> Standing:
        """How everything stands now."""
        return await self._access.transact(read_standing)

    async def events(
        self,
        limit: int = 100,
        since: datetime | None = None,
        kind: Kind | None = None,
        job: str | None = None,
    ) -> Sequence[Event]:
        """The latest events that fit, oldest first."""
        return await self._access.transact(
            partial(read_events, limit=limit, since=since, kind=kind, job=job)
        )

    async def deliveries(
        self,
        limit: int = 100,
        channel: str | None = None,
        disposition: Disposition | None = None,
    ) -> Sequence[Shipment]:
        """The latest rows of the outbox that fit, oldest first."""
        return await self._access.transact(
            partial(read_shipments, limit=limit, channel=channel, disposition=disposition)
        )

    async def trace(self, event: int) -> Trace | None:
        """An event with all that followed; `None` where it is not kept."""
        from watcher.store.traces import read_trace  # noqa: PLC0415

        return await self._access.transact(partial(read_trace, number=event))

    async def decisions(self, events: Sequence[int]) -> dict[int, tuple[Decided, ...]]:
        """What was decided about each of these events."""
        from watcher.store.traces import read_decisions  # noqa: PLC0415

        return await self._access.transact(partial(read_decisions, numbers=events))

    async def job_traces(self, job: str, last: int) -> tuple[JobTrace, ...]:
        """Every job of that name, with its last events."""
        from watcher.store.traces import read_job_traces  # noqa: PLC0415

        return await self._access.transact(partial(read_job_traces, job=job, last=last))

    async def saved(self) -> Saved:
        """Everything that the core's state is made of."""
        from watcher.store.load import load_saved  # noqa: PLC0415

        return await self._access.transact(load_saved)

    async def foresee(self, order: Order) -> Deed:
        """What an order about the outbox would come to now."""
        # Most who look do not mean to act.
        from watcher.store.by_hand import foresee  # noqa: PLC0415

        return await self._access.transact(partial(foresee, order=order))

    async def silences(self) -> tuple[Heard, ...]:
        """Every silence that is kept, the oldest first, with what it has hidden."""
        return await self._access.transact(read_heard)

    async def hidden_by(self, window: str, since: datetime) -> int:
        """How many messages a window has hidden since it was opened."""
        return await self._access.transact(partial(count_hidden, window=window, since=since))

    async def known(self) -> Known:
        """What a silence may be about."""
        return await self._access.transact(read_known)

    async def ledger(self, since: datetime | None = None) -> Ledger:
        """Whether everything since then, or ever, is accounted for."""
        return await self._access.transact(partial(read_ledger, since=since))

    async def in_force(self) -> InForce | None:
        """The file that is in force, or was when the last service ended."""
        return await self._access.transact(read_in_force)

    async def last_reload(self) -> Reload | None:
        """How the last start or reload went."""
        return await self._access.transact(read_reload)

    async def close(self) -> None:
        """Let go of the file."""
        await self._access.close()


def read_standing(connection: Connection) -> Standing:
    """See `Reader.status`."""
    jobs, alerts, sources = schema.jobs.c, schema.alerts.c, schema.sources.c
    states = (jobs.source, jobs.expect_state, jobs.actual_state)
    counted = select(*states, func.count()).group_by(*states).order_by(*states)
    return Standing(
        sources=tuple(
            map(
                records.decode_source,
                connection.scalars(select(sources.record).order_by(sources.name)),
            )
        ),
        jobs=tuple(JobCount(*row) for row in connection.execute(counted)),
        alerts=tuple(
            map(
                records.decode_alert,
                connection.scalars(
                    select(alerts.record).order_by(alerts.lane, alerts.rule, alerts.kind)
                ),
            )
        ),
        backlogs=read_backlogs(connection),
        silences=read_heard(connection),
        anchor=read_anchor(connection),
    )


def read_events(
    connection: Connection,
    limit: int,
    since: datetime | None,
    kind: Kind | None,
    job: str | None,
) -> tuple[Event, ...]:
    """See `Reader.events`."""
    wanted = select(events.c.record).order_by(events.c.id.desc()).limit(limit)
    if since is not None:
        wanted = wanted.where(events.c.detected_at >= since)
    if kind is not None:
        wanted = wanted.where(events.c.kind == kind.value)
    if job is not None:
        wanted = wanted.where(events.c.job == job)
    latest = list(connection.scalars(wanted))
    return tuple(map(records.decode_event, reversed(latest)))


_row: Final = deliveries.c
_member: Final = deliveries.alias("member")
_LAST: Final = "last_"
_SHIPMENTS: Final = (
    select(
        deliveries,
        select(func.count())
        .where(_member.c.bundle == _row.id, _row.lane.is_(None))
        .scalar_subquery()
        .label("members"),
        *(column.label(f"{_LAST}{column.name}") for column in attempts.c),
    )
    .outerjoin(attempts, and_(attempts.c.delivery == _row.id, attempts.c.number == _row.attempts))
    .order_by(_row.seq.desc())
)


def read_shipments(
    connection: Connection, limit: int, channel: str | None, disposition: Disposition | None
) -> tuple[Shipment, ...]:
    """See `Reader.deliveries`."""
    wanted = _SHIPMENTS.limit(limit)
    if channel is not None:
        wanted = wanted.where(_row.channel == channel)
    if disposition is not None:
        wanted = wanted.where(_row.disposition == disposition.value)
    latest = [{str(n): v for n, v in row.items()} for row in connection.execute(wanted).mappings()]
    return tuple(map(_shipment, reversed(latest)))


def shipments_named(connection: Connection, ids: Sequence[str]) -> tuple[Shipment, ...]:
    """The rows of the outbox with these ids, oldest first."""
    return _shipments(connection, _row.id.in_(ids))


def shipments_at(connection: Connection, seqs: Sequence[int]) -> tuple[Shipment, ...]:
    """The rows of the outbox with these sequence numbers, oldest first."""
    return _shipments(connection, _row.seq.in_(seqs))


def _shipments(connection: Connection, wanted: ColumnElement[bool]) -> tuple[Shipment, ...]:
    rows = connection.execute(_SHIPMENTS.where(wanted)).mappings()
    found = [{str(n): v for n, v in row.items()} for row in rows]
    return tuple(map(_shipment, reversed(found)))


def _shipment(fields: dict[str, object]) -> Shipment:
    last = {n.removeprefix(_LAST): v for n, v in fields.items() if n.startswith(_LAST)}
    tried = last["number"] is not None
    return msgspec.convert({**fields, "last": last if tried else None}, Shipment)
