"""One job: how it stands, its errors, what happened to it, and what was told to whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from difflib import get_close_matches
from typing import Final

import msgspec
from sqlalchemy import Connection, func, select

from watcher.core.fingerprint import fingerprint
from watcher.core.run_summary import RunSummary
from watcher.core.subject import Subject
from watcher.messages.plain import root_line
from watcher.store import records, schema
from watcher.store.traces import JobTrace, trace_of
from watcher.store.views.jobs import Wanted, read_jobs

LAST: Final = 20
"""So many of a job's last events are shown."""
ERRORS: Final = 20
"""So many of a job's last errors are shown."""
OTHERS: Final = 5
"""So many other jobs with the same error are named; the others are counted."""
NEAR: Final = 5
COMPARED: Final = 100
"""Names that are compared with one that is not known, and characters of each."""

_error: Final = schema.errors.c
_job: Final = schema.jobs.c


class JobError(msgspec.Struct, frozen=True):
    """What is known of one error: of this job, and of all `jobs` that had it.

    `line` is what it says, where anything that is kept of the job still tells it; `others` are some
    of the other jobs.
    """

    fingerprint: str
    first_seen_at: datetime
    last_seen_at: datetime
    times: int
    times_everywhere: int
    jobs: int
    others: tuple[Subject, ...]
    line: str | None


class JobView(msgspec.Struct, frozen=True):
    """One job with all that is known of it; `errors` the latest first."""

    trace: JobTrace
    errors: tuple[JobError, ...]


def read_job(connection: Connection, subject: Subject, last: int = LAST) -> JobView | None:
    """One job with its `last` events; `None` where no such job is known."""
    row = connection.scalar(select(_job.record).where(_job.lane == subject.lane))
    if row is None:
        return None
    trace = trace_of(connection, records.decode_job(row), last)
    return JobView(trace, read_job_errors(connection, subject, dict(_lines(trace))))


def near_names(connection: Connection, subject: Subject) -> tuple[Subject, ...]:
    """Some jobs with names like one that is not known, the nearest first."""
    name = subject.job or ""
    for length in _halves(min(len(name), COMPARED)):
        rows = read_jobs(connection, Wanted(text=name[:length], size=COMPARED)).rows
        if rows:
            found = {row.job[:COMPARED]: row for row in rows}
            nearest = get_close_matches(name[:COMPARED], found, NEAR, cutoff=0.0)
            near = (found[one] for one in nearest)
            return tuple(Subject(row.source, row.job_type, row.job) for row in near)
    return ()


def read_job_errors(
    connection: Connection, subject: Subject, lines: Mapping[str, str]
) -> tuple[JobError, ...]:
    """The last errors of a job, the latest first; `lines` what is known that they say."""
    own = select(_error.fingerprint, _error.first_seen_at, _error.last_seen_at, _error.times)
    latest = own.where(_error.lane == subject.lane).order_by(_error.last_seen_at.desc())
    rows = connection.execute(latest.limit(ERRORS)).all()
    everywhere = _everywhere(connection, [row[0] for row in rows])
    return tuple(
        JobError(
            *row,
            *everywhere[row[0]],
            others=_others(connection, row[0], subject),
            line=lines.get(row[0]),
        )
        for row in rows
    )


def _everywhere(connection: Connection, prints: Sequence[str]) -> dict[str, tuple[int, int]]:
    """How often each error was seen on all jobs, and on how many."""
    counted = (
        select(_error.fingerprint, func.sum(_error.times), func.count())
        .where(_error.fingerprint.in_(prints))
        .group_by(_error.fingerprint)
    )
    return {name: (times, jobs) for name, times, jobs in connection.execute(counted)}


def _others(connection: Connection, name: str, subject: Subject) -> tuple[Subject, ...]:
    found = connection.scalars(
        select(_job.record)
        .join(schema.errors, _error.lane == _job.lane)
        .where(_error.fingerprint == name, _error.lane != subject.lane)
        .order_by(_error.last_seen_at.desc())
        .limit(OTHERS)
    )
    return tuple(records.decode_job(row).subject for row in found)


def _lines(trace: JobTrace) -> Iterator[tuple[str, str]]:
    """What each error says, the latest word last."""
    for run in (*(one.event.run for one in trace.events), trace.record.run):
        if isinstance(run, RunSummary) and run.last_error_message:
            yield fingerprint(run.last_error_message), root_line(run.last_error_message)


def _halves(length: int) -> Iterator[int]:
    while length > 0:
        yield length
        length //= 2
