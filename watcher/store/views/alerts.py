"""The alerts as they stand, those that ended lately, and the whole story of one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final, NamedTuple

import msgspec
from sqlalchemy import Connection, select

from watcher.core.alert import Alert, Hush, Phase, Told
from watcher.core.event import Event, Kind
from watcher.core.notification import Notification, Status
from watcher.core.outlook import Outlook, outlook
from watcher.core.plan import Plan
from watcher.core.rule import Severity
from watcher.store import records, schema
from watcher.store.schema import deliveries
from watcher.store.traces import Decided, Sent, read_decisions, read_messages
from watcher.store.views.since import first_since

CHUNK: Final = 500
GRAVITY: Final = MappingProxyType({severity.word: severity.value for severity in Severity})
MOST_MESSAGES: Final = 200
"""Of one alert that is reminded of for weeks the latest messages are shown."""


class AlertsWanted(msgspec.Struct, frozen=True):
    """Which alerts; `None` and "" admit all.  `text` is looked for in what they are about."""

    phase: Phase | None = None
    kind: Kind | None = None
    severity: str | None = None
    source: str | None = None
    rule: str | None = None
    text: str = ""
    limit: int = 100
    offset: int = 0


class Voice(msgspec.Struct, frozen=True):
    """A channel that was told of an alert's trouble: by which rule, in how many messages."""

    channel: str
    rule: str
    messages: int


class AlertView(msgspec.Struct, frozen=True):
    """One alert that is pending or firing.

    `severity` is its rule's, of an incident that of its jobs, `None` where its rule left the file.
    `told` are the channels that know of the trouble, also by another rule that speaks there;
    `hushed` those that shall be told once their gate is open; `outlook` is what comes next.
    """

    id: str
    phase: Phase
    kind: Kind
    severity: str | None
    rule: str
    lane: str
    source: str | None
    job_type: str | None
    job: str | None
    channel: str | None
    verdict: str | None
    since: datetime
    fired_at: datetime | None
    right_since: datetime | None
    last_told_at: datetime | None
    event: int
    standing: bool
    told: tuple[Voice, ...]
    hushed: tuple[Hush, ...]
    outlook: Outlook


class AlertsView(msgspec.Struct, frozen=True):
    """A page of the alerts, the gravest first: `total` fit, `firing` and `pending` of all there
    are; the others are what there is to choose from.
    """

    alerts: tuple[AlertView, ...]
    total: int
    firing: int
    pending: int
    kinds: tuple[str, ...]
    severities: tuple[str, ...]
    sources: tuple[str, ...]
    rules: tuple[str, ...]


class EndedView(msgspec.Struct, frozen=True):
    """An alert of which the end was decided: why it ended, and which channels it is told on."""

    id: str
    kind: Kind
    severity: str
    rule: str
    lane: str
    source: str | None
    job_type: str | None
    job: str | None
    channel: str | None
    verdict: str | None
    reason: str
    began_at: datetime | None
    ended_at: datetime
    channels: tuple[str, ...]


class AlertStory(msgspec.Struct, frozen=True):
    """All that is kept of one alert: as it stands (`None` when it is over), its events with what
    was decided about each, and its messages with their attempts.
    """

    id: str
    alert: AlertView | None
    events: tuple[Event, ...]
    decisions: dict[int, tuple[Decided, ...]]
    messages: tuple[Sent, ...]


_row: Final = deliveries.c
_alert: Final = schema.alerts.c


class Row(NamedTuple):
    """The columns of one alert, enough to choose and to order by without reading all of them."""

    phase: str
    kind: str
    rule: str
    lane: str
    event: int
    severity: str | None


def read_alerts(connection: Connection, wanted: AlertsWanted, plan: Plan) -> AlertsView:
    """The alerts that fit: firing before pending, then the gravest, then the oldest first."""
    found = _rows(connection, plan)
    fitting = sorted((row for row in found if _fits(row, wanted)), key=_gravest_first)
    shown = fitting[wanted.offset : wanted.offset + wanted.limit]
    phases = Counter(row.phase for row in found)
    return AlertsView(
        alerts=tuple(_views(connection, shown, plan)),
        total=len(fitting),
        firing=phases[Phase.FIRING],
        pending=phases[Phase.PENDING],
        kinds=tuple(sorted({row.kind for row in found})),
        severities=_words({row.severity for row in found}),
        sources=tuple(sorted(filter(None, {_source_of(row.lane) for row in found}))),
        rules=tuple(sorted({row.rule for row in found})),
    )


def _words(found: Collection[str | None]) -> tuple[str, ...]:
    """The severities that there are, the gravest first."""
    return tuple(one.word for one in sorted(Severity, reverse=True) if one.word in found)


def _rows(connection: Connection, plan: Plan) -> list[Row]:
    severities = {rule.name: rule.severity.word for rule in plan.rules}
    incidents = _incidents(connection)
    columns = (_alert.phase, _alert.kind, _alert.rule, _alert.lane, _alert.event)
    return [
        Row(phase, kind, rule, lane, event, incidents.get(lane) or severities.get(rule))
        for phase, kind, rule, lane, event in connection.execute(select(*columns))
    ]


def _incidents(connection: Connection) -> dict[str, str]:
    """The severity of each incident that was told: it is that of its jobs."""
    told = schema.told.c
    records_ = connection.scalars(select(told.record).where(told.kind == Kind.INCIDENT.value))
    found = map(records.decode_told, records_)
    return {one.subject.lane: Severity(one.severity).word for one in found}


def _gravest_first(row: Row) -> tuple[bool, int, int, str]:
    gravity = GRAVITY.get(row.severity or "", -1)
    return (row.phase != Phase.FIRING, -gravity, row.event, row.lane)


def _fits(row: Row, wanted: AlertsWanted) -> bool:
    return (
        wanted.phase in (None, row.phase)
        and wanted.kind in (None, row.kind)
        and wanted.severity in (None, row.severity)
        and wanted.rule in (None, row.rule)
        and (wanted.source is None or wanted.source == _source_of(row.lane))
        and (not wanted.text or _names(wanted.text.casefold(), row.lane, row.rule))
    )


def _source_of(lane: str) -> str | None:
    """The source of a job, of an incident or itself."""
    about, _, place = lane.partition(":")
    return place.partition("/")[0] if about in ("job", "incident", "source") else None


def _views(connection: Connection, rows: Sequence[Row], plan: Plan) -> Iterator[AlertView]:
    """The rows with all that is kept of them, in their order."""
    lanes = list(dict.fromkeys(row.lane for row in rows))
    kept: dict[tuple[str, str, str], Alert] = {}
    for start in range(0, len(lanes), CHUNK):
        found = select(_alert.record).where(_alert.lane.in_(lanes[start : start + CHUNK]))
        for alert in map(records.decode_alert, connection.scalars(found)):
            kept[alert.subject.lane, alert.rule, alert.kind.value] = alert
    voices = _voices(connection, lanes)
    for row in rows:
        alert = kept[row.lane, row.rule, row.kind]
        yield view_of(alert, row.severity, voices.get((row.lane, alert.kind), ()), plan)


def _voices(connection: Connection, lanes: Sequence[str]) -> dict[tuple[str, Kind], list[Told]]:
    """Who was told of each trouble of these lanes."""
    told, found = schema.told.c, dict[tuple[str, Kind], list[Told]]()
    for start in range(0, len(lanes), CHUNK):
        wanted = select(told.record).where(told.lane.in_(lanes[start : start + CHUNK]))
        for one in map(records.decode_told, connection.scalars(wanted)):
            found.setdefault((one.subject.lane, one.kind), []).append(one)
    return found


def view_of(alert: Alert, severity: str | None, told: Sequence[Told], plan: Plan) -> AlertView:
    """An alert as it is shown, with whom its trouble was told to."""
    subject = alert.subject
    return AlertView(
        id=alert.id,
        phase=alert.phase,
        kind=alert.kind,
        severity=severity,
        rule=alert.rule,
        lane=subject.lane,
        source=subject.source,
        job_type=subject.job_type,
        job=subject.job,
        channel=subject.channel,
        verdict=alert.verdict,
        since=alert.since,
        fired_at=alert.fired_at,
        right_since=alert.right_since,
        last_told_at=alert.last_told_at,
        event=alert.event,
        standing=alert.standing,
        told=tuple(Voice(one.channel, one.rule, one.number) for one in told),
        hushed=alert.hushed,
        outlook=outlook(alert, plan.rule(alert.rule)),
    )


def _names(text: str, lane: str, rule: str) -> bool:
    """Whether the job of a lane, or what else it is about, or the rule holds the text."""
    return text in lane.split("/", 2)[-1].casefold() or text in rule.casefold()


_ENDED: Final = (
    select(_row.id, _row.alert, _row.kind, _row.rule, _row.lane, _row.severity, _row.channel)
    .where(_row.status == Status.RESOLVED.value)
    .order_by(_row.seq.desc())
)


def read_ended(
    connection: Connection, wanted: AlertsWanted, since: datetime
) -> tuple[EndedView, ...]:
    """The alerts whose ends were decided since then, the latest first, as many as are wanted.

    An end that no channel was to be told is not among them.
    """
    if wanted.phase is not None:
        return ()
    first = first_since(connection, deliveries, _row.made_at, since)
    channels: dict[str, list[str]] = {}
    payloads: list[str] = []
    for row in connection.execute(_ENDED.where(_row.seq >= first)):
        if row.alert in channels:
            channels[row.alert].append(row.channel)
        elif len(payloads) < wanted.limit and _ended_fits(row.kind, row.rule, row.lane, wanted):
            channels[row.alert] = [row.channel]
            payloads.append(row.id)
    told = _notifications(connection, payloads)
    ended = (ended_view(n, channels[n.alert]) for one in payloads if (n := told.get(one)))
    return tuple(one for one in ended if wanted.severity in (None, one.severity))


def _ended_fits(kind: str, rule: str, lane: str, wanted: AlertsWanted) -> bool:
    text = wanted.text.casefold()
    return (
        wanted.kind in (None, kind)
        and wanted.rule in (None, rule)
        and (wanted.source is None or f":{wanted.source}/" in f"{lane}/")
        and (not text or _names(text, lane, rule))
    )


def _notifications(connection: Connection, ids: Sequence[str]) -> dict[str, Notification]:
    found = select(_row.id, _row.payload).where(_row.id.in_(ids))
    return {one: records.decode_notification(text) for one, text in connection.execute(found)}


def ended_view(note: Notification, channels: Sequence[str]) -> EndedView:
    """An alert as its last message tells it."""
    subject = note.subject
    return EndedView(
        id=note.alert,
        kind=note.event.kind,
        severity=note.severity.word,
        rule=note.rule,
        lane=subject.lane,
        source=subject.source,
        job_type=subject.job_type,
        job=subject.job,
        channel=subject.channel,
        verdict=note.event.verdict,
        reason=note.reason.value,
        began_at=note.began_at,
        ended_at=note.ended_at or note.event.detected_at,
        channels=tuple(sorted(set(channels))),
    )


def read_alert(connection: Connection, alert: str, plan: Plan) -> AlertStory | None:
    """The story of an alert by its id; `None` where nothing of it is kept."""
    living = connection.scalar(select(schema.alerts.c.record).where(schema.alerts.c.id == alert))
    of_alert = select(_row.id).where(_row.alert == alert)
    ids = list(connection.scalars(of_alert.order_by(_row.seq.desc()).limit(MOST_MESSAGES)))
    if living is None and not ids:
        return None
    now = None if living is None else records.decode_alert(living)
    messages = read_messages(connection, ids)
    numbers = {sent.told.event.id for sent in messages if sent.told}
    numbers |= {now.event} if now else set()
    return AlertStory(
        id=alert,
        alert=None if now is None else _shown(connection, now, plan),
        events=_events(connection, sorted(numbers)),
        decisions=read_decisions(connection, sorted(numbers)),
        messages=tuple(messages),
    )


def _shown(connection: Connection, alert: Alert, plan: Plan) -> AlertView:
    lane, rule = alert.subject.lane, plan.rule(alert.rule)
    severity = _incidents(connection).get(lane) or (rule.severity.word if rule else None)
    told = _voices(connection, [lane]).get((lane, alert.kind), ())
    return view_of(alert, severity, told, plan)


def _events(connection: Connection, numbers: Sequence[int]) -> tuple[Event, ...]:
    found = select(schema.events.c.record).where(schema.events.c.id.in_(numbers))
    kept = connection.scalars(found.order_by(schema.events.c.id))
    return tuple(map(records.decode_event, kept))
