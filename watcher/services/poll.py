"""Asks one source for its jobs, again and again, and hands every reading to the keeper."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Final

import anyio
import msgspec
from anyio.abc import TaskGroup

from watcher.core.plan import SourcePlan
from watcher.core.reading import Cause, Listing, Outage, Snapshot
from watcher.core.step import Step
from watcher.ports import Request, Source
from watcher.services.edge import Edge
from watcher.services.keeper import Keeper
from watcher.services.supervise import contained

REFUSED_INTERVAL: Final = timedelta(minutes=1)
"""How often a source that refuses our credentials is polled."""


class Tally(msgspec.Struct):
    """What one poll gave, for its one line in the log."""

    jobs: int = 0
    good: int = 0
    failed: int = 0
    events: int = 0
    notifications: int = 0
    cause: str | None = None
    detail: str | None = None
    refused: bool = False
    changed: bool = False

    def add(self, reading: Snapshot | Outage | Listing, step: Step | None) -> None:
        """Count one reading and what it led to."""
        match reading:
            case Snapshot():
                self.good, self.jobs = self.good + 1, self.jobs + len(reading.runs)
            case Outage():
                self.failed += 1
                self.cause, self.detail = reading.cause, reading.detail
                self.refused = self.refused or (reading.permanent and not reading.listing)
            case Listing():
                self.good += 1
        if step is not None:
            self.changed = self.changed or bool(step.jobs or step.jobs_gone)
            self.events += len(step.events)
            self.notifications += len(step.notifications)


class Poller:
    """One source's loop.

    `round_at` is when the last poll was over, `good_at` when the last one was that had a good
    answer; both are monotonic.

    Each request of a poll has one interval of time, and so have those for jobs that discovery has
    just found; an interval that is overrun is skipped, not queued.
    """

    def __init__(
        self,
        source: Source,
        plan: SourcePlan,
        keeper: Keeper,
        edge: Edge,
        *,
        interval: timedelta,
        discover_interval: timedelta,
    ) -> None:
        self.last: Tally | None = None
        self.name = source.name
        self.interval = interval
        self.round_at = edge.clock.monotonic()
        self.good_at: float | None = None
        self._source = source
        self._plan = plan
        self._keeper = keeper
        self._edge = edge
        self._clock = edge.clock
        self._metrics = edge.metrics
        self._log = edge.log.bind(source=source.name)
        self._interval = interval
        self._discover_interval = discover_interval
        self._discovered_at: float | None = None
        self._missing_pattern_job = False
        self._prepared: dict[str, tuple[tuple[str, ...], Sequence[Request]]] = {}
        self._counted: tuple[int, int] | None = None

    async def run(self) -> None:
        """Poll for ever, at whole intervals from the start."""
        due = self._clock.monotonic()
        while True:
            tally = await self.once()
            interval = max(self._interval, REFUSED_INTERVAL) if tally.refused else self._interval
            now, step = self._clock.monotonic(), interval.total_seconds()
            due = max(due + step, now - (now - due) % step + (step if now > due + step else 0))
            await self._clock.sleep(timedelta(seconds=due - now))

    async def once(self) -> Tally:
        """One poll: every job that is known, and discovery where it is due."""
        began, tally = self._clock.monotonic(), Tally()
        with self._edge.courtesy.polling():
            await self._read_all(tally)
        self._report(tally, timedelta(seconds=self._clock.monotonic() - began))
        self.last, self.round_at = tally, self._clock.monotonic()
        if tally.good:
            self.good_at = self.round_at
        return tally

    async def _read_all(self, tally: Tally) -> None:
        async with anyio.create_task_group() as group:
            known = self._keeper.state.names
            for job_type in self._plan.job_types():
                for request in self._requests(job_type, known(self._source.name, job_type)):
                    group.start_soon(self._read, request, tally)
            if self._discovery_due():
                self._discovered_at = self._clock.monotonic()
                self._missing_pattern_job = False
                self._discover(group, tally)

    def _requests(self, job_type: str, names: tuple[str, ...]) -> Sequence[Request]:
        """The requests for these names, made once while the names stay the same."""
        prepared = self._prepared.get(job_type)
        if prepared is None or prepared[0] != names:
            prepared = (names, self._source.requests(job_type, names))
            self._prepared[job_type] = prepared
        return prepared[1]

    def _discovery_due(self) -> bool:
        """At first, once in its interval, and after a failed one, a missing job or a new state."""
        if not any(self._plan.patterns(job_type) for job_type in self._plan.job_types()):
            return False
        at, sight = self._discovered_at, self._keeper.state.sights.get(self._source.name)
        if at is None or self._missing_pattern_job or (sight is not None and sight.unlisted):
            return True
        if sight is None or not sight.listed_at.keys() >= {*self._plan.discovered_types()}:
            return self._keeper.trouble is None
        return self._clock.monotonic() - at >= self._discover_interval.total_seconds()

    def _discover(self, group: TaskGroup, tally: Tally) -> None:
        for job_type in self._plan.job_types():
            patterns = self._plan.patterns(job_type)
            if patterns:
                group.start_soon(self._discover_type, job_type, patterns, tally)

    async def _discover_type(self, job_type: str, patterns: tuple[str, ...], tally: Tally) -> None:
        """List one job type, and read at once the jobs that were not known before."""
        before = set(self._keeper.state.names(self._source.name, job_type))
        work = partial(self._list, job_type, patterns, tally)
        if not await contained("discover", work, self._edge):
            await self._take(self._broken(job_type, (), listing=True), tally)
        now = self._keeper.state.names(self._source.name, job_type)
        new = tuple(name for name in now if name not in before)
        async with anyio.create_task_group() as group:
            for request in self._source.requests(job_type, new):
                group.start_soon(self._read, request, tally)

    async def _list(self, job_type: str, patterns: tuple[str, ...], tally: Tally) -> None:
        reading = await self._source.discover(job_type, patterns, within=self._interval)
        if await self._take(reading, tally) is None:
            self._discovered_at = None

    async def _read(self, request: Request, tally: Tally) -> None:
        """One request and what it leads to; where that breaks, its jobs are not seen, and why."""
        if not await contained("read", partial(self._ask, request, tally), self._edge):
            await self._take(self._broken(request.job_type, request.names), tally)

    def _broken(self, job_type: str, names: tuple[str, ...], *, listing: bool = False) -> Outage:
        return Outage(
            source=self._source.name,
            job_type=job_type,
            asked=names,
            cause=Cause.BROKEN,
            detail="the watcher broke over an answer; the lines loop_broke of its log say where",
            listing=listing,
        )

    async def _take(self, reading: Snapshot | Outage | Listing, tally: Tally) -> Step | None:
        if isinstance(reading, Outage):
            self._metrics.missed(self._source.name, reading.cause)
        step = await self._keeper.observe(reading)
        tally.add(reading, step)
        return step

    async def _ask(self, request: Request, tally: Tally) -> None:
        began = self._clock.monotonic()
        reading = await self._source.read(request, within=self._interval)
        took = timedelta(seconds=self._clock.monotonic() - began)
        outcome = "snapshot" if isinstance(reading, Snapshot) else "outage"
        self._metrics.polled(self._source.name, outcome, took)
        step = await self._take(reading, tally)
        if step is not None and any(job.absent and not job.exact for job in step.jobs):
            self._missing_pattern_job = True

    def _report(self, tally: Tally, took: timedelta) -> None:
        log = self._log_of(tally)
        facts: dict[str, object] = {
            "jobs": tally.jobs,
            "good": tally.good,
            "failed": tally.failed,
            "events": tally.events,
            "notifications": tally.notifications,
            "ms": round(took.total_seconds() * 1000, 1),
        }
        if tally.failed:
            facts |= {"cause": tally.cause or "", "detail": tally.detail or ""}
        log("poll", **facts)
        if tally.good:
            jobs, wrong = self._count_jobs(changed=tally.changed)
            self._metrics.saw_jobs(self._source.name, jobs, wrong, self._clock.now())

    def _log_of(self, tally: Tally) -> Callable[..., object]:
        """How loudly a poll is logged: one like the one before it would only bury the others."""
        if tally.failed:
            return self._log.warning
        news = tally.events or tally.notifications or self.last is None or self.last.failed
        return self._log.info if news else self._log.debug

    def _count_jobs(self, *, changed: bool) -> tuple[int, int]:
        """How many jobs there are, and how many are not right; anew only where one changed."""
        if changed or self._counted is None:
            jobs = tuple(self._keeper.state.jobs_of(self._source.name))
            self._counted = len(jobs), sum(job.record.wrong is not None for job in jobs)
        return self._counted
