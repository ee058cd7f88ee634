"""Jobs: searched and filtered as a list, and one with all that is known of it."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Final

import msgspec
from anyio.to_thread import run_sync
from msgspec import Meta

from watcher.core.event import Event
from watcher.core.subject import job_subject
from watcher.store.traces import Decided, Trace
from watcher.store.views.job import JobError, JobView, near_names, read_job
from watcher.store.views.jobs import (
    LONGEST_TEXT,
    MOST,
    JobRow,
    Wanted,
    read_jobs,
    row_of,
    trouble_of,
)
from watcher.web.api.given import LONGEST, JobType, SourceName
from watcher.web.api.happened import Happened, Run, happened_of, run_of
from watcher.web.api.operation import Call, Operation
from watcher.web.api.problem import Refused, shown
from watcher.web.api.sending import Sending, sendings_of
from watcher.web.desk import Desk

MOST_EVENTS: Final = 200

Text = Annotated[
    str,
    Meta(
        max_length=LONGEST_TEXT,
        description="A part of the name, or with `*` and `?` a pattern for the whole of it.",
    ),
]
State = Annotated[
    str, Meta(max_length=LONGEST, description="Only in this state; `-` where there is none.")
]
Troubled = Annotated[bool, Meta(description="Only those of which an alert is pending or fires.")]
Page = Annotated[int, Meta(ge=1, le=1_000_000, description="Which page, from 1.")]
Size = Annotated[int, Meta(ge=1, le=MOST, description="How many on a page.")]
Last = Annotated[
    int, Meta(ge=1, le=MOST_EVENTS, description="How many of the last events to give.")
]
Name = Annotated[str, Meta(min_length=1, max_length=LONGEST)]
NameOfSource = Annotated[Name, Meta(description="Its source.")]
NameOfType = Annotated[Name, Meta(description="Its type: FLINK_STREAM …")]
NameOfJob = Annotated[Name, Meta(description="Its name; a `/` in it is written %2F.")]


class JobsAsked(msgspec.Struct, frozen=True):
    """Which jobs."""

    text: Text = ""
    source: SourceName | None = None
    job_type: JobType | None = None
    expect_state: State | None = None
    actual_state: State | None = None
    in_trouble: Troubled = False
    page: Page = 1
    limit: Size = 100


class Jobs(msgspec.Struct, frozen=True):
    """A page of the `total` jobs that fit, those in trouble first, then by name."""

    jobs: tuple[JobRow, ...]
    total: int
    page: int
    pages: int


class JobAsked(msgspec.Struct, frozen=True):
    """Which job."""

    source: NameOfSource
    job_type: NameOfType
    job: NameOfJob
    last: Last = 20


class Listener(msgspec.Struct, frozen=True):
    """A channel that knows of a trouble that lasts: what it was told, by which rule."""

    channel: str
    kind: str
    alert: str
    rule: str
    messages: int


class Story(msgspec.Struct, frozen=True):
    """An event, what was decided about it for each rule and channel, and the messages."""

    event: Happened
    decisions: tuple[Decided, ...]
    messages: tuple[Sending, ...]


class JobDetail(msgspec.Struct, frozen=True):
    """One job: as a list shows it (`row`), its last `run` summary, its errors (the latest first),
    the channels that know of a trouble of it, and its last `events`, oldest first.
    """

    row: JobRow
    project: str | None
    labels: dict[str, str]
    link: str | None
    run: Run | None
    told: tuple[Listener, ...]
    errors: tuple[JobError, ...]
    events: tuple[Story, ...]


async def list_jobs(call: Call, asked: JobsAsked) -> Jobs:
    """The jobs that fit."""
    wanted = Wanted(
        text=asked.text,
        source=asked.source or "",
        job_type=asked.job_type or "",
        expect=asked.expect_state or "",
        actual=asked.actual_state or "",
        in_trouble=asked.in_trouble,
        page=asked.page,
        size=asked.limit,
    )
    found = await call.desk.read(partial(read_jobs, wanted=wanted))
    return Jobs(found.rows, found.total, found.page, found.pages)


async def show_job(call: Call, asked: JobAsked) -> JobDetail:
    """One job."""
    desk, subject = call.desk, job_subject(asked.source, asked.job_type, asked.job)
    found = await desk.read(partial(read_job, subject=subject, last=asked.last))
    if found is None:
        near = await desk.read(partial(near_names, subject=subject))
        names = ", ".join(f"{one.source}/{one.job_type}/{one.job}" for one in near)
        words = f" Near: {shown(names)}." if names else ""
        raise Refused(404, f"No such job is known.{words}")
    return await run_sync(_detail, desk, found)


def _detail(desk: Desk, found: JobView) -> JobDetail:
    trace, plan = found.trace, desk.plan
    record, subject = trace.record, trace.record.subject
    return JobDetail(
        row=row_of(record, tuple(map(trouble_of, trace.alerts))),
        project=plan.project_of(subject),
        labels=plan.labels_of(subject),
        link=_link(desk, [one.event for one in trace.events]),
        run=run_of(record.run),
        told=tuple(
            Listener(one.channel, one.kind.value, one.alert, one.rule, one.number)
            for one in trace.told
        ),
        errors=found.errors,
        events=tuple(story_of(one, desk) for one in trace.events),
    )


def _link(desk: Desk, events: list[Event]) -> str | None:
    return desk.plan.link_of(events[-1]) if events else None


def story_of(trace: Trace, desk: Desk) -> Story:
    """An event with all that followed, as the API gives it."""
    return Story(happened_of(trace.event), trace.decisions, sendings_of(trace.messages, desk))


OPERATIONS: Final = (
    Operation(
        "GET", "/jobs", "list_jobs", "Jobs, searched and filtered.", Jobs, list_jobs, JobsAsked
    ),
    Operation(
        "GET",
        "/jobs/{source}/{job_type}/{job}",
        "show_job",
        "One job: how it stands, its errors, what happened and what was told.",
        JobDetail,
        show_job,
        JobAsked,
        refusals=((404, "No such job is known."),),
    ),
)
