"""An incident that grows: what its beginning takes in, and when its size is told again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import msgspec

from watcher.core.alert import Alert, Hush, Signal, Told
from watcher.core.alerting import gone_rule
from watcher.core.draft import Draft
from watcher.core.event import Event, Kind
from watcher.core.incident import KIND, move, tell_size
from watcher.core.notification import Reason, Status
from watcher.core.roll import event_of, loudness, members_down
from watcher.core.rule import Severity
from watcher.core.sound import GROUP_WAIT, Sound, notify
from watcher.core.storm import Incident
from watcher.core.subject import Subject
from watcher.core.why import Why

SETTLES_IN: Final = timedelta(seconds=30)
"""An incident's size is told again no sooner than this after it was told."""


def watch_growth(draft: Draft, source: str) -> None:
    """Tell of the incidents of a source that have grown.

    While a beginning still waits on a chat another one with the new size takes its place: one poll
    asks for many jobs in several requests.
    """
    record = draft.source(source)
    grown = [_grow(draft, one) for one in record.incidents]
    if grown:
        draft.put_source(msgspec.structs.replace(record, incidents=tuple(grown)))


def _grow(draft: Draft, incident: Incident) -> Incident:
    alerts = draft.alerts_of(incident.subject, KIND)
    if incident.size <= incident.told_size or not alerts:
        return incident
    told_at = max(alert.last_told_at or alert.since for alert in alerts)
    begun_at = max(alert.fired_at or alert.since for alert in alerts)
    if draft.now - begun_at < GROUP_WAIT:
        _tell_anew(draft, incident, begun_at)
    elif incident.size >= 2 * incident.told_size and draft.now - told_at >= SETTLES_IN:
        tell_size(draft, incident, move(draft, incident, Signal.WORSE))
    else:
        return incident
    return msgspec.structs.replace(incident, told_size=incident.size)


def _tell_anew(draft: Draft, incident: Incident, begun_at: datetime) -> None:
    """Tell the beginning again in the place of the one that waits; to a webhook it is `worse`."""
    down = members_down(draft, incident)
    loud, event = loudness(draft, down), event_of(draft, incident, down)
    for channel, told in draft.told_of(incident.subject, KIND).items():
        if channel in draft.plan.channels:
            severity = max(Severity(told.severity), loud.get(channel, Severity.INFO))
            graver = msgspec.structs.replace(told, severity=int(severity))
            _replace(draft, graver, event, begun_at)


def _replace(draft: Draft, told: Told, event: Event, begun_at: datetime) -> None:
    chat = draft.plan.channels[told.channel].bundles
    alert = draft.alert_now(told.subject, (told.rule, KIND))
    rule = draft.plan.rule(told.rule) or (gone_rule(alert) if alert else None)
    if rule is None:
        return
    sound = Sound(
        told.alert,
        told.ordinal,
        told.owner,
        told.number + 1,
        Status.FIRING,
        Reason.BEGAN if chat else Reason.WORSE,
        msgspec.structs.replace(event, id=told.event),
        hold_until=begun_at + GROUP_WAIT,
    )
    graver = msgspec.structs.replace(rule, severity=Severity(told.severity))
    again = notify(draft, told.channel, graver, sound, told=told)
    first = again.id if chat else told.first
    draft.put_told(msgspec.structs.replace(told, number=sound.number, first=first))
    if chat:
        draft.merge(told.first, again.id)


def fold_in(draft: Draft, source: str) -> None:
    """Let an incident's beginning take in what was told of its jobs singly and still waits.

    The jobs of one poll are asked for in several requests: of those that fell in the first ones
    nobody knew yet that they are many.
    """
    before = draft.state.sources.get(source)
    known = {one.id for one in before.incidents} if before else set()
    for incident in draft.source(source).incidents:
        if incident.id not in known:
            for told in draft.told_of(incident.subject, KIND).values():
                _fold_into(draft, incident, told)


def _fold_into(draft: Draft, incident: Incident, into: Told) -> None:
    plan = draft.plan.channels.get(into.channel)
    if plan is None or not plan.bundles:
        return
    for subject in draft.state.fallen.get(incident.subject.source or "", {}):
        record = draft.record(subject)
        told = draft.told_of(subject, Kind.STATE_MISMATCH).get(into.channel)
        if told is not None and record is not None and record.incident == incident.id:
            _fold(draft, subject, told, into)


def _fold(draft: Draft, subject: Subject, told: Told, into: Told) -> None:
    alert = draft.alert_now(subject, (told.rule, Kind.STATE_MISMATCH))
    if alert is None or told.number != 1 or not _still_waits(draft, alert):
        return
    draft.merge(told.first, into.first)
    draft.put_told(msgspec.structs.replace(told, folded=True))
    hushed = (*alert.hushed, Hush(told.channel, Why.INCIDENT))
    draft.put_alert(msgspec.structs.replace(alert, hushed=hushed))


def _still_waits(draft: Draft, alert: Alert) -> bool:
    """Whether it may still wait for others of its group; the store knows, this is near enough."""
    return alert.last_told_at is not None and draft.now - alert.last_told_at < GROUP_WAIT
