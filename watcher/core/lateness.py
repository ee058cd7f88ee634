"""The alerts of `batch-late`: a batch job is not done by its deadline, or a run takes too long."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

import msgspec

from watcher.core.alert import Alert, Signal
from watcher.core.alerting import advance, begin, end_all, gone_rule, is_due
from watcher.core.deadline import Deadline
from watcher.core.diff import Difference
from watcher.core.draft import Draft
from watcher.core.event import NO_FACTS, Event, Facts, Kind
from watcher.core.job import Clock, JobRecord
from watcher.core.rule import Rule
from watcher.core.run_summary import BATCH, RUNNING, SUCCESS
from watcher.core.runs import Runs, follow
from watcher.core.speak import tell
from watcher.core.subject import Subject
from watcher.core.utterance import Utterance
from watcher.core.verdict import BatchVerdict

KIND: Final = Kind.BATCH_LATE
WANTED: Final = frozenset({RUNNING, SUCCESS})
"""ExpectStates that ask for a run; what is ordered to stand still is never late."""
_MILLISECOND: Final = timedelta(milliseconds=1)


class _Trouble(msgspec.Struct, frozen=True):
    """What one rule finds wrong: since when it counts, and from when on `for` does."""

    verdict: BatchVerdict
    since: datetime
    due_from: datetime
    facts: Facts


def watch_runs(
    draft: Draft,
    seen: Difference,
    record: JobRecord,
    read_at: datetime | None,
    gap: timedelta | None,
) -> JobRecord:
    """Follow a batch job's runs through one good reading and move its alerts.

    `gap` is the time since the last good reading of this job, `None` where there was none.
    """
    subject = seen.record.subject
    if subject.job_type != BATCH:
        return record
    runs = _follow(draft, seen, record.runs, gap)
    record = msgspec.structs.replace(record, runs=runs)
    event = draft.event(KIND, subject, run=seen.run, previous=seen.previous)
    if seen.run.expect_state not in WANTED:
        tell(draft, subject, KIND, end_all(draft, subject, KIND, Signal.PLANNED, event))
    elif seen.judged:
        _judge(draft, event, runs, read_at)
    return record


def _follow(draft: Draft, seen: Difference, before: Runs | None, gap: timedelta | None) -> Runs:
    runs = follow(before, seen.run, seen.previous, draft.now, gap)
    if seen.replanned and seen.previous and seen.previous.expect_state not in WANTED:
        # Deadlines of a time in which it was not to run are nobody's debt.
        runs = msgspec.structs.replace(runs, since=draft.now)
    if before is None:
        return runs
    if runs.done_at != before.done_at:
        spent = _owed(draft, seen.record.subject, before, watched=gap is not None)
        return msgspec.structs.replace(runs, spent=spent)
    if gap is None and seen.new_instance and _may_be_done(draft, seen.record.subject, before):
        return msgspec.structs.replace(runs, since=draft.now)
    return runs


def _may_be_done(draft: Draft, subject: Subject, before: Runs) -> bool:
    """Whether a success may have come and gone while nobody looked.

    Another run goes on by now.  Where the next deadline is nearer than the last, it is that one's,
    and nobody knows how the one before it ended.
    """
    late = {alert.rule for alert in draft.alerts_of(subject, KIND)}
    return any(
        rule.deadline is not None
        and rule.name not in late
        and rule.deadline.next(draft.now) - draft.now < draft.now - rule.deadline.last(draft.now)
        and owes(before, rule.name, rule.deadline, draft.now)
        for rule in draft.plan.rules_for(KIND, subject)
    )


def _owed(draft: Draft, subject: Subject, before: Runs, *, watched: bool) -> tuple[str, ...]:
    """The rules that a success comes too late for, so that it is not the next deadline's as well.

    After a time in which nobody looked it may be either's; then only what was seen late was late.
    """
    late = {alert.rule for alert in draft.alerts_of(subject, KIND)}
    return tuple(
        rule.name
        for rule in draft.plan.rules_for(KIND, subject)
        if rule.deadline is not None
        and (watched or rule.name in late)
        and owes(before, rule.name, rule.deadline, draft.now)
    )


def owes(runs: Runs, rule: str, deadline: Deadline, now: datetime) -> bool:
    """Whether the last deadline has passed without a success since the one before.

    A success that came after its deadline counts for that one, not for the next as well; and a
    deadline from before the job was known for nothing.
    """
    last = deadline.last(now)
    if last <= runs.since or runs.done_at is None:
        return last > runs.since
    if rule in runs.spent:
        return runs.done_at < last
    return runs.done_at <= deadline.before(last)


def _judge(draft: Draft, event: Event, runs: Runs, read_at: datetime | None) -> None:
    subject = event.subject
    rules = [rule for rule in draft.plan.rules_for(KIND, subject) if not rule.counts]
    found = {rule.name: one for rule in rules if (one := _trouble(rule, runs, draft.now))}
    said = _move_open(draft, event, runs, found, read_at)
    tell(draft, subject, KIND, said + _begin_new(draft, event, rules, found, read_at))


def _trouble(rule: Rule, runs: Runs, now: datetime) -> _Trouble | None:
    """A missed deadline before a long run: it says more."""
    if rule.deadline is not None and owes(runs, rule.name, rule.deadline, now):
        last = rule.deadline.last(now)
        facts = Facts(deadline_at=last, last_good_at=runs.done_at)
        return _Trouble(BatchVerdict.LATE, last, last, facts)
    long_at = runs.long_at(rule.longer_than) if rule.longer_than is not None else None
    if long_at is None or long_at > now or runs.begun_at is None:
        return None
    return _Trouble(BatchVerdict.LONG, runs.begun_at, long_at, _durations(runs, now))


def _durations(runs: Runs, now: datetime) -> Facts:
    lasted = None if runs.begun_at is None else (now - runs.begun_at) // _MILLISECOND
    usual = runs.usual
    return Facts(run_ms=lasted, usual_ms=None if usual is None else usual // _MILLISECOND)


def _move_open(
    draft: Draft,
    event: Event,
    runs: Runs,
    found: Mapping[str, _Trouble],
    read_at: datetime | None,
) -> list[Utterance]:
    said = []
    for alert in draft.alerts_of(event.subject, KIND):
        rule = draft.plan.rule(alert.rule) or gone_rule(alert)
        trouble = found.get(alert.rule)
        if alert.fires:
            signal = _firing(alert, rule, runs, trouble, draft.now)
        else:
            signal = _pending(draft, rule, trouble, read_at)
        anew = not alert.fires or signal in (Signal.AGAIN, Signal.WORSE)
        speaks = _about(alert, trouble) if trouble is not None and anew else alert
        one = advance(draft, speaks, rule, signal, _told(event, speaks, trouble))
        said += [one] if one else []
    return said


def _pending(
    draft: Draft, rule: Rule, trouble: _Trouble | None, read_at: datetime | None
) -> Signal:
    if trouble is None:
        return Signal.RIGHT
    due = is_due(trouble.due_from, rule.span_for(KIND, None), draft.now, read_at)
    return Signal.DUE if due else Signal.WRONG


def _firing(
    alert: Alert, rule: Rule, runs: Runs, trouble: _Trouble | None, now: datetime
) -> Signal:
    """One that fires ends with a success after its deadline, or with its run; nothing else helps.

    A rule that was given another deadline or factor ends none.
    """
    if alert.verdict != BatchVerdict.LATE:
        if trouble is not None and trouble.verdict is BatchVerdict.LATE:
            return Signal.WORSE
        goes_on = runs.begun_at is not None and runs.begun_at <= alert.since
        return Signal.WRONG if goes_on else Signal.SETTLED
    missed = _deadline_of(alert)
    # What this reading shows ends it even where a clock that was set back makes it seem earlier.
    if runs.done_at is not None and (runs.done_at > missed or runs.done_at == now):
        return Signal.SETTLED
    if rule.deadline is None:
        return Signal.UNWATCHED
    later = trouble is not None and trouble.since > missed
    return Signal.AGAIN if later else Signal.WRONG


def _deadline_of(alert: Alert) -> datetime:
    """The last deadline that a late job was told of."""
    return datetime.fromisoformat(alert.instance) if alert.instance else alert.since


def _about(alert: Alert, trouble: _Trouble) -> Alert:
    """The alert with what it now speaks of; a late job stays late since its first deadline."""
    if trouble.verdict is BatchVerdict.LONG:
        return msgspec.structs.replace(alert, verdict=trouble.verdict)
    since = alert.since if alert.verdict == BatchVerdict.LATE else trouble.since
    instance = trouble.since.isoformat()
    return msgspec.structs.replace(alert, verdict=trouble.verdict, since=since, instance=instance)


def _told(event: Event, alert: Alert, trouble: _Trouble | None) -> Event:
    if trouble is not None and trouble.verdict == alert.verdict:
        facts = trouble.facts
    elif alert.verdict == BatchVerdict.LATE:
        facts = Facts(deadline_at=alert.since)
    else:
        facts = NO_FACTS
    return msgspec.structs.replace(event, id=alert.event, verdict=alert.verdict, facts=facts)


def _begin_new(
    draft: Draft,
    event: Event,
    rules: list[Rule],
    found: Mapping[str, _Trouble],
    read_at: datetime | None,
) -> list[Utterance]:
    said, saved = [], dict[tuple[str, datetime], Event]()
    living = {alert.rule for alert in draft.alerts_of(event.subject, KIND)}
    for rule in _hearing(event, rules, found):
        trouble = found[rule.name]
        if rule.name in living:
            continue
        key = (trouble.verdict, trouble.since)
        if key not in saved:
            saved[key] = draft.add_event(_for(event, trouble))
        one = _begin(draft, rule, trouble, saved[key], read_at)
        said += [one] if one else []
    return said


def _hearing(event: Event, rules: list[Rule], found: Mapping[str, _Trouble]) -> list[Rule]:
    """The rules that find something wrong and are for it, up to and with the first `stop`."""
    hearing: list[Rule] = []
    for rule in rules:
        if rule.name in found and rule.hears(_for(event, found[rule.name])):
            hearing.append(rule)
            if rule.stop:
                break
    return hearing


def _for(event: Event, trouble: _Trouble) -> Event:
    return msgspec.structs.replace(event, verdict=trouble.verdict, facts=trouble.facts)


def _begin(
    draft: Draft, rule: Rule, trouble: _Trouble, event: Event, read_at: datetime | None
) -> Utterance | None:
    clock = Clock(since=trouble.since, event=event.id, previous=event.previous)
    alert = _about(begin(draft, rule, KIND, event.subject, clock, verdict=trouble.verdict), trouble)
    return advance(draft, alert, rule, _pending(draft, rule, trouble, read_at), event)
