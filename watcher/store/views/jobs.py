"""Jobs as a list: searched, filtered and paged in the store, those in trouble first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, func, select

from watcher.core.alert import Alert, Phase
from watcher.core.event import Kind
from watcher.core.job import JobRecord
from watcher.core.run_summary import delay_of, error_time
from watcher.messages.plain import root_line
from watcher.messages.times import epoch_time
from watcher.store import records, schema

A_PAGE: Final = 100
"""So many jobs are shown at once where nothing else is asked for."""
MOST: Final = 500
"""More than that are never given at once."""
LONGEST_TEXT: Final = 200
"""Characters of a search text that count."""
ABSENT: Final = "-"
"""Asks for the jobs of which the API gave no such state."""

_row: Final = schema.jobs.c
_alert: Final = schema.alerts.c


class Wanted(msgspec.Struct, frozen=True):
    """Which jobs are asked for; an empty field admits everything.

    `text` is a part of the name, or a glob (`*`, `?`) for the whole of it, whatever its letters'
    case.  `in_trouble`: an alert about the job is pending or fires.  `page` counts from 1.
    """

    text: str = ""
    source: str = ""
    job_type: str = ""
    expect: str = ""
    actual: str = ""
    in_trouble: bool = False
    page: int = 1
    size: int = A_PAGE


class Trouble(msgspec.Struct, frozen=True):
    """One alert that is pending or fires."""

    rule: str
    kind: Kind
    phase: Phase
    since: datetime
    verdict: str | None


class JobRow(msgspec.Struct, frozen=True):
    """One job as a list shows it.

    `delay_ms` is its input delay where it is a reading at all, `since` the beginning of its
    mismatch, `missing_since` since when it is in no answer; `error` the line of its last error that
    says most, `fingerprint` what that error is known by.
    """

    source: str
    job_type: str
    job: str
    expect_state: str | None
    actual_state: str | None
    instance_id: int | str | None
    delay_ms: int | None
    seen_at: datetime | None
    since: datetime | None
    missing_since: datetime | None
    error_at: datetime | None
    error: str | None
    fingerprint: str | None
    alerts: tuple[Trouble, ...]


class JobsPage(msgspec.Struct, frozen=True):
    """The jobs of one page, out of `total` that fit; `page` is the last one where fewer are."""

    rows: tuple[JobRow, ...]
    total: int
    page: int
    pages: int


class Choice(msgspec.Struct, frozen=True):
    """A value that a filter may ask for, and how many of all jobs have it."""

    value: str
    jobs: int


class Choices(msgspec.Struct, frozen=True):
    """What each filter may ask for."""

    sources: tuple[Choice, ...]
    job_types: tuple[Choice, ...]
    expect: tuple[Choice, ...]
    actual: tuple[Choice, ...]


def read_jobs(connection: Connection, wanted: Wanted) -> JobsPage:
    """The page that is asked for."""
    conditions = _conditions(wanted)
    total = connection.scalar(select(func.count()).select_from(schema.jobs).where(*conditions)) or 0
    size = min(max(wanted.size, 1), MOST)
    pages = max(-(-total // size), 1)
    page = min(max(wanted.page, 1), pages)
    firing = _alerts_of(Phase.FIRING)
    pending = _alerts_of(Phase.PENDING)
    rows = connection.scalars(
        select(_row.record)
        .where(*conditions)
        .order_by(
            _row.lane.not_in(firing),
            _row.lane.not_in(pending),
            _row.lane,
        )
        .limit(size)
        .offset((page - 1) * size)
    )
    return JobsPage(_rows(connection, map(records.decode_job, rows)), total, page, pages)


def read_choices(connection: Connection) -> Choices:
    """The values that jobs have, the most frequent first."""
    columns = (_row.source, _row.job_type, _row.expect_state, _row.actual_state)
    counted = connection.execute(select(*columns, func.count()).group_by(*columns)).all()
    found: list[dict[str, int]] = [{}, {}, {}, {}]
    for *values, jobs in counted:
        for place, value in zip(found, values, strict=True):
            key = ABSENT if value is None else value
            place[key] = place.get(key, 0) + jobs
    return Choices(*map(_ordered, found))


def pattern_of(text: str) -> str:
    r"""The LIKE pattern of a search text, with `\` before what stands for itself."""
    text = text[:LONGEST_TEXT]
    escaped = text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
    if "*" in text or "?" in text:
        return escaped.replace("*", "%").replace("?", "_")
    return f"%{escaped}%"


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    found = [
        *_is(_row.source, wanted.source),
        *_is(_row.job_type, wanted.job_type),
        *_is(_row.expect_state, wanted.expect),
        *_is(_row.actual_state, wanted.actual),
    ]
    if wanted.text.strip():
        found.append(_name().like(pattern_of(wanted.text.strip()), escape="\\"))
    if wanted.in_trouble:
        found.append(_row.lane.in_(select(_alert.lane)))
    return found


def _is(column: ColumnElement[Any], value: str) -> Iterable[ColumnElement[bool]]:
    if value == ABSENT:
        yield column.is_(None)
    elif value:
        yield column == value


def _name() -> ColumnElement[str]:
    """The name in a lane, which is `job:SOURCE/TYPE/NAME`."""
    start = func.length(_row.source) + func.length(_row.job_type) + len("job://") + 1
    return func.substr(_row.lane, start)


def _alerts_of(phase: Phase) -> Select[tuple[str]]:
    return select(_alert.lane).where(_alert.phase == phase.value)


def _ordered(counted: dict[str, int]) -> tuple[Choice, ...]:
    by_number = sorted(counted.items(), key=lambda one: (-one[1], one[0]))
    return tuple(Choice(value, jobs) for value, jobs in by_number)


def _rows(connection: Connection, found: Iterable[JobRecord]) -> tuple[JobRow, ...]:
    jobs = list(found)
    troubles = _troubles(connection, [job.subject.lane for job in jobs])
    return tuple(row_of(job, troubles.get(job.subject.lane, ())) for job in jobs)


def _troubles(connection: Connection, lanes: Sequence[str]) -> dict[str, tuple[Trouble, ...]]:
    found: dict[str, tuple[Trouble, ...]] = {}
    wanted = select(_alert.lane, _alert.record).where(_alert.lane.in_(lanes))
    for lane, record in connection.execute(wanted):
        trouble = trouble_of(records.decode_alert(record))
        found[lane] = (*found.get(lane, ()), trouble)
    return found


def trouble_of(alert: Alert) -> Trouble:
    """An alert as a list shows it."""
    return Trouble(alert.rule, alert.kind, alert.phase, alert.since, alert.verdict)


def row_of(job: JobRecord, alerts: tuple[Trouble, ...]) -> JobRow:
    """A job as a list shows it."""
    run, subject = job.run, job.subject
    text = run.last_error_message if run else None
    return JobRow(
        source=subject.source or "",
        job_type=subject.job_type or "",
        job=subject.job or "",
        expect_state=run.expect_state if run else None,
        actual_state=run.actual_state if run else None,
        instance_id=run.instance_id if run else None,
        delay_ms=delay_of(run) if run else None,
        seen_at=job.entered_at,
        since=job.wrong.since if job.wrong else None,
        missing_since=job.absent.since if job.absent else None,
        error_at=epoch_time(error_time(run)) if run else None,
        error=root_line(text) if text else None,
        fingerprint=job.fingerprints[-1] if job.fingerprints else None,
        alerts=alerts,
    )
