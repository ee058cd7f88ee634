"""One thing said to one channel: the notification that a decision becomes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import msgspec

from watcher.core.alert import Alert, Told
from watcher.core.draft import Draft
from watcher.core.event import Event, Kind
from watcher.core.gate import Gate
from watcher.core.membership import belonged_to
from watcher.core.notification import BEGINNINGS, Notification, Quiet, Reason, Status, digest
from watcher.core.rule import Rule, Severity
from watcher.core.subject import Subject
from watcher.core.why import Why

GROUP_WAIT: Final = timedelta(seconds=2)
"""How long a notification to a chat waits for others of its group, from the group's first."""


class Sound(msgspec.Struct, frozen=True):
    """The parts of a notification that its id is made of, and the event it tells.

    `standing`: a beginning of trouble that its source's first reading already showed.
    `hold_until`: how long it waits on a chat, where that is not the usual span.
    """

    alert: str
    ordinal: int
    owner: str
    number: int
    status: Status
    reason: Reason
    event: Event
    standing: bool = False
    hold_until: datetime | None = None


def notify(
    draft: Draft,
    channel: str,
    rule: Rule,
    sound: Sound,
    *,
    alert: Alert | None = None,
    told: Told | None = None,
    held: int = 0,
) -> Notification:
    """Make the notification, put it and its decision into the draft, and return it."""
    subject, plan = sound.event.subject, draft.plan
    chat = plan.channels[channel].bundles
    severity = Severity.INFO if sound.reason is Reason.GONE else rule.severity
    notification = Notification(
        id=_id(draft, channel, sound),
        channel=channel,
        alert=sound.alert,
        sequence=draft.count(f"sequence:{channel}|{subject.lane}"),
        number=sound.number,
        status=sound.status,
        reason=sound.reason,
        rule=rule.name,
        severity=severity,
        event=sound.event,
        project=plan.project_of(subject),
        labels=plan.labels_of(subject),
        link=plan.link_of(sound.event),
        began_at=told.began_at if told else None,
        ended_at=_ended_at(draft, sound, alert),
        standing=sound.standing,
        mention=_mentions(rule, sound),
        held=held,
        quiet=_quiet(draft, channel, sound, alert),
        count=len(alert.times) if alert and alert.times else None,
        absorbs=told.first if told and chat and sound.status is Status.RESOLVED else None,
        incident=_incident(draft, subject),
        group=_group(rule, sound, subject) if chat else None,
        hold_until=(sound.hold_until or draft.now + GROUP_WAIT) if chat else None,
    )
    draft.notify(notification)
    draft.decide(sound.event.id, Why.TOLD, rule, channel, notification.id)
    return notification


def _ended_at(draft: Draft, sound: Sound, alert: Alert | None) -> datetime | None:
    """The end of the trouble: what has recovered was right again before that was sure."""
    if sound.status is not Status.RESOLVED:
        return None
    recovered = alert is not None and sound.reason is Reason.RECOVERED
    return (alert.right_since if alert and recovered else None) or draft.now


def _quiet(draft: Draft, channel: str, sound: Sound, alert: Alert | None) -> Quiet | None:
    """What kept it quiet, of what is told as a silence or window is over."""
    if sound.reason is not Reason.SILENCE_ENDED or alert is None:
        return None
    for hush in alert.hushed:
        if hush.channel == channel:
            hidden = draft.shutters.hidden_by(Gate(hush.why, hush.by), channel)
            return Quiet(hush.why, hush.by, hidden)
    return None


def _id(draft: Draft, channel: str, sound: Sound) -> str:
    event = sound.event
    return digest(
        draft.state.store_id,
        event.subject.lane,
        sound.owner,
        event.kind,
        channel,
        sound.ordinal,
        sound.status,
        sound.number,
    )


def _mentions(rule: Rule, sound: Sound) -> bool:
    # What `reconciled` names and still is wrong has an alert of its own, which mentions.
    loud = not sound.standing and sound.event.kind is not Kind.RECONCILED
    # What was hidden from its beginning on begins here, for those who read this channel.
    begins = sound.reason in BEGINNINGS or (
        sound.reason is Reason.SILENCE_ENDED and sound.number == 1
    )
    return loud and begins and rule.severity >= Severity.ERROR


def _incident(draft: Draft, subject: Subject) -> str | None:
    mine = belonged_to(draft, subject) if subject.job else None
    return mine.id if mine else None


def _group(rule: Rule, sound: Sound, subject: Subject) -> str:
    if sound.standing:
        return f"standing|{subject.source}"
    if subject.cause:
        # A list of jobs of its own: two of them in one message would leave no room for either.
        return f"{rule.name}|{sound.status}|{subject.lane}"
    if sound.reason is Reason.SILENCE_ENDED:
        return sound.reason
    return f"{rule.name}|{sound.status}"
