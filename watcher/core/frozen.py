"""The alerts of `frozen`: a source answers, and nothing in its answers changes any more."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec

from watcher.core.alert import Signal
from watcher.core.alerting import advance, begin, end_all
from watcher.core.draft import Draft
from watcher.core.event import Event, Facts, Kind
from watcher.core.job import Clock, SourceRecord
from watcher.core.occurring import count_all
from watcher.core.pulse import ENOUGH, STILL_ANSWERS, Pulse
from watcher.core.speak import tell
from watcher.core.subject import source_subject
from watcher.core.why import Why

KIND: Final = Kind.FROZEN


def watch_pulse(draft: Draft, source: str, pulse: Pulse) -> None:
    """Move the alerts of `frozen` to what an answer shows; `pulse` is its request's, now."""
    record = draft.source(source)
    if pulse.moved:
        if record.frozen is not None:
            draft.put_source(_thaw(draft, record))
        return
    if pulse.still < STILL_ANSWERS:
        return
    since = record.frozen.since if record.frozen else _frozen_since(draft, source)
    if since is not None:
        draft.put_source(_freeze(draft, record, pulse, since))


def _frozen_since(draft: Draft, source: str) -> datetime | None:
    """Since when nothing has changed at all, where the evidence is strong enough to say so.

    Every request of the source must have been answered the same for long enough, by jobs that are
    behind and whose delays moved just before.
    """
    pulses = draft.pulses_of(source)
    if draft.sight(source).dark or any(pulse.still < STILL_ANSWERS for pulse in pulses):
        return None
    lively = sum(pulse.lively for pulse in pulses)
    standing = sum(pulse.standing for pulse in pulses)
    if lively < ENOUGH or standing < ENOUGH:
        return None
    return max(pulse.since for pulse in pulses)


def _freeze(draft: Draft, record: SourceRecord, pulse: Pulse, since: datetime) -> SourceRecord:
    subject = source_subject(record.name)
    clock = record.frozen or _begin_clock(draft, record, pulse, since)
    event = _event(draft, record, clock.event, pulse)
    living = {alert.rule: alert for alert in draft.alerts_of(subject, KIND)}
    # Time in which the watcher did not run proves nothing; its pulses begin anew.
    lasted = draft.now - max(since, pulse.since)
    said = []
    for rule in (rule for rule in draft.plan.search(event) if not rule.counts):
        alert = living.get(rule.name) or begin(draft, rule, KIND, subject, clock)
        due = lasted >= rule.span_for(KIND, None)
        one = advance(draft, alert, rule, Signal.DUE if due else Signal.WRONG, event)
        said += [one] if one else []
    tell(draft, subject, KIND, said)
    return msgspec.structs.replace(record, frozen=clock)


def _begin_clock(draft: Draft, record: SourceRecord, pulse: Pulse, since: datetime) -> Clock:
    event = draft.add_event(_event(draft, record, 0, pulse))
    rules = draft.plan.search(event)
    count_all(draft, event, rules)
    if not rules:
        draft.decide(event.id, Why.NO_RULE)
    return Clock(since=since, event=event.id)


def _thaw(draft: Draft, record: SourceRecord) -> SourceRecord:
    subject = source_subject(record.name)
    event = draft.event(KIND, subject)
    tell(draft, subject, KIND, end_all(draft, subject, KIND, Signal.SETTLED, event))
    return msgspec.structs.replace(record, frozen=None)


def _event(draft: Draft, record: SourceRecord, event: int, pulse: Pulse) -> Event:
    total = sum(1 for _ in draft.state.jobs_of(record.name))
    facts = Facts(total=total, answers=pulse.still)
    return draft.event(KIND, source_subject(record.name), event, facts=facts)
