"""What is found to have changed while nobody looked, told in one message: `reconciled`."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import msgspec

from watcher.core.blindness import sees_all
from watcher.core.diff import Difference
from watcher.core.draft import Draft
from watcher.core.event import Event, Facts, Kind
from watcher.core.job import CatchUp, Job, JobRecord
from watcher.core.occurring import occur
from watcher.core.run_summary import STREAM, RunSummary
from watcher.core.subject import Subject, source_subject
from watcher.core.verdict import GRAVE, Verdict, judge

ABSENCE: Final = timedelta(minutes=5)
"""A start that follows more than this without a reading is reconciled."""


def catch_up(draft: Draft, seen: Difference, job: Job) -> None:
    """Remember what a job's first good reading after a gap shows to have changed."""
    source = seen.record.subject.source or ""
    if job.in_sight or seen.previous is None or draft.source(source).catching_up is None:
        return
    kinds = {event.kind for event in seen.events}
    if Kind.RESTART in kinds:
        _note(draft, source, seen.record.subject, "restarted")
    if Kind.NEW_ERROR in kinds:
        _note(draft, source, seen.record.subject, "errors")
    # One that is only starting (stuck) is not down, and what was down before has not changed.
    if seen.verdict in GRAVE and _verdict_before(job.record, seen.previous) not in GRAVE:
        _note(draft, source, seen.record.subject, "down")


def _verdict_before(record: JobRecord, run: RunSummary) -> Verdict | None:
    job_type = record.subject.job_type or STREAM
    return judge(run.expect_state, run.actual_state, job_type, ran=record.ran, stood=record.stood)


def _note(draft: Draft, source: str, job: Subject, kind: str) -> None:
    record = draft.source(source)
    if record.catching_up is None or job.job is None:
        return
    found: tuple[str, ...] = getattr(record.catching_up, kind)
    if job.job not in found:
        caught = msgspec.structs.replace(record.catching_up, **{kind: (*found, job.job)})
        draft.put_source(msgspec.structs.replace(record, catching_up=caught))


def reconcile(draft: Draft, source: str) -> None:
    """Once every job has been seen again, tell in one message what changed while nobody looked."""
    record = draft.source(source)
    caught = record.catching_up
    if caught is None or not sees_all(draft, source):
        return
    draft.put_source(msgspec.structs.replace(record, catching_up=None))
    if caught.restarted or caught.down or caught.errors:
        occur(draft, _reconciled(draft, source, caught))


def _reconciled(draft: Draft, source: str, caught: CatchUp) -> Event:
    return draft.event(
        Kind.RECONCILED,
        source_subject(source),
        0,
        facts=Facts(
            restarted=caught.restarted,
            down=caught.down,
            errors=caught.errors,
            last_good_at=caught.since,
        ),
    )
