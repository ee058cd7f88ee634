"""The alerts of `state-mismatch`: a job is not what it was told to be."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec

from watcher.core.alert import Alert, Signal
from watcher.core.alerting import advance, begin, end_all, ending, gone_rule, is_due
from watcher.core.diff import Difference, known_text
from watcher.core.draft import Draft
from watcher.core.event import Event, Kind
from watcher.core.job import Clock, JobRecord
from watcher.core.occurring import count_all
from watcher.core.restart import same_text
from watcher.core.rule import Rule
from watcher.core.run_summary import BATCH, OVER, SUCCESS
from watcher.core.speak import tell
from watcher.core.verdict import GRAVE, Verdict
from watcher.core.why import Why

KIND: Final = Kind.STATE_MISMATCH


def watch_mismatch(draft: Draft, seen: Difference, read_at: datetime | None) -> JobRecord:
    """Judge one good reading of a job and move its alerts; returns the record with its clock.

    `read_at` is the job's last reading before this one, `None` at the first after a start.
    """
    record = seen.record
    if seen.replanned:
        ends = end_all(draft, record.subject, KIND, Signal.PLANNED, _event(draft, seen, 0))
        tell(draft, record.subject, KIND, ends)
        record = msgspec.structs.replace(record, wrong=None)
    if not seen.judged:
        return record
    if seen.verdict is None:
        return _right(draft, seen, record, read_at)
    return _wrong(draft, seen, record, read_at)


def _event(draft: Draft, seen: Difference, event: int, clock: Clock | None = None) -> Event:
    previous = known_text(clock.previous if clock else seen.previous, seen.run)
    return draft.event(
        KIND,
        seen.record.subject,
        event,
        run=seen.run,
        previous=previous,
        verdict=seen.verdict,
    )


def _plain_alerts(draft: Draft, record: JobRecord) -> list[Alert]:
    """The alerts of rules that do not count: a counting rule's live by `counting`."""
    return [a for a in draft.alerts_of(record.subject, KIND) if not a.times]


def _right(
    draft: Draft, seen: Difference, record: JobRecord, read_at: datetime | None
) -> JobRecord:
    said = []
    for alert in _plain_alerts(draft, record):
        rule = draft.plan.rule(alert.rule) or gone_rule(alert)
        signal = _right_signal(draft, seen, alert, rule, read_at)
        event = msgspec.structs.replace(_event(draft, seen, alert.event), verdict=alert.verdict)
        one = advance(draft, alert, rule, signal, event) if signal else None
        said += [one] if one else []
    tell(draft, record.subject, KIND, said)
    return msgspec.structs.replace(record, wrong=None)


def _right_signal(
    draft: Draft, seen: Difference, alert: Alert, rule: Rule, read_at: datetime | None
) -> Signal | None:
    """A batch alert that fires ends with SUCCESS alone; while a run is in progress nothing happens.

    One for a run that should not be there (zombie) ends when it is gone: no SUCCESS will come.
    """
    if not alert.fires:
        return Signal.RIGHT
    if seen.record.subject.job_type == BATCH and alert.verdict != Verdict.ZOMBIE:
        return Signal.SETTLED if seen.run.actual_state == SUCCESS else None
    return ending(alert, rule, draft.now, read_at)


def _wrong(
    draft: Draft, seen: Difference, record: JobRecord, read_at: datetime | None
) -> JobRecord:
    anew = record.wrong is None or seen.new_instance
    clock = _begin_clock(draft, seen, record) if anew or record.wrong is None else record.wrong
    event = _event(draft, seen, clock.event, clock)
    rules = draft.plan.search(event)
    if anew:
        _account(draft, record, event, rules)
    living = {alert.rule: alert for alert in _plain_alerts(draft, record)}
    _withdraw_unmatched(draft, living, rules, event)
    said = []
    for rule in _speakers(draft, living, rules):
        alert = living.get(rule.name) or begin(
            draft, rule, KIND, record.subject, clock, verdict=seen.verdict
        )
        alert, signal = _wrong_signal(draft, seen, alert, rule, read_at)
        one = advance(draft, alert, rule, signal, event) if signal else None
        said += [one] if one else []
    tell(draft, record.subject, KIND, said)
    return msgspec.structs.replace(record, wrong=clock)


def _begin_clock(draft: Draft, seen: Difference, record: JobRecord) -> Clock:
    event = draft.add_event(_event(draft, seen, 0))
    standing = seen.previous is None and not draft.source(record.subject.source or "").whole
    clock = Clock(since=draft.now, event=event.id, previous=seen.previous, standing=standing)
    for alert in _plain_alerts(draft, record):
        if not alert.fires:
            advance(
                draft, alert, draft.plan.rule(alert.rule) or gone_rule(alert), Signal.RIGHT, event
            )
    return clock


def _account(draft: Draft, record: JobRecord, event: Event, rules: tuple[Rule, ...]) -> None:
    """Say at once what becomes of a new event that begins no alert of its own."""
    if not rules:
        draft.decide(event.id, Why.NO_RULE)
    firing = {alert.rule for alert in _plain_alerts(draft, record) if alert.fires}
    count_all(draft, event, rules)
    for rule in rules:
        if rule.name in firing:
            draft.decide(event.id, Why.ALREADY_FIRING, rule)


def _speakers(draft: Draft, living: dict[str, Alert], rules: tuple[Rule, ...]) -> list[Rule]:
    """The rules that the trouble reaches now, and those whose alerts fire for it already."""
    plain = {rule.name: rule for rule in rules if not rule.counts}
    for alert in living.values():
        rule = draft.plan.rule(alert.rule)
        if alert.fires and rule is not None:
            plain.setdefault(rule.name, rule)
    return sorted(plain.values(), key=lambda rule: draft.plan.rank(rule.name))


def _withdraw_unmatched(
    draft: Draft, living: dict[str, Alert], rules: tuple[Rule, ...], event: Event
) -> None:
    reached = {rule.name for rule in rules}
    for alert in list(living.values()):
        if not alert.fires and alert.rule not in reached:
            rule = draft.plan.rule(alert.rule) or gone_rule(alert)
            advance(draft, alert, rule, Signal.RIGHT, event)
            del living[alert.rule]


def _wrong_signal(
    draft: Draft, seen: Difference, alert: Alert, rule: Rule, read_at: datetime | None
) -> tuple[Alert, Signal | None]:
    """The signal of a reading that shows trouble, and the alert with what it now speaks of."""
    verdict, instance = seen.verdict, _instance(seen)
    if not alert.fires:
        due = is_due(alert.since, rule.span_for(KIND, verdict), draft.now, read_at)
        now_speaks = msgspec.structs.replace(alert, verdict=verdict, instance=instance)
        return now_speaks, Signal.DUE if due else Signal.WRONG
    alert = msgspec.structs.replace(alert, instance=alert.instance or instance)
    if _fails_again(seen, alert, instance):
        return msgspec.structs.replace(alert, verdict=verdict, instance=instance), Signal.AGAIN
    if verdict in GRAVE and alert.verdict not in GRAVE:
        return msgspec.structs.replace(alert, verdict=verdict), Signal.WORSE
    in_progress = _is_later_run(seen, alert, instance) and seen.run.actual_state not in OVER
    return alert, None if in_progress else Signal.WRONG


def _fails_again(seen: Difference, alert: Alert, instance: str | None) -> bool:
    return seen.verdict is Verdict.FAILED and _is_later_run(seen, alert, instance)


def _is_later_run(seen: Difference, alert: Alert, instance: str | None) -> bool:
    """Whether this is another run of a batch job than the one that the alert speaks of."""
    return seen.record.subject.job_type == BATCH and not same_text(instance, alert.instance)


def _instance(seen: Difference) -> str | None:
    run = seen.run
    return None if run.instance_id is None else str(run.instance_id)
