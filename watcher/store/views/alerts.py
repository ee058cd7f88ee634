"""The alerts as they stand, those that ended lately, and the whole story of one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

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

    `severity` is a rule's word, `None` where its rule left the file before anybody was told.
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


Voices = Mapping[tuple[str, Kind], Sequence[Told]]


def read_alerts(connection: Connection, wanted: AlertsWanted, plan: Plan) -> AlertsView:
    """The alerts that fit: firing before pending, then the gravest, then the oldest first."""
    found = sorted(_living(connection, plan), key=_gravest_first)
    fitting = [one for one in found if _fits(one, wanted)]
    firing = sum(one.phase is Phase.FIRING for one in found)
    return AlertsView(
        alerts=tuple(fitting[wanted.offset : wanted.offset + wanted.limit]),
        total=len(fitting),
        firing=firing,
        pending=len(found) - firing,
        kinds=tuple(sorted({one.kind.value for one in found})),
        severities=tuple(dict.fromkeys(one.severity for one in found if one.severity)),
        sources=tuple(sorted({one.source for one in found if one.source})),
        rules=tuple(sorted({one.rule for one in found})),
    )


def _living(connection: Connection, plan: Plan) -> Iterator[AlertView]:
    voices: dict[tuple[str, Kind], list[Told]] = {}
    for told in map(records.decode_told, connection.scalars(select(schema.told.c.record))):
        voices.setdefault((told.subject.lane, told.kind), []).append(told)
    for record in connection.scalars(select(schema.alerts.c.record)):
        yield view_of(records.decode_alert(record), voices, plan)


def view_of(alert: Alert, voices: Voices, plan: Plan) -> AlertView:
    """An alert as it is shown, with whom its trouble was told to."""
    subject, rule = alert.subject, plan.rule(alert.rule)
    told = voices.get((subject.lane, alert.kind), ())
    own = [one.severity for one in told if one.rule == alert.rule]
    severity = max(own) if own else (None if rule is None else rule.severity)
    return AlertView(
        id=alert.id,
        phase=alert.phase,
        kind=alert.kind,
        severity=None if severity is None else Severity(severity).word,
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
        outlook=outlook(alert, rule),
    )


def _gravest_first(one: AlertView) -> tuple[bool, int, datetime, str]:
    gravity = Severity[one.severity.upper()] if one.severity else -1
    return (one.phase is not Phase.FIRING, -gravity, one.since, one.lane)


def _fits(one: AlertView, wanted: AlertsWanted) -> bool:
    chosen = (
        (wanted.phase, one.phase),
        (wanted.kind, one.kind),
        (wanted.severity, one.severity),
        (wanted.source, one.source),
        (wanted.rule, one.rule),
    )
    text = wanted.text.casefold()
    return all(want is None or want == has for want, has in chosen) and (
        not text or _names(text, one.lane, one.rule)
    )


def _names(text: str, lane: str, rule: str) -> bool:
    """Whether the job of a lane, or what else it is about, or the rule holds the text."""
    return text in lane.split("/", 2)[-1].casefold() or text in rule.casefold()


_row: Final = deliveries.c
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
    lane = alert.subject.lane
    heard = select(schema.told.c.record).where(schema.told.c.lane == lane)
    told = list(map(records.decode_told, connection.scalars(heard)))
    return view_of(alert, {(lane, alert.kind): [t for t in told if t.kind is alert.kind]}, plan)


def _events(connection: Connection, numbers: Sequence[int]) -> tuple[Event, ...]:
    found = select(schema.events.c.record).where(schema.events.c.id.in_(numbers))
    kept = connection.scalars(found.order_by(schema.events.c.id))
    return tuple(map(records.decode_event, kept))
