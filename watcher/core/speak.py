"""Which rule speaks on which channel: decisions become notifications."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from watcher.core.alert import Alert, Told
from watcher.core.draft import Draft
from watcher.core.event import Event, Kind
from watcher.core.notification import BEGINNINGS, Notification, Reason, Status, digest
from watcher.core.plan import Plan
from watcher.core.rule import Rule, Severity
from watcher.core.step import Why
from watcher.core.subject import Subject

GROUP_WAIT: Final = timedelta(seconds=2)
"""How long a notification to a chat waits for others of its group, from the group's first."""

ENDS: Final = frozenset({Reason.RECOVERED, Reason.PLANNED, Reason.GONE, Reason.UNWATCHED})


class Utterance(msgspec.Struct, frozen=True):
    """What one rule would say of one alert now."""

    alert: Alert
    rule: Rule
    reason: Reason
    event: Event


def channels_for(plan: Plan, rule: Rule, subject: Subject) -> tuple[str, ...]:
    """The channels that a rule tells about a subject, of those that are in the file.

    Never the channel that is itself in trouble; a built-in rule tells its fallback if it has one.
    """
    present = [name for name in dict.fromkeys(rule.notify) if name in plan.channels]
    if subject.channel is None:
        return tuple(present)
    troubled = plan.channels.get(subject.channel)
    fallback = troubled.fallback if troubled else None
    if rule.builtin and rule.notify and fallback in plan.channels and fallback != subject.channel:
        return (fallback or "",)
    return tuple(name for name in present if name != subject.channel)


def tell(draft: Draft, subject: Subject, kind: Kind, said: Sequence[Utterance]) -> None:
    """Tell each channel the one thing that this Step makes worth telling of a subject and kind.

    On one channel one rule speaks: the gravest, the first in the file among equals.  What the
    others would have said is decided as merged.
    """
    ends = [one for one in said if one.reason in ENDS]
    if ends:
        _tell_ends(draft, subject, kind, ends)
    _tell_beginnings(draft, [one for one in said if one.reason not in ENDS])


def tell_once(draft: Draft, event: Event, rules: Sequence[tuple[Rule, int]]) -> None:
    """Tell of an event that does not end; each rule comes with the equal events it held back."""
    told = draft.told_of(event.subject, event.kind)
    for channel in _channels(draft.plan, [rule for rule, _ in rules], event.subject):
        wanting = [
            (rule, held)
            for rule, held in rules
            if channel in channels_for(draft.plan, rule, event.subject)
        ]
        best, held = max(wanting, key=lambda pair: _gravity(draft.plan, pair[0]))
        loud = told.get(channel)
        muted = loud is not None and loud.severity >= best.severity
        for rule, _ in wanting:
            if muted or rule is not best:
                draft.decide(event.id, Why.OTHER_RULE_SPEAKS, rule, channel)
        if not muted:
            _occur(draft, event, best, channel, held)
    for rule, _ in rules:
        if not channels_for(draft.plan, rule, event.subject):
            draft.decide(event.id, Why.NO_CHANNEL, rule)


def _occur(draft: Draft, event: Event, rule: Rule, channel: str, held: int) -> None:
    # Each such event is an alert of its own, the same on every channel: its id is the ordinal.
    alert = alert_id(draft, event.subject, rule.name, event.kind, event.id)
    sound = _Sound(alert, event.id, rule.name, 1, Status.OCCURRED, Reason.BEGAN, event)
    _notify(draft, channel, rule, sound, held=held)


def alert_id(draft: Draft, subject: Subject, rule: str, kind: Kind, ordinal: int) -> str:
    """The id that an alert keeps from its beginning to its end."""
    return digest("alert", draft.state.store_id, subject.lane, rule, kind, ordinal)


def _channels(plan: Plan, rules: Iterable[Rule], subject: Subject) -> tuple[str, ...]:
    named = (channel for rule in rules for channel in channels_for(plan, rule, subject))
    return tuple(dict.fromkeys(named))


def _gravity(plan: Plan, rule: Rule) -> tuple[int, int]:
    return (rule.severity, -plan.rank(rule.name))


def _tell_beginnings(draft: Draft, said: Sequence[Utterance]) -> None:
    if not said:
        return
    subject, kind = said[0].alert.subject, said[0].alert.kind
    told = draft.told_of(subject, kind)
    for channel in _channels(draft.plan, [one.rule for one in said], subject):
        wanting = [one for one in said if channel in channels_for(draft.plan, one.rule, subject)]
        chosen = _chosen(draft.plan, told.get(channel), wanting)
        for one in wanting:
            if one is not chosen:
                draft.decide(one.event.id, Why.OTHER_RULE_SPEAKS, one.rule, channel)
        if chosen is not None:
            _say(draft, channel, told.get(channel), chosen)
    for one in said:
        if not channels_for(draft.plan, one.rule, subject):
            draft.decide(one.event.id, Why.NO_CHANNEL, one.rule)


def _chosen(plan: Plan, told: Told | None, wanting: Sequence[Utterance]) -> Utterance | None:
    """The one that may speak: anybody at first, then who is graver or speaks already.

    Whoever took the place of one that ended in this very Step has nothing new to begin with.
    """
    able = [
        one
        for one in wanting
        if told is None
        or one.rule.severity > told.severity
        or (one.rule.name == told.rule and one.reason is not Reason.BEGAN)
    ]
    return max(able, key=lambda one: _gravity(plan, one.rule), default=None)


def _say(draft: Draft, channel: str, told: Told | None, one: Utterance) -> None:
    if told is None:
        reason, told = one.reason, _first_told(channel, one)
    else:
        taken_over = one.rule.name != told.rule
        reason = Reason.WORSE if taken_over else one.reason
    number = told.number + 1
    standing = one.alert.standing and one.reason is Reason.BEGAN
    sound = _Sound(
        told.alert, told.ordinal, told.owner, number, Status.FIRING, reason, one.event, standing
    )
    notification = _notify(draft, channel, one.rule, sound, alert=one.alert, told=told)
    draft.put_told(
        msgspec.structs.replace(
            told,
            rule=one.rule.name,
            severity=int(one.rule.severity),
            number=number,
            first=told.first or notification.id,
        )
    )


def _first_told(channel: str, one: Utterance) -> Told:
    alert = one.alert
    return Told(
        channel=channel,
        kind=alert.kind,
        subject=alert.subject,
        alert=alert.id,
        ordinal=alert.ordinal,
        owner=alert.rule,
        rule=alert.rule,
        severity=int(one.rule.severity),
        number=0,
        began_at=alert.since,
        first="",
        event=alert.event,
    )


def _tell_ends(draft: Draft, subject: Subject, kind: Kind, ends: Sequence[Utterance]) -> None:
    firing = [alert for alert in draft.alerts_of(subject, kind) if alert.fires]
    for channel, told in draft.told_of(subject, kind).items():
        heirs = [
            rule
            for alert in firing
            if (rule := draft.plan.rule(alert.rule)) is not None
            and (rule.name == told.rule or channel in channels_for(draft.plan, rule, subject))
        ]
        if heirs:
            _pass_on(draft, told, heirs, ends)
        else:
            _say_end(draft, told, ends)


def _pass_on(draft: Draft, told: Told, heirs: Sequence[Rule], ends: Sequence[Utterance]) -> None:
    """Others still fire: the end is not told, and the gravest of them speaks from now on."""
    for one in ends:
        if told.channel in channels_for(draft.plan, one.rule, told.subject):
            draft.decide(one.event.id, Why.OTHER_RULE_SPEAKS, one.rule, told.channel)
    if told.rule not in {rule.name for rule in heirs}:
        heir = max(heirs, key=lambda rule: _gravity(draft.plan, rule))
        draft.put_told(msgspec.structs.replace(told, rule=heir.name, severity=int(heir.severity)))


def _say_end(draft: Draft, told: Told, ends: Sequence[Utterance]) -> None:
    draft.end_told(told)
    one = next((end for end in ends if end.rule.name == told.rule), ends[0])
    if told.channel not in draft.plan.channels:
        return
    sound = _Sound(
        told.alert,
        told.ordinal,
        told.owner,
        told.number + 1,
        Status.RESOLVED,
        one.reason,
        msgspec.structs.replace(one.event, id=told.event),
    )
    _notify(draft, told.channel, one.rule, sound, alert=one.alert, told=told)


class _Sound(msgspec.Struct, frozen=True):
    """The parts of a notification that its id is made of, and the event it tells.

    `standing`: a beginning of trouble that its source's first reading already showed.
    """

    alert: str
    ordinal: int
    owner: str
    number: int
    status: Status
    reason: Reason
    event: Event
    standing: bool = False


def _notify(
    draft: Draft,
    channel: str,
    rule: Rule,
    sound: _Sound,
    *,
    alert: Alert | None = None,
    told: Told | None = None,
    held: int = 0,
) -> Notification:
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
        link=plan.link_of(subject),
        began_at=told.began_at if told else None,
        ended_at=draft.now if sound.status is Status.RESOLVED else None,
        standing=sound.standing,
        mention=_mentions(rule, sound),
        held=held,
        count=len(alert.times) if alert and alert.times else None,
        absorbs=told.first if told and chat and sound.status is Status.RESOLVED else None,
        group=_group(rule, sound, subject) if chat else None,
        hold_until=draft.now + GROUP_WAIT if chat else None,
    )
    draft.notify(notification)
    draft.decide(sound.event.id, Why.TOLD, rule, channel, notification.id)
    return notification


def _id(draft: Draft, channel: str, sound: _Sound) -> str:
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


def _mentions(rule: Rule, sound: _Sound) -> bool:
    # What `reconciled` names and still is wrong has an alert of its own, which mentions.
    loud = not sound.standing and sound.event.kind is not Kind.RECONCILED
    return loud and sound.reason in BEGINNINGS and rule.severity >= Severity.ERROR


def _group(rule: Rule, sound: _Sound, subject: Subject) -> str:
    if sound.standing:
        return f"standing|{subject.source}"
    return f"{rule.name}|{sound.status}"


def reminder_due(alert: Alert, rule: Rule, now: datetime) -> bool:
    """Whether a firing alert, not on its way to recovery, is to be told again."""
    told_at = alert.last_told_at or alert.fired_at
    return (
        rule.remind_every is not None
        and alert.fires
        and alert.right_since is None
        and told_at is not None
        and now - told_at >= rule.remind_every
    )
