"""The alerts of `input-delay`: a job runs as asked, and too far behind, or its delay stands still.

Verdicts come with an alert and change while it lasts; that alone is not told again, reminders
show the present one.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from watcher.core.alert import Alert, Signal
from watcher.core.alerting import advance, begin, end_all, ending, gone_rule, is_due
from watcher.core.course import Course, Still
from watcher.core.diff import Difference
from watcher.core.draft import Draft
from watcher.core.event import Event, Facts, Kind
from watcher.core.job import Clock
from watcher.core.occurring import count_all
from watcher.core.rule import Rule
from watcher.core.run_summary import RUNNING, delay_of
from watcher.core.speak import tell
from watcher.core.subject import Subject
from watcher.core.trend import heading, sample, slope
from watcher.core.utterance import Utterance
from watcher.core.verdict import DelayVerdict

KIND = Kind.INPUT_DELAY
NO_COURSE = Course()


def watch_delay(draft: Draft, seen: Difference, read_at: datetime | None) -> None:
    """Judge the input delay of one good reading and move the alerts.

    No reading (not RUNNING, a sentinel, absent) says nothing: clocks run on, nothing fires or ends.
    `seen` has the delay as it was read, also where memory goes on with an earlier one.
    """
    subject = seen.record.subject
    if seen.run.expect_state != RUNNING:
        event = draft.event(KIND, subject, run=seen.run, previous=seen.previous)
        tell(draft, subject, KIND, end_all(draft, subject, KIND, Signal.PLANNED, event))
        draft.put_course(subject, None)
        return
    delay = delay_of(seen.run)
    if delay is None or not seen.judged:
        _stop_resting(draft, seen)
        return
    course = _course(draft, seen, delay)
    event = _event(draft, seen, delay, course)
    said = _move_open(draft, event, delay, read_at) + _begin_new(draft, event, course, read_at)
    tell(draft, subject, KIND, said)
    _keep(draft, subject, delay, course)


def _stop_resting(draft: Draft, seen: Difference) -> None:
    """Only while a job runs its delay can stand still; a sentinel says nothing of that."""
    subject, course = seen.record.subject, draft.course(seen.record.subject)
    if course is not None and seen.run.actual_state != RUNNING:
        _put(draft, subject, msgspec.structs.replace(course, still=None))


def _course(draft: Draft, seen: Difference, delay: int) -> Course:
    before = draft.course(seen.record.subject) or NO_COURSE
    return Course(
        samples=sample(before.samples, draft.now, delay),
        still=_still(draft, seen, delay, before.still),
    )


def _still(draft: Draft, seen: Difference, delay: int, still: Still | None) -> Still | None:
    """Since when the delay has stood still; from now on where it is the one that entered last."""
    if delay == 0 or not draft.plan.watches_stillness:
        return None
    if still is not None and still.value == delay and _polls(draft, still) is not None:
        return still
    before = delay_of(seen.previous) if seen.previous else None
    if delay != before:
        return None
    rules = draft.plan.rules_for(KIND, seen.record.subject)
    if all(rule.frozen_after is None for rule in rules):
        return None
    return Still(delay, draft.now, draft.request, draft.answer)


def _polls(draft: Draft, still: Still) -> int | None:
    return still.polls(draft.request, draft.answer)


def _event(draft: Draft, seen: Difference, delay: int, course: Course) -> Event:
    """What the reading says, whatever a rule makes of it.

    Where the whole source stands still that is told, and no job's row grows longer.
    """
    subject = seen.record.subject
    polls = _polls(draft, course.still) if course.still is not None else None
    if polls and draft.source(subject.source or "").frozen is not None:
        polls = 1
    facts = Facts(slope_ms=slope(course.samples, draft.now, delay), polls=polls)
    return draft.event(KIND, subject, run=seen.run, previous=seen.previous, facts=facts)


def _move_open(draft: Draft, event: Event, delay: int, read_at: datetime | None) -> list[Utterance]:
    said = []
    for alert in draft.alerts_of(event.subject, KIND):
        if alert.times:
            continue
        rule = draft.plan.rule(alert.rule) or gone_rule(alert)
        signal = _signal(draft, alert, rule, event, read_at)
        over = signal in (Signal.RIGHT, Signal.SETTLED, Signal.UNWATCHED)
        said_of = msgspec.structs.replace(event, id=alert.event, verdict=alert.verdict)
        told = _for_rule(said_of, delay, rule, None if over else alert)
        alert_now = msgspec.structs.replace(alert, verdict=told.verdict)
        one = advance(draft, alert_now, rule, signal, told)
        said += [one] if one else []
    return said


def _signal(
    draft: Draft, alert: Alert, rule: Rule, event: Event, read_at: datetime | None
) -> Signal:
    verdict, delay = rule.delay_verdict(event), delay_of(event.run) if event.run else None
    if verdict is not None:
        wanted = not rule.match.verdicts or verdict in rule.match.verdicts
        if not alert.fires and not wanted:
            return Signal.RIGHT
        return Signal.DUE if _is_due(draft, alert.since, rule, verdict, read_at) else Signal.WRONG
    if not alert.fires:
        return Signal.WRONG if delay == rule.threshold_ms else Signal.RIGHT
    if alert.verdict == DelayVerdict.FROZEN:
        if rule.frozen_after is None:
            return Signal.UNWATCHED
        wrong = event.facts.polls is not None
    else:
        wrong = rule.threshold_ms is not None and delay is not None and delay >= rule.recover_ms
    return Signal.WRONG if wrong else ending(alert, rule, draft.now, read_at)


def _is_due(
    draft: Draft, since: datetime, rule: Rule, verdict: DelayVerdict, read_at: datetime | None
) -> bool:
    """Whether it has lasted; what stands still has, as the rule counted its readings."""
    if verdict is DelayVerdict.FROZEN:
        return True
    return is_due(since, rule.span_for(KIND, None), draft.now, read_at)


def _begin_new(
    draft: Draft, event: Event, course: Course, read_at: datetime | None
) -> list[Utterance]:
    subject = event.subject
    living = {alert.rule for alert in draft.alerts_of(subject, KIND) if not alert.times}
    rules = [
        rule
        for rule in draft.plan.search(event)
        if (_has_just_risen(event, rule) if rule.counts else rule.name not in living)
    ]
    if not rules:
        return []
    delay = (delay_of(event.run) if event.run else None) or 0
    event = draft.add_event(_for_rule(event, delay, rules[0]))
    count_all(draft, event, rules)
    said = []
    for rule in (rule for rule in rules if not rule.counts):
        told = _for_rule(event, delay, rule)
        one = _begin(draft, rule, told, course, read_at)
        said += [one] if one else []
    return said


def _begin(
    draft: Draft, rule: Rule, event: Event, course: Course, read_at: datetime | None
) -> Utterance | None:
    verdict = DelayVerdict(event.verdict or DelayVerdict.HIGH)
    rests = verdict is DelayVerdict.FROZEN and course.still is not None
    since = course.still.since if rests and course.still else draft.now
    clock = Clock(since=since, event=event.id, previous=event.previous)
    alert = begin(draft, rule, KIND, event.subject, clock, verdict=verdict)
    due = _is_due(draft, draft.now, rule, verdict, read_at)
    return advance(draft, alert, rule, Signal.DUE if due else Signal.WRONG, event)


def _has_just_risen(event: Event, rule: Rule) -> bool:
    before = delay_of(event.previous) if event.previous else None
    return before is not None and before <= (rule.threshold_ms or 0)


def _for_rule(event: Event, delay: int, rule: Rule, alert: Alert | None = None) -> Event:
    """The event as one rule sees it: its verdict, its threshold, and where the delay leads.

    `alert` is the one that goes on, also while its delay is not above the threshold any more.
    """
    rate, verdict = event.facts.slope_ms, rule.delay_verdict(event)
    goal = heading(rate, delay, rule.recover_ms, event.detected_at) if rate else None
    facts = msgspec.structs.replace(event.facts, threshold_ms=rule.threshold_ms, heading=goal)
    rests = alert is not None and alert.verdict == DelayVerdict.FROZEN
    kept = event.verdict if alert is None or rests else DelayVerdict.HIGH
    return msgspec.structs.replace(event, verdict=verdict or kept, facts=facts)


def _keep(draft: Draft, subject: Subject, delay: int, course: Course) -> None:
    """Remember how the delay goes only where an alert is open or a rule waits for a verdict."""
    wanted = any(not alert.times for alert in draft.alerts_of(subject, KIND))
    if not wanted and not _is_awaited(draft, subject, delay):
        course = msgspec.structs.replace(course, samples=())
    _put(draft, subject, course)


def _is_awaited(draft: Draft, subject: Subject, delay: int) -> bool:
    waiting = {
        rule.name
        for rule in draft.plan.rules
        if rule.match.verdicts and rule.threshold_ms is not None and delay > rule.threshold_ms
    }
    # Most files have no such rule, and then nothing is searched for.
    return bool(waiting) and any(
        rule.name in waiting for rule in draft.plan.rules_for(KIND, subject)
    )


def _put(draft: Draft, subject: Subject, course: Course) -> None:
    draft.put_course(subject, None if course == NO_COURSE else course)
