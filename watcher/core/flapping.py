"""The alerts of `flapping`: a job that changes again and again although nobody asked it to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from watcher.core.alert import Alert, Signal, Tally
from watcher.core.alerting import advance, begin, end_all, gone_rule, is_due
from watcher.core.audience import channels_for
from watcher.core.diff import Difference
from watcher.core.draft import Draft
from watcher.core.event import NO_FACTS, Event, Facts, Kind
from watcher.core.job import Change, Clock, JobRecord
from watcher.core.rule import Rule
from watcher.core.run_summary import STREAM
from watcher.core.speak import tell
from watcher.core.subject import Subject
from watcher.core.utterance import Utterance

KIND: Final = Kind.FLAPPING
STILL_WRONG: Final = 3
"""A job that stays wrong flaps no more after this part of `within` without a change."""


def watch_flapping(
    draft: Draft, seen: Difference, before: JobRecord, after: JobRecord, read_at: datetime | None
) -> JobRecord:
    """Count what one good reading shows to have changed, and move the alerts.

    `after` is the record with what other modules have changed in it already; it comes back with the
    changes that still count.  Once ExpectState changes, somebody acts: what was counted is over.
    """
    subject = after.subject
    if subject.job_type != STREAM:
        return after
    if seen.replanned:
        ends = end_all(draft, subject, KIND, Signal.PLANNED, _event(draft, seen, NO_FACTS))
        tell(draft, subject, KIND, ends)
        return _with_changes(after, ())
    change = change_of(seen, before, draft.now)
    if change is None and not after.changes:
        return after
    # A clock that was set back may have left one in the future; it counts as now.
    known = tuple(c if c.at <= draft.now else Change(draft.now, c.restart) for c in after.changes)
    changes = known if change is None else (*known, change)
    said = _move_open(draft, seen, changes, change, read_at)
    if said and not draft.alerts_of(subject, KIND):
        changes = ()
    rules = _rules(draft, subject)
    if change is not None and any(len(changes) >= rule.flaps for rule in rules):
        said += _begin_new(draft, seen, changes)
    tell(draft, subject, KIND, said)
    return _with_changes(after, _kept(draft, subject, rules, changes))


def change_of(seen: Difference, before: JobRecord, now: datetime) -> Change | None:
    """The change that a reading shows; none while a job only starts, or stops as it was told to."""
    mark = before.mark
    if seen.replanned or mark is None or mark.replanned:
        return None
    kinds = {event.kind for event in seen.events}
    if not kinds & {Kind.RESTART, Kind.STATE_CHANGE}:
        return None
    return Change(now, Kind.RESTART in kinds)


def _with_changes(record: JobRecord, changes: tuple[Change, ...]) -> JobRecord:
    if changes == record.changes:
        return record
    return msgspec.structs.replace(record, changes=changes)


def _kept(
    draft: Draft, subject: Subject, rules: Sequence[Rule], changes: tuple[Change, ...]
) -> tuple[Change, ...]:
    """The changes that any rule can still count; the last one besides, while an alert fires."""
    most = max((rule.flaps for rule in rules), default=0)
    longest = max((rule.flaps_within for rule in rules), default=timedelta(0))
    young = sum(draft.now - change.at < longest for change in changes)
    number = max(min(young, most), bool(draft.alerts_of(subject, KIND)))
    return changes[-number:] if number else ()


def _rules(draft: Draft, subject: Subject) -> list[Rule]:
    """The rules that tell somebody that this job flaps."""
    reaching = draft.plan.rules_for(KIND, subject)
    return [rule for rule in reaching if channels_for(draft.plan, rule, subject)]


def _move_open(
    draft: Draft,
    seen: Difference,
    changes: Sequence[Change],
    change: Change | None,
    read_at: datetime | None,
) -> list[Utterance]:
    said = []
    for known in draft.alerts_of(seen.record.subject, KIND):
        rule = draft.plan.rule(known.rule) or gone_rule(known)
        alert = msgspec.structs.replace(known, tally=_counted(known.tally or Tally(), change))
        calm = _is_calm(draft, seen, changes, rule, read_at)
        if calm and changes:
            alert = msgspec.structs.replace(alert, right_since=changes[-1].at)
        event = _progress(draft, seen, alert, changes, calm=calm)
        one = advance(draft, alert, rule, Signal.SETTLED if calm else Signal.WRONG, event)
        said += [one] if one else []
    return said


def _counted(tally: Tally, change: Change | None) -> Tally:
    if change is None:
        return tally
    return Tally(tally.changes + 1, tally.restarts + change.restart)


def _is_calm(
    draft: Draft,
    seen: Difference,
    changes: Sequence[Change],
    rule: Rule,
    read_at: datetime | None,
) -> bool:
    """Whether nothing has changed for long enough; sooner where the job is not as it should be.

    Who stays down must not be hidden behind its own flapping.
    """
    if not changes:
        return True
    span = rule.flaps_within / STILL_WRONG if seen.verdict else rule.flaps_within
    return is_due(changes[-1].at, span, draft.now, read_at)


def _progress(
    draft: Draft, seen: Difference, alert: Alert, changes: Sequence[Change], *, calm: bool
) -> Event:
    """What a digest says, and at the end the end: how often it has changed since it began."""
    tally = alert.tally or Tally()
    until = changes[-1].at if calm and changes else draft.now
    over = max(until - alert.since, timedelta(0))
    facts = Facts(changes=tally.changes, restarts=tally.restarts, over=over)
    return _event(draft, seen, facts, alert.event)


def _begin_new(draft: Draft, seen: Difference, changes: Sequence[Change]) -> list[Utterance]:
    living = {alert.rule for alert in draft.alerts_of(seen.record.subject, KIND)}
    due = [
        (rule, counted)
        for rule in draft.plan.search(_event(draft, seen, NO_FACTS))
        if channels_for(draft.plan, rule, seen.record.subject)
        and rule.name not in living
        and (counted := _within(draft, rule, changes))
    ]
    if not due:
        return []
    event = draft.add_event(_event(draft, seen, _facts(draft, due[0][1])))
    said = []
    for rule, counted in due:
        clock = Clock(since=counted[0].at, event=event.id, previous=seen.previous)
        tally = Tally(len(counted), sum(change.restart for change in counted))
        alert = begin(draft, rule, KIND, seen.record.subject, clock)
        alert = msgspec.structs.replace(alert, tally=tally)
        told = msgspec.structs.replace(event, facts=_facts(draft, counted))
        one = advance(draft, alert, rule, Signal.DUE, told)
        said += [one] if one else []
    return said


def _within(draft: Draft, rule: Rule, changes: Sequence[Change]) -> Sequence[Change]:
    """The changes within a rule's window, where they are enough; else none."""
    counted = [change for change in changes if draft.now - change.at < rule.flaps_within]
    return counted if len(counted) >= rule.flaps else ()


def _facts(draft: Draft, counted: Sequence[Change]) -> Facts:
    restarts = sum(change.restart for change in counted)
    return Facts(changes=len(counted), restarts=restarts, over=draft.now - counted[0].at)


def _event(draft: Draft, seen: Difference, facts: Facts, event: int = 0) -> Event:
    return draft.event(
        KIND,
        seen.record.subject,
        event,
        run=seen.run,
        previous=seen.previous,
        verdict=seen.verdict,
        facts=facts,
    )
