"""Which rule speaks on which channel: decisions become notifications."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from watcher.core.alert import Alert, Hush, Told
from watcher.core.audience import channels_for
from watcher.core.draft import Draft
from watcher.core.event import Event, Kind
from watcher.core.gate import Asked, Gate
from watcher.core.membership import speaks_for
from watcher.core.muting import closed, reopened
from watcher.core.notification import BEGINNINGS, Reason, Status, digest
from watcher.core.plan import Plan
from watcher.core.riding import Way, excerpt_of, ride, rule_of
from watcher.core.rule import Rule
from watcher.core.sound import Sound, notify
from watcher.core.step import Rider
from watcher.core.subject import Subject
from watcher.core.utterance import ENDS, Occurrence, Saying, Utterance
from watcher.core.why import Why


def tell(draft: Draft, subject: Subject, kind: Kind, said: Sequence[Utterance]) -> None:
    """Keep what a Step makes worth telling of a subject and kind until the Step is whole."""
    if said:
        firing = tuple(alert for alert in draft.alerts_of(subject, kind) if alert.fires)
        draft.say(Saying(subject, kind, tuple(said), firing))


def tell_once(draft: Draft, event: Event, rules: Sequence[tuple[Rule, int]]) -> None:
    """Keep an event that does not end; each rule comes with the equal events it held back."""
    if rules:
        draft.say(Occurrence(event, tuple(rules)))


def speak_up(draft: Draft, riders: Iterable[Rider] = ()) -> None:
    """Tell each channel the one thing that this Step makes worth telling of a subject and kind.

    On one channel one rule speaks: the gravest, the first in the file among equals.  What the
    others would have said is decided as merged.  What lasts is told before what only occurred, and
    first what may keep the rest from being told.  `riders` are those that may have waited enough.
    """
    unsaid = draft.unsaid()
    sayings = [one for one in unsaid if isinstance(one, Saying)]
    for saying in sorted(sayings, key=lambda one: one.kind is not Kind.FLAPPING):
        _tell(draft, saying)
    occurrences = [one for one in unsaid if isinstance(one, Occurrence)]
    for one in occurrences:
        if one.event.kind is Kind.REDEPLOYMENT:
            _tell_once(draft, one)
    for rider in riders:
        _tell_rider(draft, rider)
    for one in occurrences:
        if one.event.kind is not Kind.REDEPLOYMENT:
            _tell_once(draft, one)


def _tell_rider(draft: Draft, rider: Rider) -> None:
    """Tell what has waited, if it need not wait longer."""
    rule = rule_of(draft, rider)
    if rule is None:
        draft.decide(rider.event.id, Why.UNWATCHED, rider.rule, rider.channel)
        draft.end_rider(rider)
    elif (way := ride(draft, rider, rule)) is not Way.WAITS:
        draft.end_rider(rider)
        if way is not Way.TRAVELS and not _is_stopped(draft, rider.channel, rule, rider.event):
            _occur(draft, rider, rule, way)


def _tell(draft: Draft, saying: Saying) -> None:
    ends = [one for one in saying.said if one.reason in ENDS]
    if ends:
        _tell_ends(draft, saying, ends)
    _tell_beginnings(draft, [one for one in saying.said if one.reason not in ENDS])


def _tell_once(draft: Draft, one: Occurrence) -> None:
    event, plan = one.event, draft.plan
    told = draft.told_of(event.subject, event.kind)
    for channel in _channels(plan, [rule for rule, _ in one.rules], event.subject):
        wanting = [
            (rule, held)
            for rule, held in one.rules
            if channel in channels_for(plan, rule, event.subject)
            and not _is_stopped(draft, channel, rule, event)
        ]
        if not wanting:
            continue
        best, held = max(wanting, key=lambda pair: _gravity(plan, pair[0]))
        loud = told.get(channel)
        muted = loud is not None and loud.severity >= best.severity
        for rule, _ in wanting:
            if muted or rule is not best:
                draft.decide(event.id, Why.OTHER_RULE_SPEAKS, rule, channel)
        if not muted:
            _set_out(draft, Rider(channel, best.name, event, draft.now, held), best)
    for rule, _ in one.rules:
        if not channels_for(plan, rule, event.subject):
            draft.decide(event.id, Why.NO_CHANNEL, rule)


def _is_stopped(draft: Draft, channel: str, rule: Rule, event: Event) -> bool:
    gate = _gate(draft, channel, rule, Reason.BEGAN, event)
    if gate is not None:
        draft.decide(event.id, gate.why, rule, channel, by=gate.by)
    return gate is not None


def _gate(draft: Draft, channel: str, rule: Rule, reason: Reason, event: Event) -> Gate | None:
    chat = draft.plan.channels[channel].bundles
    return closed(draft, Asked(channel, chat, rule, reason, event))


def _set_out(draft: Draft, rider: Rider, rule: Rule) -> None:
    way = ride(draft, rider, rule)
    if way is Way.WAITS:
        draft.put_rider(msgspec.structs.replace(rider, event=excerpt_of(rider.event)))
    elif way is not Way.TRAVELS:
        _occur(draft, rider, rule, way)


def _occur(draft: Draft, rider: Rider, rule: Rule, way: Way) -> None:
    # Each such event is an alert of its own, the same on every channel: its id is the ordinal.
    event = rider.event
    alert = alert_id(draft, event.subject, rule.name, event.kind, event.id)
    sound = Sound(alert, event.id, rule.name, 1, Status.OCCURRED, Reason.BEGAN, event)
    note = notify(draft, rider.channel, rule, sound, held=rider.held)
    if way is Way.QUIETLY:
        draft.amend(msgspec.structs.replace(note, mention=False))


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
        able = _let_through(draft, channel, told.get(channel), wanting)
        chosen = _chosen(draft.plan, told.get(channel), able)
        for one in able:
            if one is not chosen and one.reason is not Reason.SILENCE_ENDED:
                draft.decide(one.event.id, Why.OTHER_RULE_SPEAKS, one.rule, channel)
        if chosen is not None:
            _say(draft, channel, told.get(channel), chosen)
        for one in able:
            _unhush(draft, channel, one.alert)
    for one in said:
        if one.reason is Reason.SILENCE_ENDED:
            continue
        if not channels_for(draft.plan, one.rule, subject):
            draft.decide(one.event.id, Why.NO_CHANNEL, one.rule)


def _let_through(
    draft: Draft, channel: str, told: Told | None, wanting: Sequence[Utterance]
) -> list[Utterance]:
    """What no gate stops on a channel; a beginning that one does stop is hushed there."""
    able = []
    for one in wanting:
        hush = next((hush for hush in one.alert.hushed if hush.channel == channel), None)
        if hush is None and one.reason is Reason.SILENCE_ENDED:
            continue
        reason = _reopened(hush, told, one.rule) if hush else one.reason
        gate = _gate(draft, channel, one.rule, reason, one.event)
        if gate is None:
            event = _from_its_beginning(one) if hush else one.event
            able.append(msgspec.structs.replace(one, reason=reason, event=event))
        elif one.reason is not Reason.SILENCE_ENDED:
            draft.decide(one.event.id, gate.why, one.rule, channel, by=gate.by)
            if one.reason in BEGINNINGS:
                _hush(draft, Hush(channel, gate.why, gate.by), one.alert)
    return able


def _reopened(hush: Hush, told: Told | None, rule: Rule) -> Reason:
    """What a gate stopped of something that had begun there was that it grew worse."""
    reason = reopened(hush.why)
    begun = told is not None and told.rule == rule.name and not told.folded
    return Reason.WORSE if begun and reason is Reason.BEGAN else reason


def _from_its_beginning(one: Utterance) -> Event:
    """What is told late is told with the time at which the trouble was first seen."""
    since = one.alert.since
    if one.alert.times:
        return one.event
    return msgspec.structs.replace(one.event, detected_at=since, occurred_at=since)


def _hush(draft: Draft, hush: Hush, alert: Alert) -> None:
    alert = draft.alert_now(alert.subject, alert.key) or alert
    others = tuple(one for one in alert.hushed if one.channel != hush.channel)
    draft.put_alert(msgspec.structs.replace(alert, hushed=(*others, hush)))


def _unhush(draft: Draft, channel: str, alert: Alert) -> None:
    """It has been told there, or another rule speaks for it."""
    alert = draft.alert_now(alert.subject, alert.key) or alert
    others = tuple(one for one in alert.hushed if one.channel != channel)
    if others != alert.hushed:
        draft.put_alert(msgspec.structs.replace(alert, hushed=others, last_told_at=draft.now))


def _chosen(plan: Plan, told: Told | None, wanting: Sequence[Utterance]) -> Utterance | None:
    """The one that may speak: anybody at first, then who is graver or speaks already.

    Whoever took the place of one that ended in this very Step has nothing new to begin with.
    """
    able = [
        one
        for one in wanting
        if told is None
        or told.folded
        or one.rule.severity > told.severity
        or (one.rule.name == told.rule and one.reason is not Reason.BEGAN)
    ]
    return max(able, key=lambda one: _gravity(plan, one.rule), default=None)


def _say(draft: Draft, channel: str, told: Told | None, one: Utterance) -> None:
    if told is None:
        reason, told = one.reason, _first_told(channel, one)
    else:
        taken_over = one.rule.name != told.rule and not told.folded
        reason = Reason.WORSE if taken_over else one.reason
    number = told.number + 1
    standing = one.alert.standing and one.reason is Reason.BEGAN
    sound = Sound(
        told.alert, told.ordinal, told.owner, number, Status.FIRING, reason, one.event, standing
    )
    notification = notify(draft, channel, one.rule, sound, alert=one.alert, told=told)
    draft.put_told(
        msgspec.structs.replace(
            told,
            rule=one.rule.name,
            severity=int(one.rule.severity),
            number=number,
            first=notification.id if told.folded else told.first or notification.id,
            folded=False,
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


def _tell_ends(draft: Draft, saying: Saying, ends: Sequence[Utterance]) -> None:
    subject = saying.subject
    for channel, told in draft.told_of(subject, saying.kind).items():
        heirs = [
            rule
            for alert in saying.firing
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
    incident = speaks_for(draft, told)
    if incident is not None:
        draft.decide(told.event, Why.MERGED, one.rule, told.channel, by=incident.id)
        return
    sound = Sound(
        told.alert,
        told.ordinal,
        told.owner,
        told.number + 1,
        Status.RESOLVED,
        one.reason,
        msgspec.structs.replace(one.event, id=told.event),
    )
    notify(draft, told.channel, one.rule, sound, alert=one.alert, told=told)


def reminder_due(alert: Alert, rule: Rule, now: datetime) -> bool:
    """Whether a firing alert, not on its way to recovery, is to be told again."""
    told_at, remind = alert.last_told_at or alert.fired_at, rule.remind_for(alert.kind)
    return (
        remind is not None
        and alert.fires
        and alert.right_since is None
        and told_at is not None
        and now - told_at >= remind
    )
