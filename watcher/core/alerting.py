"""Moves alerts along their table of transitions and collects what that makes worth saying."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import msgspec

from watcher.core.alert import TRANSITIONS, Alert, Phase, Signal
from watcher.core.draft import Draft
from watcher.core.event import Event, Kind
from watcher.core.job import Clock
from watcher.core.notification import Reason
from watcher.core.rule import Rule, Severity
from watcher.core.speak import alert_id, reminder_due
from watcher.core.subject import Subject
from watcher.core.utterance import Utterance
from watcher.core.why import Why

LONGEST_GRACE: Final = timedelta(seconds=5)

_STILL_WRONG: Final = frozenset({Signal.WRONG, Signal.DUE, Signal.WORSE, Signal.AGAIN})


def begin(
    draft: Draft,
    rule: Rule,
    kind: Kind,
    subject: Subject,
    clock: Clock,
    *,
    verdict: str | None = None,
) -> Alert:
    """A new pending alert of a rule, on the clock of its trouble."""
    ordinal = draft.count(f"ordinal:{rule.name}|{kind}|{subject.lane}")
    return Alert(
        id=alert_id(draft, subject, rule.name, kind, ordinal),
        rule=rule.name,
        kind=kind,
        subject=subject,
        ordinal=ordinal,
        event=clock.event,
        since=clock.since,
        verdict=verdict,
        previous=clock.previous,
        standing=clock.standing,
    )


def advance(
    draft: Draft, alert: Alert, rule: Rule, signal: Signal, event: Event
) -> Utterance | None:
    """Put one signal to an alert and save what became of it; the utterance is what to tell.

    An alert that was not told for as long as its rule's `remind_every` is told again; one that a
    gate stopped asks anew at each reading.  `alert` may differ from what is saved; it is saved
    where it does.
    """
    phase, reason = TRANSITIONS[(alert.phase, signal)]
    now = draft.now
    if phase is Phase.WITHDRAWN:
        draft.decide(alert.event, Why.DID_NOT_LAST, rule)
    moved = msgspec.structs.replace(
        alert,
        phase=phase,
        fired_at=now if reason is Reason.BEGAN else alert.fired_at,
        right_since=_right_since(alert, signal, now),
    )
    if reason is None and signal in _STILL_WRONG and reminder_due(moved, rule, now):
        reason = Reason.REMINDER
    if reason is None and signal in _STILL_WRONG and moved.fires and moved.hushed:
        reason = Reason.SILENCE_ENDED
    elif reason is not None:
        moved = msgspec.structs.replace(moved, last_told_at=now)
    if moved != draft.alert_now(alert.subject, alert.key):
        draft.put_alert(moved)
    return (
        None
        if reason is None
        else Utterance(moved, rule, reason, _told_event(moved, reason, event))
    )


def _right_since(alert: Alert, signal: Signal, now: datetime) -> datetime | None:
    if signal in _STILL_WRONG:
        return None
    return alert.right_since or (now if signal is Signal.RIGHT else None)


def _told_event(alert: Alert, reason: Reason, event: Event) -> Event:
    """A beginning is told with the time at which the trouble was first seen."""
    if reason is not Reason.BEGAN or alert.times:
        return event
    return msgspec.structs.replace(event, detected_at=alert.since, occurred_at=alert.since)


def ending(alert: Alert, rule: Rule, now: datetime, read_at: datetime | None) -> Signal:
    """`settled` once good readings have shown it right for long enough, else `right`."""
    settled = is_due(alert.right_since or now, rule.keep_for(alert.kind), now, read_at)
    return Signal.SETTLED if settled else Signal.RIGHT


def is_due(since: datetime, span: timedelta, now: datetime, read_at: datetime | None) -> bool:
    """Whether a clock has run long enough.

    One that lacks less than a tenth of the time since the last reading (at most 5 s) is due: the
    next reading would find it overdue by much more.  `read_at` is that reading's time, `None` at
    the first one after a start.
    """
    grace = min((now - read_at) / 10, LONGEST_GRACE) if read_at else timedelta(0)
    lacking = span - (now - since)
    return lacking <= timedelta(0) or lacking < grace


def end_all(
    draft: Draft, subject: Subject, kind: Kind, signal: Signal, event: Event
) -> list[Utterance]:
    """End every alert of a kind about a subject for one reason, whatever its rule has become.

    Those of counting rules outlive the end of one trouble.
    """
    said = []
    for alert in draft.alerts_of(subject, kind):
        if alert.times and signal in (Signal.SETTLED, Signal.PLANNED):
            continue
        rule = draft.plan.rule(alert.rule) or gone_rule(alert)
        told = msgspec.structs.replace(event, id=alert.event, verdict=alert.verdict)
        one = advance(draft, alert, rule, signal, told)
        said += [one] if one else []
    return said


def gone_rule(alert: Alert) -> Rule:
    """A stand-in for a rule that left the file, so that the end of its alert can still be told."""
    return Rule(name=alert.rule, on=(alert.kind,), severity=Severity.INFO, notify=())
