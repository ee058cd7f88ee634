"""The alerts of `missing`: asked for, and not in a whole answer."""

from __future__ import annotations

from datetime import datetime

import msgspec

from watcher.core.alert import Signal
from watcher.core.alerting import advance, begin, end_all, is_due
from watcher.core.draft import Draft
from watcher.core.event import Event, Kind
from watcher.core.job import Clock, JobRecord
from watcher.core.occurring import count_all
from watcher.core.run_summary import RunSummary
from watcher.core.speak import tell
from watcher.core.why import Why

KIND = Kind.MISSING


def watch_absence(draft: Draft, record: JobRecord, read_at: datetime | None) -> JobRecord:
    """A whole answer lacks the job; returns the record with its clock.

    An exact name counts from the start, a job found by a pattern once an answer has held it; and
    of the latter it fires only when a listing that is younger than its absence still has it.
    """
    if not record.exact and record.run is None:
        return record
    subject = record.subject
    clock = record.absent or _begin_clock(draft, record)
    event = _event(draft, record, clock.event)
    living = {alert.rule: alert for alert in draft.alerts_of(subject, KIND)}
    said = []
    for rule in (rule for rule in draft.plan.search(event) if not rule.counts):
        alert = living.get(rule.name) or begin(draft, rule, KIND, subject, clock)
        due = is_due(clock.since, rule.span_for(KIND, None), draft.now, read_at)
        signal = Signal.DUE if due and _confirmed(draft, record, clock) else Signal.WRONG
        one = advance(draft, alert, rule, signal, event)
        said += [one] if one else []
    tell(draft, subject, KIND, said)
    return msgspec.structs.replace(record, absent=clock)


def end_absence(draft: Draft, record: JobRecord, run: RunSummary) -> JobRecord:
    """An answer holds the job again; returns the record without its clock."""
    if record.absent is None:
        return record
    event = msgspec.structs.replace(_event(draft, record, 0), run=run)
    said = end_all(draft, record.subject, KIND, Signal.SETTLED, event)
    tell(draft, record.subject, KIND, said)
    return msgspec.structs.replace(record, absent=None)


def _confirmed(draft: Draft, record: JobRecord, clock: Clock) -> bool:
    if record.exact:
        return True
    subject = record.subject
    listed_at = draft.sight(subject.source or "").listed_at.get(subject.job_type or "")
    return listed_at is not None and listed_at > clock.since


def _begin_clock(draft: Draft, record: JobRecord) -> Clock:
    event = draft.add_event(_event(draft, record, 0))
    rules = draft.plan.search(event)
    count_all(draft, event, rules)
    if not rules:
        draft.decide(event.id, Why.NO_RULE)
    return Clock(since=draft.now, event=event.id, previous=record.run)


def _event(draft: Draft, record: JobRecord, event: int) -> Event:
    return draft.event(
        KIND,
        record.subject,
        event,
        previous=record.run,
    )
