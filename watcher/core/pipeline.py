"""The way from a reading to a Step; read this first.

    reading ─► diff ─► events ─► rules ─► alerts ─► notifications ─► Step

`observe` takes what a source gave, `tick` what time alone brings, `adopt` a file that came into
force.  Each returns a Step and changes nothing; the caller saves it and then applies it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from watcher.core.blindness import note_change, reconcile, watch_sight
from watcher.core.delay import watch_delay
from watcher.core.diff import Difference, compare
from watcher.core.discovery import take_listing
from watcher.core.draft import Draft
from watcher.core.event import Kind
from watcher.core.job import Job, JobRecord
from watcher.core.mismatch import watch_mismatch
from watcher.core.missing import end_absence, watch_absence
from watcher.core.occurring import end_counts, occur
from watcher.core.reading import Cause, Listing, Outage, Reading, Snapshot
from watcher.core.run_summary import RunSummary
from watcher.core.speechless import ChannelHealth, watch_channel
from watcher.core.state import State, minute_of
from watcher.core.step import Delays, Step
from watcher.core.subject import job_subject

FEW: Final = 5
"""An answer that holds none of at least so many names that were there before is not believed."""

READ_AT_KEPT: Final = timedelta(seconds=30)
"""How exactly the time of a source's last good reading is saved."""


def observe(state: State, reading: Reading, now: datetime) -> Step:
    """What one reading changes."""
    draft = Draft(state, now)
    match reading:
        case Snapshot():
            _take_snapshot(draft, reading)
        case Outage():
            _take_outage(draft, reading)
        case Listing():
            take_listing(draft, reading)
            watch_sight(draft, reading.source)
            reconcile(draft, reading.source)
    return draft.step()


def tick(state: State, channels: Iterable[ChannelHealth], now: datetime) -> Step:
    """What time alone brings: blindness that has lasted, channels that cannot be told."""
    draft = Draft(state, now)
    for source in state.plan.sources:
        watch_sight(draft, source)
    for health in channels:
        watch_channel(draft, health)
    return draft.step()


def _take_outage(draft: Draft, outage: Outage) -> None:
    draft.put_sight(outage.source, draft.sight(outage.source).lose(outage, draft.now))
    draft.darken(job_subject(outage.source, outage.job_type, name) for name in outage.asked)
    watch_sight(draft, outage.source)


def _take_snapshot(draft: Draft, snapshot: Snapshot) -> None:
    jobs = draft.state.jobs.get((snapshot.source, snapshot.job_type), {})
    lost = _lost(jobs, snapshot)
    if lost is not None:
        _take_outage(draft, lost)
        return
    _regain(draft, snapshot)
    key = (snapshot.source, snapshot.job_type, snapshot.asked[0] if snapshot.asked else "")
    whole = draft.state.entered.get(key) != minute_of(draft.now)
    for job, run in _worth_a_look(jobs, snapshot.runs):
        _look(draft, job, run, whole=whole)
    if whole:
        values = {run.job_name: run.input_delay_ms for run in snapshot.runs}
        draft.enter(Delays(*key, at=draft.now, values=values))
    if len(snapshot.runs) < len(snapshot.asked):
        _miss(draft, jobs, snapshot)
    _close(draft, snapshot)


def _worth_a_look(jobs: dict[str, Job], runs: Sequence[RunSummary]) -> list[tuple[Job, RunSummary]]:
    """The jobs of an answer about which something is open or has changed.

    This loop runs for every job at every poll.  An input delay counts here only when it leaves the
    band in which no rule judges otherwise; the first reading of each minute enters besides.
    """
    get, found = jobs.get, []
    for run in runs:
        job = get(run.job_name)
        if job is None:
            continue
        old = job.run
        if (
            job.busy
            or old is None
            or run.actual_state != old.actual_state
            or run.expect_state != old.expect_state
            or run.instance_id != old.instance_id
            or run.engine_job_handler != old.engine_job_handler
            or run.last_error_at != old.last_error_at
            or (run.last_error_message and not run.last_error_at)
        ):
            found.append((job, run))
            continue
        delay = run.input_delay_ms
        if delay is not None and delay >= 0 and not job.low <= delay < job.high:
            found.append((job, run))
    return found


def _lost(jobs: dict[str, Job], snapshot: Snapshot) -> Outage | None:
    """The outage that an answer is which holds none of five or more names that were there."""
    if snapshot.runs and any(run.job_name in jobs for run in snapshot.runs):
        return None
    there = [
        name
        for name in snapshot.asked
        if (job := jobs.get(name)) is not None
        and job.record.run is not None
        and job.record.absent is None
    ]
    if len(there) < FEW:
        return None
    return Outage(
        source=snapshot.source,
        job_type=snapshot.job_type,
        asked=snapshot.asked,
        cause=Cause.EMPTY,
        detail=f"the answer holds none of {len(there)} jobs that were there before",
    )


def _regain(draft: Draft, snapshot: Snapshot) -> None:
    sight = draft.sight(snapshot.source)
    if sight.dark or sight.refused:
        subjects = (job_subject(snapshot.source, snapshot.job_type, n) for n in snapshot.asked)
        draft.put_sight(snapshot.source, sight.regain(subjects))


def _look(draft: Draft, job: Job, run: RunSummary, *, whole: bool) -> None:
    """Take one job's run summary through diff, events and alerts."""
    record = draft.record(job.record.subject) or job.record
    run = run if whole else _steady_delay(job, run)
    record = end_absence(draft, record, run)
    seen = compare(record, run, draft.now)
    draft.resight(record.subject)
    for event in seen.events:
        occur(draft, event)
    after = watch_mismatch(draft, seen, job.read_at)
    watch_delay(draft, seen, job.read_at)
    end_counts(draft, seen)
    _catch_up(draft, seen, job)
    if _differs(job, after):
        draft.put_job(after)


def _steady_delay(job: Job, run: RunSummary) -> RunSummary:
    """The run summary with the delay that is already judged, where the new one changes nothing."""
    old, delay = job.run, run.input_delay_ms
    if old is None or delay is None or delay < 0 or not job.low <= delay < job.high:
        return run
    return msgspec.structs.replace(run, input_delay_ms=old.input_delay_ms)


def _differs(job: Job, after: JobRecord) -> bool:
    """Whether a record is worth saving: more has changed than the time and the error's text."""
    run = after.run and msgspec.structs.replace(after.run, last_error_message=None)
    entered_at = job.record.entered_at
    return msgspec.structs.replace(after, run=run, entered_at=entered_at) != job.record


def _catch_up(draft: Draft, seen: Difference, job: Job) -> None:
    """Remember what a job's first good reading after a gap shows to have changed."""
    source = seen.record.subject.source or ""
    if job.in_sight or draft.source(source).catching_up is None:
        return
    kinds = {event.kind for event in seen.events}
    if Kind.RESTART in kinds:
        note_change(draft, source, seen.record.subject, "restarted")
    if Kind.NEW_ERROR in kinds:
        note_change(draft, source, seen.record.subject, "errors")
    if seen.verdict is not None and job.record.wrong is None:
        note_change(draft, source, seen.record.subject, "down")


def _miss(draft: Draft, jobs: dict[str, Job], snapshot: Snapshot) -> None:
    answered = {run.job_name for run in snapshot.runs}
    for name in snapshot.asked:
        job = jobs.get(name)
        if job is None or name in answered:
            continue
        record = watch_absence(draft, job.record, job.read_at)
        draft.darken((record.subject,))
        if record != job.record:
            draft.put_job(record)


def _close(draft: Draft, snapshot: Snapshot) -> None:
    """What a good reading changes of its source."""
    record = draft.source(snapshot.source)
    if record.read_at is None or draft.now - record.read_at >= READ_AT_KEPT:
        record = msgspec.structs.replace(record, read_at=draft.now)
    if not record.whole and not draft.sight(snapshot.source).dark:
        record = msgspec.structs.replace(record, whole=True)
    draft.put_source(record)
    watch_sight(draft, snapshot.source)
    reconcile(draft, snapshot.source)
