"""Plays a made-up event through the pure core, on a state that nothing is saved of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from watcher.core.event import Kind
from watcher.core.job import JobRecord, SourceRecord
from watcher.core.pipeline import observe, tick
from watcher.core.plan import Plan
from watcher.core.reading import Cause, Listing, Outage, Reading, Snapshot
from watcher.core.run_summary import FAILED, RUNNING, RunSummary
from watcher.core.speechless import ChannelHealth
from watcher.core.state import State
from watcher.core.step import Saved, Step
from watcher.core.subject import WATCHER, Subject, channel_subject, job_subject, source_subject

MOST_READINGS: Final = 6
"""So many later readings are played while something still waits."""

BEFORE: Final = timedelta(seconds=10)
PLAYED: Final = frozenset(
    {
        Kind.STATE_MISMATCH,
        Kind.NEW_ERROR,
        Kind.STATE_CHANGE,
        Kind.RESTART,
        Kind.INPUT_DELAY,
        Kind.MISSING,
        Kind.APPEARED,
        Kind.BLIND,
        Kind.UNDELIVERABLE,
    }
)
"""Kinds that a single reading, or how a channel stands, can bring about."""


class MadeUp(msgspec.Struct, frozen=True):
    """What is made up: a kind, what it is about, and what a reading would show of it."""

    kind: Kind
    source: str = ""
    job_type: str = ""
    job: str = ""
    channel: str = ""
    expect: str | None = None
    actual: str | None = None
    error: str | None = None
    delay_ms: int | None = None
    cause: Cause = Cause.TIMEOUT

    @property
    def subject(self) -> Subject:
        """What it is about."""
        if self.channel:
            return channel_subject(self.channel)
        if not self.source:
            return WATCHER
        if self.kind is Kind.BLIND:
            return source_subject(self.source)
        return job_subject(self.source, self.job_type, self.job)


def rehearse(saved: Saved, plan: Plan, made_up: MadeUp, now: datetime) -> tuple[Step, ...]:
    """The Steps that it would lead to: at once, and at each later time at which it still is so.

    Before it the job is seen once as it was, so that nothing of that is part of the answer.
    """
    state = State(saved, plan)
    shown = _shown(made_up, _prepare(state, made_up, now), now)
    steps = [_play(state, made_up, shown, now)]
    for _ in range(MOST_READINGS):
        due = min(_dues(state, made_up.subject), default=None)
        if due is None:
            break
        steps.append(_play(state, made_up, shown, max(due, steps[-1].at + timedelta(seconds=1))))
    return tuple(steps)


def _dues(state: State, subject: Subject) -> Iterator[datetime]:
    """When what waits fires, if it is still so then."""
    for alert in state.alerts.get(subject, {}).values():
        rule = state.plan.rule(alert.rule)
        if rule is not None and not alert.fires and not rule.counts:
            yield alert.since + rule.span_for(alert.kind, alert.verdict)


def _prepare(state: State, made_up: MadeUp, now: datetime) -> RunSummary:
    """The job as it was, seen a little before; one that nobody knows runs as it should."""
    subject, at = made_up.subject, now - BEFORE
    if made_up.kind is Kind.APPEARED:
        known = state.job(subject) is not None
        source = state.sources.get(made_up.source) or SourceRecord(made_up.source)
        listed = tuple(dict.fromkeys((*source.listed, made_up.job_type)))
        source = msgspec.structs.replace(source, listed=listed)
        gone = (subject,) if known else ()
        state.apply(Step(at=at, jobs_gone=gone, sources=(source,)))
        return RunSummary(made_up.job)
    if not made_up.job:
        return RunSummary("")
    if state.job(subject) is None:
        state.apply(Step(at=at, jobs=(JobRecord(subject=subject),)))
    job = state.job(subject)
    run = job.run if job and job.run else RunSummary(made_up.job, RUNNING, RUNNING, 1, "a|b", 0)
    state.apply(observe(state, _answer(made_up, run), at))
    return run


def _play(state: State, made_up: MadeUp, shown: RunSummary, at: datetime) -> Step:
    if made_up.channel:
        health = ChannelHealth(made_up.channel, refused_since=at, waiting=1, reason="made up")
        step = tick(state, (health,), at)
    else:
        step = observe(state, _reading(state, made_up, shown), at)
    state.apply(step)
    return step


def _reading(state: State, made_up: MadeUp, shown: RunSummary) -> Reading:
    match made_up.kind:
        case Kind.MISSING:
            return Snapshot(made_up.source, made_up.job_type, (made_up.job,), ())
        case Kind.APPEARED:
            names = state.names(made_up.source, made_up.job_type)
            return Listing(made_up.source, made_up.job_type, (*names, made_up.job))
        case Kind.BLIND:
            return _outage(state, made_up)
        case _:
            return _answer(made_up, shown)


def _answer(made_up: MadeUp, run: RunSummary) -> Snapshot:
    return Snapshot(made_up.source, made_up.job_type, (made_up.job,), (run,))


def _outage(state: State, made_up: MadeUp) -> Outage:
    types: Sequence[str] = [t for name, t in state.jobs if name == made_up.source] or [""]
    names = state.names(made_up.source, types[0])
    return Outage(made_up.source, types[0], names, made_up.cause, "made up")


def _shown(made_up: MadeUp, before: RunSummary, at: datetime) -> RunSummary:
    """The run summary that the reading shows: what is made up, and the rest as it was."""
    kind, run = made_up.kind, before
    if kind in (Kind.STATE_MISMATCH, Kind.STATE_CHANGE):
        run = msgspec.structs.replace(run, actual_state=FAILED)
    if kind is Kind.STATE_MISMATCH and made_up.expect is None:
        run = msgspec.structs.replace(run, expect_state=RUNNING)
    if kind is Kind.RESTART:
        run = _restarted(run)
    if kind is Kind.INPUT_DELAY:
        run = msgspec.structs.replace(run, expect_state=RUNNING, actual_state=RUNNING)
    given = {
        "expect_state": made_up.expect,
        "actual_state": made_up.actual,
        "input_delay_ms": made_up.delay_ms,
    }
    run = msgspec.structs.replace(run, **{n: v for n, v in given.items() if v is not None})
    if kind is Kind.NEW_ERROR or made_up.error is not None:
        text = "a made-up error" if made_up.error is None else made_up.error
        later = max(int(at.timestamp() * 1000), (before.last_error_at or 0) + 1)
        run = msgspec.structs.replace(run, last_error_message=text, last_error_at=later)
    return run


def _restarted(run: RunSummary) -> RunSummary:
    number = run.instance_id
    fresh = number + 1 if isinstance(number, int) else f"{number}-again"
    return msgspec.structs.replace(
        run, instance_id=fresh, expect_state=RUNNING, actual_state=RUNNING
    )
