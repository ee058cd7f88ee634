"""Alerts: those that live, those that ended lately, and the story of one."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from functools import partial
from typing import Annotated, Final

import msgspec
from anyio.to_thread import run_sync
from msgspec import Meta

from watcher.core.alert import Phase
from watcher.core.event import Kind
from watcher.store.traces import Decided
from watcher.store.views.alerts import (
    AlertStory,
    AlertsWanted,
    AlertView,
    EndedView,
    read_alert,
    read_alerts,
    read_ended,
)
from watcher.web.api.given import LONGEST, Limit, RuleName, SourceName
from watcher.web.api.happened import Happened, happened_of
from watcher.web.api.operation import Call, Operation
from watcher.web.api.problem import Refused
from watcher.web.api.sending import Sending, sendings_of
from watcher.web.desk import Desk


class Living(StrEnum):
    """Where an alert that lives stands."""

    PENDING = "pending"
    FIRING = "firing"


class Gravity(StrEnum):
    """How serious."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    CRITICAL = "critical"


OfKind = Annotated[Kind, Meta(description="Only of this kind.")]
OfSeverity = Annotated[Gravity, Meta(description="Only of this severity.")]
Text = Annotated[
    str, Meta(max_length=LONGEST, description="A part of the job, source, channel or rule.")
]
Hours = Annotated[int, Meta(ge=1, le=24 * 366, description="How many hours to look back.")]
Offset = Annotated[int, Meta(ge=0, le=1_000_000, description="How many to pass over.")]
AlertId = Annotated[str, Meta(pattern="^[0-9a-f]{32}$", description="The alert's id.")]


class AlertsAsked(msgspec.Struct, frozen=True):
    """Which alerts."""

    phase: Annotated[Living, Meta(description="Only in this phase.")] | None = None
    kind: OfKind | None = None
    severity: OfSeverity | None = None
    source: SourceName | None = None
    rule: RuleName | None = None
    text: Text = ""
    limit: Limit = 100
    offset: Offset = 0


class EndedAsked(msgspec.Struct, frozen=True):
    """Which alerts that are over."""

    kind: OfKind | None = None
    severity: OfSeverity | None = None
    source: SourceName | None = None
    rule: RuleName | None = None
    text: Text = ""
    hours: Hours = 24
    limit: Limit = 100


class AlertAsked(msgspec.Struct, frozen=True):
    """Which alert."""

    id: AlertId


class Alerts(msgspec.Struct, frozen=True):
    """Those that fit, firing before pending, then the gravest, then the oldest first.

    `total` fit; `firing` and `pending` count all there are.
    """

    alerts: tuple[AlertView, ...]
    total: int
    firing: int
    pending: int


class Ended(msgspec.Struct, frozen=True):
    """Alerts that are over, the latest first."""

    alerts: tuple[EndedView, ...]


class AlertDetail(msgspec.Struct, frozen=True):
    """All that is kept of one alert: as it stands (null when it is over), the events that it rests
    on, what was decided about each (by the event's id), and its messages.
    """

    id: str
    alert: AlertView | None
    events: tuple[Happened, ...]
    decisions: dict[str, tuple[Decided, ...]]
    messages: tuple[Sending, ...]


async def list_alerts(call: Call, asked: AlertsAsked) -> Alerts:
    """The alerts that live."""
    wanted = AlertsWanted(
        phase=Phase(asked.phase) if asked.phase else None,
        kind=asked.kind,
        severity=asked.severity,
        source=asked.source,
        rule=asked.rule,
        text=asked.text,
        limit=asked.limit,
        offset=asked.offset,
    )
    found = await call.desk.read(partial(read_alerts, wanted=wanted, plan=call.desk.plan))
    return Alerts(found.alerts, found.total, found.firing, found.pending)


async def list_ended(call: Call, asked: EndedAsked) -> Ended:
    """The alerts that ended lately."""
    wanted = AlertsWanted(
        kind=asked.kind,
        severity=asked.severity,
        source=asked.source,
        rule=asked.rule,
        text=asked.text,
        limit=asked.limit,
    )
    since = call.desk.now() - timedelta(hours=asked.hours)
    return Ended(await call.desk.read(partial(read_ended, wanted=wanted, since=since)))


async def show_alert(call: Call, asked: AlertAsked) -> AlertDetail:
    """One alert."""
    desk = call.desk
    found = await desk.read(partial(read_alert, alert=asked.id, plan=desk.plan))
    if found is None:
        raise Refused(404, f"Nothing is kept of an alert {asked.id}.")
    return await run_sync(_detail, desk, found)


def _detail(desk: Desk, found: AlertStory) -> AlertDetail:
    return AlertDetail(
        id=found.id,
        alert=found.alert,
        events=tuple(map(happened_of, found.events)),
        decisions={str(number): decided for number, decided in found.decisions.items()},
        messages=sendings_of(found.messages, desk),
    )


OPERATIONS: Final = (
    Operation(
        "GET",
        "/alerts",
        "list_alerts",
        "The alerts that are pending or firing.",
        Alerts,
        list_alerts,
        AlertsAsked,
    ),
    Operation(
        "GET",
        "/alerts/ended",
        "list_ended_alerts",
        "The alerts whose ends were decided lately, where a channel was to be told.",
        Ended,
        list_ended,
        EndedAsked,
    ),
    Operation(
        "GET",
        "/alerts/{id}",
        "show_alert",
        "The story of one alert.",
        AlertDetail,
        show_alert,
        AlertAsked,
        refusals=((404, "Nothing is kept of it."),),
    ),
)
