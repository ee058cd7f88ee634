"""How everything stands, small enough for one look: what fires gravest first, what is stuck."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import msgspec
from sqlalchemy import Connection, case, func, select

from watcher.core.alert import Alert, Phase
from watcher.core.breaker import Breaker
from watcher.core.delivery import Disposition
from watcher.core.job import SourceRecord
from watcher.core.silence import Silence
from watcher.ports import Backlog
from watcher.store import records, schema
from watcher.store.schema import has
from watcher.store.silences import read_silences
from watcher.store.upkeep import read_backlogs

SHOWN: Final = 20
"""So many of the alerts that fire are shown; the others are counted."""


class StateCount(msgspec.Struct, frozen=True):
    """How many jobs of a source and type stand alike; `None` where the API gave no such state."""

    source: str
    job_type: str
    expect_state: str | None
    actual_state: str | None
    jobs: int


class Mailbox(msgspec.Struct, frozen=True):
    """How a channel stands: what waits, since when the oldest does, what died, its breaker."""

    channel: str
    waiting: int
    oldest_made_at: datetime | None
    dead: int
    breaker: Breaker


class Overview(msgspec.Struct, frozen=True):
    """How everything stands; `gravest` are some of the `firing` alerts, `silences` those in force.

    `troubled` counts the jobs of which an alert fires.
    """

    sources: tuple[SourceRecord, ...]
    jobs: tuple[StateCount, ...]
    firing: int
    pending: int
    troubled: int
    gravest: tuple[Alert, ...]
    mailboxes: tuple[Mailbox, ...]
    silences: tuple[Silence, ...]

    @property
    def total(self) -> int:
        """How many jobs there are."""
        return sum(count.jobs for count in self.jobs)

    @property
    def waiting(self) -> int:
        """How many messages wait on all channels."""
        return sum(box.waiting for box in self.mailboxes)

    @property
    def dead(self) -> int:
        """How many messages died on all channels, as far as the store goes back."""
        return sum(box.dead for box in self.mailboxes)


_alert: Final = schema.alerts.c


def read_overview(connection: Connection, now: datetime, ranks: Mapping[str, int]) -> Overview:
    """Everything; `ranks` gives each rule's severity, a graver one greater."""
    jobs = schema.jobs.c
    states = (jobs.source, jobs.job_type, jobs.expect_state, jobs.actual_state)
    counted = select(*states, func.count()).group_by(*states).order_by(*states)
    phases = _phases(connection)
    return Overview(
        sources=_sources(connection),
        jobs=tuple(StateCount(*row) for row in connection.execute(counted)),
        firing=phases.get(Phase.FIRING.value, 0),
        pending=phases.get(Phase.PENDING.value, 0),
        troubled=_troubled(connection),
        gravest=_gravest(connection, ranks),
        mailboxes=_mailboxes(connection),
        silences=read_silences(connection, now),
    )


def _sources(connection: Connection) -> tuple[SourceRecord, ...]:
    wanted = select(schema.sources.c.record).order_by(schema.sources.c.name)
    return tuple(map(records.decode_source, connection.scalars(wanted)))


def _phases(connection: Connection) -> Mapping[str, int]:
    counted = select(_alert.phase, func.count()).group_by(_alert.phase)
    return dict(connection.execute(counted).all())


def _troubled(connection: Connection) -> int:
    lanes = select(func.count(_alert.lane.distinct())).where(
        _alert.phase == Phase.FIRING.value, _alert.lane.startswith("job:")
    )
    return connection.scalar(lanes) or 0


def _gravest(connection: Connection, ranks: Mapping[str, int]) -> tuple[Alert, ...]:
    """Those that fire, the gravest first, among equals the latest."""
    wanted = select(_alert.record).where(_alert.phase == Phase.FIRING.value)
    order = [case(dict(ranks), value=_alert.rule, else_=-1).desc()] if ranks else []
    found = connection.scalars(wanted.order_by(*order, _alert.event.desc()).limit(SHOWN))
    return tuple(map(records.decode_alert, found))


def _mailboxes(connection: Connection) -> tuple[Mailbox, ...]:
    row = schema.deliveries.c
    died = select(row.channel, func.count()).where(has(Disposition.DEAD), row.lane.is_not(None))
    dead: Mapping[str, int] = dict(connection.execute(died.group_by(row.channel)).all())
    kept = {backlog.channel: backlog for backlog in read_backlogs(connection)}
    nothing = Backlog("", 0, None, Breaker())
    return tuple(
        _mailbox(name, kept.get(name, nothing), dead.get(name, 0))
        for name in sorted({*kept, *dead})
    )


def _mailbox(channel: str, backlog: Backlog, dead: int) -> Mailbox:
    return Mailbox(channel, backlog.waiting, backlog.oldest_made_at, dead, backlog.breaker)
