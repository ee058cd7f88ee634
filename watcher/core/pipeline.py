"""The way from a reading to a Step; read this first.

    reading ─► diff ─► events ─► rules ─► alerts ─► notifications ─► Step

`observe` takes what a source gave, `tick` what time alone brings, `adopt` a file that came into
force.  Each returns a Step and changes nothing; the caller saves it and then applies it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from watcher.core.blindness import sees_all, watch_sight
from watcher.core.delay import watch_delay
from watcher.core.diff import Difference, compare
from watcher.core.discovery import take_listing
from watcher.core.draft import Draft
from watcher.core.fallback import Stranded, fall_back
from watcher.core.flapping import watch_flapping
from watcher.core.frozen import watch_pulse
from watcher.core.growth import fold_in, watch_growth
from watcher.core.incident import watch_incidents
from watcher.core.job import Job, JobRecord
from watcher.core.lateness import watch_runs
from watcher.core.mismatch import watch_mismatch
from watcher.core.missing import end_absence, watch_absence
from watcher.core.occurring import end_counts, occur
from watcher.core.pulse import beat
from watcher.core.reading import Cause, Listing, Outage, Reading, Snapshot
from watcher.core.reconciled import catch_up, reconcile
from watcher.core.redeployment import watch_redeployment
from watcher.core.refused import watch_file
from watcher.core.riding import riders_overdue, riders_seen
from watcher.core.run_summary import LATEST_TIME, RunSummary
from watcher.core.silence import Silence
from watcher.core.silencing import end_recovered, take_hold, watch_gates
from watcher.core.speak import speak_up
from watcher.core.speechless import ChannelHealth, watch_channel
from watcher.core.state import State, minute_of
from watcher.core.step import Delays, Step
from watcher.core.subject import job_subject, source_subject
from watcher.core.together import gather_ends

FEW: Final = 5
"""An answer that holds none of at least so many names that were there before is not believed."""

READ_AT_KEPT: Final = timedelta(seconds=30)
"""How exactly the time of a source's last good reading is saved."""


def observe(state: State, reading: Reading, now: datetime) -> Step:
    """What one reading changes; nothing where its source has left the file meanwhile."""
    draft = Draft(state, now)
    if reading.source not in state.plan.sources:
        return draft.step()
    match reading:
        case Snapshot():
            _take_snapshot(draft, reading)
        case Outage():
            _take_outage(draft, reading)
        case Listing():
            take_listing(draft, reading)
            watch_sight(draft, reading.source)
            reconcile(draft, reading.source)
            watch_incidents(draft, reading.source)
    if draft.has_news:
        take_hold(draft)
    speak_up(draft, riders_seen(draft))
    if draft.has_news:
        end_recovered(draft)
    fold_in(draft, reading.source)
    gather_ends(draft)
    return draft.step()


def tick(
    state: State,
    channels: Iterable[ChannelHealth],
    now: datetime,
    stranded: Sequence[Stranded] = (),
    silences: tuple[Silence, ...] | None = None,
) -> Step:
    """What time alone brings: blindness that has lasted, channels that cannot be told, events that
    have waited for a mismatch that no reading has shown to last.

    `silences` are those that the store holds now; `None`: nobody has looked.
    """
    draft = Draft(state, now)
    if silences is not None:
        draft.shutters.heed(silences)
    take_hold(draft)
    watch_gates(draft)
    for source in state.plan.sources:
        watch_sight(draft, source)
        watch_growth(draft, source)
    for health in channels:
        watch_channel(draft, health)
    watch_file(draft)
    speak_up(draft, riders_overdue(draft))
    end_recovered(draft)
    fall_back(draft, stranded)
    return draft.step()


def _take_outage(draft: Draft, outage: Outage) -> None:
    request = _request(outage)
    good_at = draft.ask(request) or _entered_at(draft, request)
    # A job that left the file while the request was under way must not be waited for.
    watched = draft.state.jobs.get((outage.source, outage.job_type), {})
    outage = msgspec.structs.replace(outage, asked=[n for n in outage.asked if n in watched])
    draft.put_sight(outage.source, draft.sight(outage.source).lose(outage, draft.now, good_at))
    draft.darken(job_subject(outage.source, outage.job_type, name) for name in outage.asked)
    watch_sight(draft, outage.source)


def _entered_at(draft: Draft, request: tuple[str, str, str]) -> datetime | None:
    """The minute of a request's last good answer, as it is known also after a start."""
    minute = draft.state.entered.get(request)
    return None if minute is None else datetime.fromtimestamp(minute * 60, UTC)


def _take_snapshot(draft: Draft, snapshot: Snapshot) -> None:
    jobs = draft.state.jobs.get((snapshot.source, snapshot.job_type), {})
    lost = _lost(jobs, snapshot)
    if lost is not None:
        _take_outage(draft, lost)
        return
    _regain(draft, snapshot)
    request = _request(snapshot)
    read_at = draft.ask(request)
    whole = draft.state.entered.get(request) != minute_of(draft.now)
    found = _worth_a_look(jobs, snapshot.runs, draft.now.timestamp())
    if whole:
        found += _worth_a_minute(draft, jobs, snapshot)
    changed = False
    if found or whole or len(snapshot.runs) < len(snapshot.asked):
        # An answer may repeat a name; the last one counts.
        runs = {run.job_name: run for run in snapshot.runs}
        for name in dict.fromkeys(run.job_name for _, run in found):
            changed |= _look(draft, jobs[name], runs[name], read_at, whole=whole)
        if whole:
            values = {name: run.input_delay_ms for name, run in runs.items()}
            draft.enter(Delays(*request, at=draft.now, values=values))
        lacking = [jobs[name] for name in snapshot.asked if name in jobs and name not in runs]
        _miss(draft, lacking, read_at)
    _feel(draft, request, snapshot, changed=changed, minute=whole)
    _close(draft, snapshot.source)


def _feel(
    draft: Draft,
    request: tuple[str, str, str],
    snapshot: Snapshot,
    *,
    changed: bool,
    minute: bool,
) -> None:
    """Take the pulse of a request's answers."""
    known = draft.state.pulses.get(snapshot.source, {}).get(request)
    jobs = draft.state.jobs.get((snapshot.source, snapshot.job_type), {})
    pulse = beat(known, snapshot.runs, jobs, draft.now, changed=changed, minute=minute)
    draft.put_pulse(request, pulse)
    watch_pulse(draft, snapshot.source, pulse)


def _request(reading: Snapshot | Outage) -> tuple[str, str, str]:
    """What a request is known by: its source, job type and the first name that it asks for."""
    return (reading.source, reading.job_type, reading.asked[0] if reading.asked else "")


def _worth_a_look(
    jobs: dict[str, Job], runs: Sequence[RunSummary], now: float
) -> list[tuple[Job, RunSummary]]:
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
            job.look_at <= now
            or old is None
            or run.actual_state != old.actual_state
            or run.expect_state != old.expect_state
            or run.instance_id != old.instance_id
            or run.engine_job_handler != old.engine_job_handler
            or run.last_error_at != old.last_error_at
            or (run.last_error_message and not 0 < (run.last_error_at or 0) <= LATEST_TIME)
        ):
            found.append((job, run))
            continue
        delay = run.input_delay_ms
        if delay is not None and delay >= 0 and not job.low <= delay < job.high:
            found.append((job, run))
    return found


def _worth_a_minute(
    draft: Draft, jobs: dict[str, Job], snapshot: Snapshot
) -> list[tuple[Job, RunSummary]]:
    """The jobs that are looked at once a minute for their delay: how it goes, or that it rests."""
    courses = draft.state.courses.get((snapshot.source, snapshot.job_type), {})
    stillness = draft.plan.watches_stillness
    if not courses and not stillness:
        return []
    known = ((jobs.get(run.job_name), run) for run in snapshot.runs)
    return [
        (job, run)
        for job, run in known
        if job is not None and (run.job_name in courses or (stillness and _rests(job, run)))
    ]


def _rests(job: Job, run: RunSummary) -> bool:
    """Whether a job's delay is the one with which it entered last."""
    delay = run.input_delay_ms
    return bool(delay and delay > 0 and job.run and delay == job.run.input_delay_ms)


def _lost(jobs: dict[str, Job], snapshot: Snapshot) -> Outage | None:
    """The outage that an answer is which holds none of five or more names that were there."""
    if any(_was_there(jobs, run.job_name) for run in snapshot.runs):
        return None
    there = [name for name in snapshot.asked if _was_there(jobs, name)]
    if len(there) < FEW:
        return None
    return Outage(
        source=snapshot.source,
        job_type=snapshot.job_type,
        asked=snapshot.asked,
        cause=Cause.EMPTY,
        detail=f"the answer holds none of {len(there)} jobs that were there before",
    )


def _was_there(jobs: dict[str, Job], name: str) -> bool:
    job = jobs.get(name)
    return job is not None and job.record.run is not None and job.record.absent is None


def _regain(draft: Draft, snapshot: Snapshot) -> None:
    sight = draft.sight(snapshot.source)
    if sight.dark:
        subjects = (job_subject(snapshot.source, snapshot.job_type, n) for n in snapshot.asked)
        draft.put_sight(snapshot.source, sight.forget(subjects))


def _look(
    draft: Draft, job: Job, fresh: RunSummary, read_at: datetime | None, *, whole: bool
) -> bool:
    """Take one job's run summary through diff, events and alerts.

    Returns whether something other than its delay has changed.
    """
    run = fresh if whole else _steady_delay(job, fresh)
    record = end_absence(draft, job.record, run)
    seen = compare(record, run, draft.now)
    if fresh.expect_state:
        draft.resight(record.subject)
    else:
        # It could not be judged; the next reading must be, although it may show no change.
        draft.darken((record.subject,))
    for event in seen.events:
        occur(draft, event)
    after = watch_mismatch(draft, seen, read_at)
    after = watch_redeployment(draft, seen, after)
    after = watch_flapping(draft, seen, record, after, read_at)
    watch_delay(draft, _with_delay(seen, fresh), read_at)
    gap = draft.now - read_at if read_at is not None and job.in_sight else None
    after = watch_runs(draft, seen, after, read_at, gap)
    end_counts(draft, record.subject, seen)
    catch_up(draft, seen, job)
    if _differs(job, after):
        draft.put_job(after)
    return bool(seen.events) or seen.replanned or seen.new_instance


def _steady_delay(job: Job, run: RunSummary) -> RunSummary:
    """The run summary with the delay that is already judged, where the new one changes nothing."""
    old, delay = job.run, run.input_delay_ms
    judged = None if old is None else old.input_delay_ms
    if judged is None or judged < 0 or delay is None or not job.low <= delay < job.high:
        return run
    return run if delay < 0 else msgspec.structs.replace(run, input_delay_ms=judged)


def _with_delay(seen: Difference, fresh: RunSummary) -> Difference:
    """The difference with the delay that the answer gave, so that a message says that one."""
    if seen.run.input_delay_ms == fresh.input_delay_ms:
        return seen
    run = msgspec.structs.replace(seen.run, input_delay_ms=fresh.input_delay_ms)
    return msgspec.structs.replace(seen, run=run)


def _differs(job: Job, after: JobRecord) -> bool:
    """Whether a record is worth saving: more has changed than the time and the error's text."""
    run = after.run and msgspec.structs.replace(after.run, last_error_message=None)
    entered_at = job.record.entered_at
    return msgspec.structs.replace(after, run=run, entered_at=entered_at) != job.record


def _miss(draft: Draft, lacking: Sequence[Job], read_at: datetime | None) -> None:
    for job in lacking:
        record = watch_absence(draft, job.record, read_at)
        draft.darken((record.subject,))
        if record != job.record:
            draft.put_job(record)


def _close(draft: Draft, source: str) -> None:
    """What a good reading changes of its source."""
    record = draft.source(source)
    if record.read_at is None or draft.now - record.read_at >= READ_AT_KEPT:
        record = msgspec.structs.replace(record, read_at=draft.now)
    if not record.whole and sees_all(draft, source):
        record = msgspec.structs.replace(record, whole=True)
    draft.put_source(record)
    end_counts(draft, source_subject(source))
    watch_sight(draft, source)
    reconcile(draft, source)
    watch_incidents(draft, source)
