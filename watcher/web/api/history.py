"""What was recorded of one job: its states, its input delay by the minute, and the gaps."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Annotated, Final

import msgspec
from anyio.to_thread import run_sync
from msgspec import Meta

from watcher.core.past import Seen
from watcher.store.history import Change, Outage, Pause, Place
from watcher.store.views.past import JobPast, Point, read_past
from watcher.web.api.happened import Run, run_of
from watcher.web.api.jobs import NameOfJob, NameOfSource, NameOfType
from watcher.web.api.operation import Call, Operation

MOST_HOURS: Final = 7 * 24

Hours = Annotated[
    int, Meta(ge=1, le=MOST_HOURS, description="How many hours before `until` to give.")
]
Until = Annotated[datetime, Meta(tz=True, description="Up to this time; now by default.")]


class HistoryAsked(msgspec.Struct, frozen=True):
    """Of which job, and of when."""

    source: NameOfSource
    job_type: NameOfType
    job: NameOfJob
    hours: Hours = 24
    until: Until | None = None


class Look(msgspec.Struct, frozen=True):
    """A job as it was seen: without the text of its error; `absent_since` since when it was in no
    answer.
    """

    run: Run | None
    absent_since: datetime | None


class StateChange(msgspec.Struct, frozen=True):
    """A difference between two successive looks, but for the input delay alone.

    Without `before` the job is new to the recording, without `after` it is not watched any more.
    `error` is what an error that came with it said.
    """

    at: datetime
    before: Look | None
    after: Look | None
    error: str | None


class JobHistory(msgspec.Struct, frozen=True):
    """What was recorded of a job between `since` and `until`.

    `recorded_from` is where all recordings begin.  `outages` are those of its source, `pauses` the
    times in which nothing was recorded.  `delays` has a point for each minute with a reading;
    before `delays_from` they are not whole.
    """

    since: datetime
    until: datetime
    recorded_from: datetime | None
    changes: tuple[StateChange, ...]
    outages: tuple[Outage, ...]
    pauses: tuple[Pause, ...]
    delays: tuple[Point, ...]
    delays_from: datetime


async def show_history(call: Call, asked: HistoryAsked) -> JobHistory:
    """What was recorded of one job; nothing where nothing was."""
    until = min(asked.until or call.desk.now(), call.desk.now())
    since = until - timedelta(hours=asked.hours)
    place = Place(asked.source, asked.job_type, asked.job)
    return await run_sync(partial(_read, call, place, since, until))


def _read(call: Call, place: Place, since: datetime, until: datetime) -> JobHistory:
    past: JobPast = read_past(call.desk.store, place, since, until)
    return JobHistory(
        since=past.since,
        until=past.until,
        recorded_from=past.recorded_from,
        changes=tuple(map(_change, past.changes)),
        outages=past.outages,
        pauses=past.pauses,
        delays=past.points,
        delays_from=past.points_from,
    )


def _change(change: Change) -> StateChange:
    return StateChange(change.at, _look(change.before), _look(change.after), change.error)


def _look(seen: Seen | None) -> Look | None:
    return None if seen is None else Look(run_of(seen.run), seen.absent_since)


OPERATIONS: Final = (
    Operation(
        "GET",
        "/jobs/{source}/{job_type}/{job}/history",
        "show_job_history",
        "What was recorded of one job: its states, its input delay, and when nobody could look.",
        JobHistory,
        show_history,
        HistoryAsked,
    ),
)
