"""What one job's run summary says that the one before it did not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from watcher.core.event import Event, Facts, Kind
from watcher.core.fingerprint import fingerprint, is_same
from watcher.core.job import JobRecord
from watcher.core.restart import follow, same_text
from watcher.core.run_summary import PAUSED, RUNNING, STREAM, TERMINATED, RunSummary, error_time
from watcher.core.verdict import Verdict, can_judge, judge

FINGERPRINTS_KEPT: Final = 8
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Difference(msgspec.Struct, frozen=True):
    """A job before and after one good reading.

    `record` is the job as it is now, its clocks not yet touched.  `events` are what occurred, with
    id 0.  `verdict` is `None` where the job is right; `judged` says whether it could be judged at
    all.  `replanned`: ExpectState changed.  `new_instance`: the Id did.
    """

    record: JobRecord
    run: RunSummary
    previous: RunSummary | None
    events: tuple[Event, ...]
    verdict: Verdict | None
    judged: bool
    replanned: bool
    new_instance: bool


def compare(before: JobRecord, seen: RunSummary, now: datetime) -> Difference:
    """Set a run summary against what is remembered of its job.

    An absent ExpectState or Id is no news: the last known one stays.  First sight is a baseline:
    its error is history.
    """
    previous = before.run
    run = _fill(seen, previous)
    replanned = previous is not None and not same_text(run.expect_state, previous.expect_state)
    new_instance = previous is not None and not same_text(run.instance_id, previous.instance_id)
    record, events = _occurrences(before, run, now, replanned=replanned)
    running = run.actual_state == RUNNING
    record = msgspec.structs.replace(
        record,
        run=run,
        entered_at=now,
        ran=running or (before.ran and not replanned and not new_instance),
        stood=_stood(before, run, replanned=replanned),
    )
    job_type = before.subject.job_type or STREAM
    verdict = judge(
        run.expect_state, run.actual_state, job_type, ran=record.ran, stood=record.stood
    )
    return Difference(
        record=record,
        run=run,
        previous=previous,
        events=events,
        verdict=verdict,
        judged=bool(seen.expect_state) and can_judge(run.expect_state, job_type),
        replanned=replanned,
        new_instance=new_instance,
    )


def _fill(seen: RunSummary, previous: RunSummary | None) -> RunSummary:
    if previous is None or (seen.expect_state and seen.instance_id):
        return seen
    return msgspec.structs.replace(
        seen,
        expect_state=seen.expect_state or previous.expect_state,
        instance_id=seen.instance_id or previous.instance_id,
    )


def _stood(before: JobRecord, run: RunSummary, *, replanned: bool) -> bool:
    """PAUSED or TERMINATED that stands since before ExpectState became RUNNING."""
    unchanged = before.run is not None and run.actual_state == before.run.actual_state
    if not unchanged or run.actual_state not in (PAUSED, TERMINATED):
        return False
    return run.expect_state == RUNNING if replanned else before.stood


def _occurrences(
    before: JobRecord, run: RunSummary, now: datetime, *, replanned: bool
) -> tuple[JobRecord, tuple[Event, ...]]:
    record, error = _error(before, run, now)
    record, restart = _restart(record, run, now, replanned=replanned)
    found = (_state_change(before, run, now), restart, error)
    return record, tuple(event for event in found if event is not None)


def _event(kind: Kind, record: JobRecord, run: RunSummary, now: datetime) -> Event:
    return Event(
        id=0,
        kind=kind,
        subject=record.subject,
        detected_at=now,
        occurred_at=now,
        run=run,
        previous=known_text(record.run, run),
    )


def known_text(previous: RunSummary | None, run: RunSummary) -> RunSummary | None:
    """The earlier run summary with its error's text, where that is still the present one.

    Memory keeps no texts; an error with the same time is the same error.
    """
    if previous is None or not error_time(previous) or error_time(previous) != error_time(run):
        return previous
    return msgspec.structs.replace(previous, last_error_message=run.last_error_message)


def _state_change(before: JobRecord, run: RunSummary, now: datetime) -> Event | None:
    previous = before.run
    if previous is None or same_text(previous.actual_state, run.actual_state):
        return None
    return _event(Kind.STATE_CHANGE, before, run, now)


def _restart(
    record: JobRecord, run: RunSummary, now: datetime, *, replanned: bool
) -> tuple[JobRecord, Event | None]:
    if record.subject.job_type != STREAM:
        return record, None
    mark, how = follow(record.mark, run, replanned=replanned)
    event = _event(Kind.RESTART, record, run, now) if how else None
    if event is not None:
        event = msgspec.structs.replace(event, facts=Facts(restart=how))
    return msgspec.structs.replace(record, mark=mark), event


def _error(before: JobRecord, run: RunSummary, now: datetime) -> tuple[JobRecord, Event | None]:
    time = error_time(run)
    if time == 0 and not run.last_error_message:
        return before, None
    if time and time <= before.error_at:
        return before, None
    text = run.last_error_message or ""
    print_ = fingerprint(text)
    known = [old for old in before.fingerprints if is_same(old, print_, text)]
    repeated = bool(known) and known[-1] == before.fingerprints[-1]
    others = [old for old in before.fingerprints if old not in known]
    kept = (*others, print_)[-FINGERPRINTS_KEPT:]
    record = msgspec.structs.replace(before, error_at=max(time, before.error_at), fingerprints=kept)
    if before.run is None or (repeated and not time):
        return record, None
    occurred_at = EPOCH + timedelta(milliseconds=time) if time else now
    event = _event(Kind.NEW_ERROR, before, run, now)
    return record, msgspec.structs.replace(event, occurred_at=occurred_at, fingerprint=print_)
