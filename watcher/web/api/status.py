"""How everything stands: the service itself, its sources, jobs by state, what fires and waits."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec

from watcher import __version__
from watcher.core.alert import Alert, Phase
from watcher.core.breaker import Breaker
from watcher.core.event import Kind
from watcher.core.job import SourceRecord
from watcher.store.views.overview import Mailbox, Overview, StateCount
from watcher.web.api.operation import Call, Nothing, Operation
from watcher.web.at_a_glance import overview_of

API_VERSION: Final = "1.0.0"
"""What is added raises the second number; nothing else changes under /api/v1."""


class GateView(msgspec.Struct, frozen=True):
    """Whether a channel takes messages.

    `open` says that it does not: all wait while one probes, next at `probe_at`, since `since`.
    `refused`: the receiver refuses us; `reason` is what it said last.
    """

    open: bool
    refused: bool
    failures: int
    reason: str
    since: datetime | None
    probe_at: datetime | None


class ChannelStanding(msgspec.Struct, frozen=True):
    """What of a channel's messages waits, since when the oldest does, and how many are dead."""

    channel: str
    waiting: int
    oldest_made_at: datetime | None
    dead: int
    gate: GateView


class IncidentView(msgspec.Struct, frozen=True):
    """Many jobs that fell together: `size` of them, `down` not right yet.

    `id` is its alert's; `basis` says what they share, `shared` what that is called.
    """

    id: str
    basis: str
    shared: str
    since: datetime
    size: int
    down: int


class SourceView(msgspec.Struct, frozen=True):
    """One source: `in_file` where it is still polled, `read_at` its last good reading.

    `blind_since` and `frozen_since` say since when there is no good answer, or always the same one.
    """

    name: str
    project: str | None
    in_file: bool
    read_at: datetime | None
    blind_since: datetime | None
    frozen_since: datetime | None
    jobs: int
    incidents: tuple[IncidentView, ...]


class Sources(msgspec.Struct, frozen=True):
    """The sources, those of the file first in its order."""

    sources: tuple[SourceView, ...]


class GraveAlert(msgspec.Struct, frozen=True):
    """One of the gravest alerts that fire."""

    id: str
    rule: str
    kind: Kind
    phase: Phase
    source: str | None
    job_type: str | None
    job: str | None
    channel: str | None
    verdict: str | None
    since: datetime


class Status(msgspec.Struct, frozen=True):
    """How everything stands at `now`.

    `not_alive` and `not_ready` say why the service counts as dead or does not do its work, one
    sentence each; empty where all is well.  `jobs` counts them by source, type and states;
    `jobs_troubled` are those of which an alert fires.
    """

    version: str
    now: datetime
    not_alive: tuple[str, ...]
    not_ready: tuple[str, ...]
    jobs_total: int
    jobs_troubled: int
    alerts_firing: int
    alerts_pending: int
    messages_waiting: int
    messages_dead: int
    silences_in_force: int
    jobs: tuple[StateCount, ...]
    sources: tuple[SourceView, ...]
    channels: tuple[ChannelStanding, ...]
    gravest: tuple[GraveAlert, ...]


class Version(msgspec.Struct, frozen=True):
    """Of the watcher, and of this API."""

    watcher: str
    api: str


async def show_status(call: Call, _: Nothing) -> Status:
    """How everything stands."""
    desk, seen = call.desk, await overview_of(call.desk)
    return Status(
        version=__version__,
        now=desk.now(),
        not_alive=desk.alive(),
        not_ready=desk.ready(),
        jobs_total=seen.total,
        jobs_troubled=seen.troubled,
        alerts_firing=seen.firing,
        alerts_pending=seen.pending,
        messages_waiting=seen.waiting,
        messages_dead=seen.dead,
        silences_in_force=len(seen.silences),
        jobs=seen.jobs,
        sources=_sources(call, seen),
        channels=tuple(map(_standing, seen.mailboxes)),
        gravest=tuple(map(_grave, seen.gravest)),
    )


async def list_sources(call: Call, _: Nothing) -> Sources:
    """The sources."""
    return Sources(_sources(call, await overview_of(call.desk)))


async def show_version(_: Call, __: Nothing) -> Version:
    """Which versions these are."""
    return Version(__version__, API_VERSION)


def _sources(call: Call, seen: Overview) -> tuple[SourceView, ...]:
    kept = {record.name: record for record in seen.sources}
    names = dict.fromkeys((*call.desk.plan.sources, *kept))
    return tuple(_source(call, kept.get(name, SourceRecord(name)), seen.jobs) for name in names)


def _source(call: Call, record: SourceRecord, counted: tuple[StateCount, ...]) -> SourceView:
    planned = call.desk.plan.sources.get(record.name)
    return SourceView(
        name=record.name,
        project=planned.project if planned else None,
        in_file=planned is not None,
        read_at=record.read_at,
        blind_since=record.blind.since if record.blind else None,
        frozen_since=record.frozen.since if record.frozen else None,
        jobs=sum(one.jobs for one in counted if one.source == record.name),
        incidents=tuple(
            IncidentView(
                one.id, str(one.basis), one.name or one.shared, one.since, one.size, one.down
            )
            for one in record.incidents
        ),
    )


def _grave(alert: Alert) -> GraveAlert:
    subject = alert.subject
    return GraveAlert(
        id=alert.id,
        rule=alert.rule,
        kind=alert.kind,
        phase=alert.phase,
        source=subject.source,
        job_type=subject.job_type,
        job=subject.job,
        channel=subject.channel,
        verdict=alert.verdict,
        since=alert.since,
    )


def _standing(box: Mailbox) -> ChannelStanding:
    return ChannelStanding(
        box.channel, box.waiting, box.oldest_made_at, box.dead, gate_of(box.breaker)
    )


def gate_of(breaker: Breaker) -> GateView:
    """A channel's breaker, as far as it is anybody's matter."""
    return GateView(
        open=breaker.is_open,
        refused=breaker.refused,
        failures=breaker.failures,
        reason=breaker.reason,
        since=breaker.since,
        probe_at=breaker.probe_at,
    )


OPERATIONS: Final = (
    Operation("GET", "/status", "show_status", "How everything stands.", Status, show_status),
    Operation("GET", "/sources", "list_sources", "The sources.", Sources, list_sources),
    Operation(
        "GET", "/version", "show_version", "Which versions these are.", Version, show_version
    ),
)
