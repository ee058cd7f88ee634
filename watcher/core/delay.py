"""The alerts of `input-delay`: a job runs as asked, and too far behind."""

from __future__ import annotations

from datetime import datetime

import msgspec

from watcher.core.alert import Alert, Signal
from watcher.core.alerting import advance, begin, end_all, ending, gone_rule, is_due
from watcher.core.diff import Difference
from watcher.core.draft import Draft
from watcher.core.event import Event, Facts, Kind
from watcher.core.job import Clock
from watcher.core.occurring import count_all
from watcher.core.rule import Rule
from watcher.core.run_summary import RUNNING, delay_of
from watcher.core.speak import tell
from watcher.core.utterance import Utterance

KIND = Kind.INPUT_DELAY


def watch_delay(draft: Draft, seen: Difference, read_at: datetime | None) -> None:
    """Judge the input delay of one good reading and move the alerts.

    No reading (not RUNNING, a sentinel, absent) says nothing: clocks run on, nothing fires or ends.
    `seen` has the delay as it was read, also where memory goes on with an earlier one.
    """
    subject = seen.record.subject
    if seen.run.expect_state != RUNNING:
        ends = end_all(draft, subject, KIND, Signal.PLANNED, _event(draft, seen, 0))
        tell(draft, subject, KIND, ends)
        return
    delay = delay_of(seen.run)
    if delay is None or not seen.judged:
        return
    said = _move_open(draft, seen, delay, read_at) + _begin_new(draft, seen, read_at)
    tell(draft, subject, KIND, said)


def _event(draft: Draft, seen: Difference, event: int) -> Event:
    return draft.event(
        KIND,
        seen.record.subject,
        event,
        run=seen.run,
        previous=seen.previous,
    )


def _move_open(
    draft: Draft, seen: Difference, delay: int, read_at: datetime | None
) -> list[Utterance]:
    said = []
    for alert in draft.alerts_of(seen.record.subject, KIND):
        rule = draft.plan.rule(alert.rule) or gone_rule(alert)
        signal = _signal(draft, alert, rule, delay, read_at)
        event = _with_threshold(_event(draft, seen, alert.event), rule)
        one = advance(draft, alert, rule, signal, event) if signal and not alert.times else None
        said += [one] if one else []
    return said


def _signal(
    draft: Draft, alert: Alert, rule: Rule, delay: int, read_at: datetime | None
) -> Signal | None:
    threshold, recover = rule.threshold_ms or 0, rule.recover_ms
    if delay > threshold:
        due = is_due(alert.since, rule.span_for(KIND, None), draft.now, read_at)
        return Signal.DUE if due else Signal.WRONG
    if not alert.fires:
        return Signal.RIGHT if delay < threshold else Signal.WRONG
    return ending(alert, rule, draft.now, read_at) if delay < recover else Signal.WRONG


def _begin_new(draft: Draft, seen: Difference, read_at: datetime | None) -> list[Utterance]:
    subject = seen.record.subject
    living = {alert.rule for alert in draft.alerts_of(subject, KIND) if not alert.times}
    rules = [
        rule
        for rule in draft.plan.search(_event(draft, seen, 0))
        if (_has_just_risen(seen, rule) if rule.counts else rule.name not in living)
    ]
    if not rules:
        return []
    event = draft.add_event(_with_threshold(_event(draft, seen, 0), rules[0]))
    count_all(draft, event, rules)
    clock = Clock(since=draft.now, event=event.id, previous=seen.previous)
    said = []
    for rule in (rule for rule in rules if not rule.counts):
        alert = begin(draft, rule, KIND, subject, clock)
        due = is_due(draft.now, rule.span_for(KIND, None), draft.now, read_at)
        signal = Signal.DUE if due else Signal.WRONG
        one = advance(draft, alert, rule, signal, _with_threshold(event, rule))
        said += [one] if one else []
    return said


def _has_just_risen(seen: Difference, rule: Rule) -> bool:
    before = delay_of(seen.previous) if seen.previous else None
    return before is not None and before <= (rule.threshold_ms or 0)


def _with_threshold(event: Event, rule: Rule) -> Event:
    return msgspec.structs.replace(event, facts=Facts(threshold_ms=rule.threshold_ms))
