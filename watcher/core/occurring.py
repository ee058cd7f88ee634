"""Events that do not end: told once each, held back while equal ones were told, or counted."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

import msgspec

from watcher.core.alert import Alert, Signal
from watcher.core.alerting import advance, begin, gone_rule
from watcher.core.diff import Difference
from watcher.core.draft import Draft
from watcher.core.event import Event, Kind
from watcher.core.fingerprint import is_same
from watcher.core.job import Clock
from watcher.core.rule import Rule
from watcher.core.speak import tell, tell_once
from watcher.core.step import Repeat
from watcher.core.subject import Subject
from watcher.core.why import Why

REPEATS_KEPT: Final = 8


def occur(draft: Draft, event: Event) -> Event:
    """Save an event and take it to the rules that it reaches; returns it with its id."""
    saved = draft.add_event(event)
    rules = draft.plan.search(saved)
    if not rules:
        draft.decide(saved.id, Why.NO_RULE)
    count_all(draft, saved, rules)
    plain = [(rule, _held(draft, saved, rule)) for rule in rules if not rule.counts]
    tell_once(draft, saved, [(rule, held) for rule, held in plain if held is not None])
    return saved


def _held(draft: Draft, event: Event, rule: Rule) -> int | None:
    """How many equal errors were not told before this one; `None`: this one is not either."""
    if event.kind is not Kind.NEW_ERROR or event.fingerprint is None:
        return 0
    told = draft.repeats_of(event.subject, rule.name)
    text = (event.run.last_error_message if event.run else None) or ""
    same = next((one for one in told if is_same(one.fingerprint, event.fingerprint, text)), None)
    if same is not None and draft.now - same.told_at < rule.repeat_after:
        draft.put_repeat(msgspec.structs.replace(same, held=same.held + 1))
        draft.decide(event.id, Why.TOLD_BEFORE, rule)
        return None
    if same is not None and same.fingerprint != event.fingerprint:
        draft.end_repeat(same)
    _remember(draft, event, rule, [one for one in told if one is not same])
    return same.held if same else 0


def _remember(draft: Draft, event: Event, rule: Rule, others: list[Repeat]) -> None:
    draft.put_repeat(Repeat(rule.name, event.subject, event.fingerprint or "", draft.now))
    for old in others[: max(len(others) - REPEATS_KEPT + 1, 0)]:
        draft.end_repeat(old)


def count_all(draft: Draft, event: Event, rules: Iterable[Rule]) -> None:
    """Add the beginning of something that lasts to the alerts of the rules that count."""
    for rule in rules:
        if rule.counts:
            count(draft, event, rule)


def count(draft: Draft, event: Event, rule: Rule) -> None:
    """Add an event to a counting rule's alert; it fires at the `count`-th within `within`."""
    kind = rule.on[0]
    alert = _counting_alert(draft, event, rule, kind)
    window = rule.within or timedelta(0)
    times = (*(at for at in alert.times if draft.now - at < window), event.detected_at)
    alert = msgspec.structs.replace(alert, times=times, since=times[0])
    due = len(times) >= (rule.count or 1)
    signal = Signal.DUE if due else Signal.WRONG
    told = msgspec.structs.replace(event, kind=kind)
    draft.decide(event.id, Why.ALREADY_FIRING if alert.fires else Why.COUNTED, rule)
    one = advance(draft, alert, rule, signal, told)
    tell(draft, event.subject, kind, [one] if one else [])


def _counting_alert(draft: Draft, event: Event, rule: Rule, kind: Kind) -> Alert:
    for alert in draft.alerts_of(event.subject, kind):
        if alert.rule == rule.name:
            return alert
    clock = Clock(since=event.detected_at, event=event.id, previous=event.previous)
    return begin(draft, rule, kind, event.subject, clock)


def end_counts(draft: Draft, subject: Subject, seen: Difference | None = None) -> None:
    """End the counting alerts of a subject whose window has passed without another event.

    `seen` is the good reading that shows it, where the subject is a job.
    """
    for kind in draft.kinds_open(subject):
        for alert in draft.alerts_of(subject, kind):
            if alert.times:
                _end_count(draft, subject, alert, seen)


def _end_count(draft: Draft, subject: Subject, alert: Alert, seen: Difference | None) -> None:
    rule = draft.plan.rule(alert.rule) or gone_rule(alert)
    over = draft.now - alert.times[-1] >= (rule.within or timedelta(0))
    event = draft.event(
        alert.kind,
        subject,
        alert.event,
        run=seen.run if seen else None,
        previous=seen.previous if seen else None,
    )
    one = advance(draft, alert, rule, Signal.SETTLED if over else Signal.WRONG, event)
    tell(draft, subject, alert.kind, [one] if one else [])
