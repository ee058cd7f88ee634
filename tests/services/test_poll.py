"""The poller: its pace, what it asks for, and when it looks for jobs that it does not know."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import anyio

from tests.manual_clock import ManualClock
from tests.services.edges import Bench, answer, bench, resolved
from watcher.app.build import build_pollers
from watcher.core.reading import Cause, Listing, Outage, Snapshot
from watcher.core.run_summary import STREAM
from watcher.ports import Request
from watcher.services.poll import Poller
from watcher.simulator import Fault, FaultKind, JobChange, Simulator

SECOND = timedelta(seconds=1)
INTERVAL = 10 * SECOND
PROJECT = "test_project"


class PacedSource:
    """A source whose answers take a time on the test's clock; it notes when it was asked."""

    name = "prod"

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.takes = timedelta(0)
        self.cause: Cause | None = None
        self.breaks = False
        self.asked_at: list[float] = []

    def requests(self, job_type: str, names: Sequence[str]) -> Sequence[Request]:
        return (Request(job_type, tuple(names)),) if names else ()

    async def read(self, request: Request, *, within: timedelta) -> Snapshot | Outage:
        assert INTERVAL == within
        self.asked_at.append(self.clock.monotonic())
        await self.clock.sleep(self.takes)
        if self.breaks:
            raise RecursionError("unforeseen")
        if self.cause is not None:
            return Outage("prod", STREAM, request.names, self.cause, "said no")
        return answer(**dict.fromkeys(request.names, "RUNNING"))

    async def discover(
        self, job_type: str, patterns: Sequence[str], *, within: timedelta
    ) -> Listing | Outage:
        raise AssertionError("exact names need no listing")


def paced(here: Bench, source: PacedSource) -> Poller:
    plan = here.resolved.plan.sources["prod"]
    return Poller(
        source, plan, here.keeper, here.edge, interval=INTERVAL, discover_interval=300 * SECOND
    )


@asynccontextmanager
async def polling(here: Bench) -> AsyncIterator[PacedSource]:
    """A poller that runs over a paced source while the block does."""
    source = PacedSource(here.clock)
    poller = paced(here, source)
    async with anyio.create_task_group() as group:
        yield source_started(group, poller, source)
        group.cancel_scope.cancel()


def source_started(group: anyio.abc.TaskGroup, poller: Poller, source: PacedSource) -> PacedSource:
    group.start_soon(poller.run)
    return source


async def pass_time(here: Bench, span: timedelta) -> None:
    """Let time pass second by second, so that the real store keeps up with the loop."""
    for _ in range(round(span / SECOND)):
        await here.clock.wait_for_sleepers()
        await here.clock.advance(SECOND)


async def test_polls_begin_at_whole_intervals(tmp_path: Path) -> None:
    """An answer that takes a while does not shift the next poll."""
    async with bench(tmp_path, resolved()) as here, polling(here) as source:
        source.takes = 3 * SECOND
        await pass_time(here, 35 * SECOND)
        assert [0, 10, 20, 30] == source.asked_at


async def test_an_overrun_interval_is_skipped_not_queued(tmp_path: Path) -> None:
    """A poll of 25 s leaves out two intervals; the one after it is in time again."""
    async with bench(tmp_path, resolved()) as here, polling(here) as source:
        source.takes = 25 * SECOND
        await pass_time(here, 27 * SECOND)
        source.takes = timedelta(0)
        await pass_time(here, 25 * SECOND)
        assert [0, 30, 40, 50] == source.asked_at


async def test_a_refused_source_is_polled_once_a_minute(tmp_path: Path) -> None:
    """Until it answers again, a source that refuses our credentials is left alone."""
    async with bench(tmp_path, resolved()) as here, polling(here) as source:
        source.cause = Cause.SIGNATURE
        await pass_time(here, 65 * SECOND)
        source.cause = None
        await pass_time(here, 70 * SECOND)
        assert [0, 60, 120, 130] == source.asked_at


async def test_an_outage_that_may_pass_does_not_slow_the_polls(tmp_path: Path) -> None:
    """An unavailable API is asked again at each interval; the log's line says why it failed."""
    async with bench(tmp_path, resolved()) as here, polling(here) as source:
        source.cause = Cause.UNAVAILABLE
        await pass_time(here, 25 * SECOND)
        assert [0, 10, 20] == source.asked_at
        shown = here.edge.metrics.registry.get_sample_value
        labels = {"source": "prod", "cause": "unavailable"}
        assert 3 == shown("watcher_outages_total", labels)
        line = json.loads(here.logged("poll")[0])
        assert ("warning", 1, "unavailable", "said no") == (
            line["level"],
            line["failed"],
            line["cause"],
            line["detail"],
        )


async def test_pages_give_way_until_a_poll_is_over(tmp_path: Path) -> None:
    """While answers are awaited and judged, and not between two polls."""
    async with bench(tmp_path, resolved()) as here, polling(here) as source:
        courtesy = here.edge.courtesy
        await here.clock.wait_for_sleepers()
        assert 1 == courtesy.give_way(1)
        source.takes = 3 * SECOND
        await pass_time(here, 11 * SECOND)
        assert 0 == courtesy.give_way(1)
        await pass_time(here, 3 * SECOND)
        assert 1 == courtesy.give_way(1)


async def test_only_a_poll_with_news_is_logged_for_people(tmp_path: Path) -> None:
    """The first, one that failed and the first good one after it; the others are for debugging."""
    async with bench(tmp_path, resolved()) as here, polling(here) as source:
        await pass_time(here, 25 * SECOND)
        source.cause = Cause.UNAVAILABLE
        await pass_time(here, 10 * SECOND)
        source.cause = None
        await pass_time(here, 20 * SECOND)
        levels = [json.loads(line)["level"] for line in here.logged("poll")]
        assert ["info", "debug", "debug", "warning", "info", "debug"] == levels


async def test_what_nobody_foresaw_is_an_outage(tmp_path: Path) -> None:
    """A bug that an answer wakes blinds us for its jobs, is told as that, and stops no poll."""
    async with bench(tmp_path, resolved()) as here, polling(here) as source:
        source.breaks = True
        await pass_time(here, 15 * SECOND)
        line = json.loads(here.logged("poll")[0])
        assert (1, "broken") == (line["failed"], line["cause"])
        assert "unforeseen" in here.logged("loop_broke")[0]
        assert [0, 10] == source.asked_at
        sight = here.keeper.state.sights["prod"]
        assert Cause.BROKEN == sight.cause
        source.breaks = False
        await pass_time(here, 10 * SECOND)
        assert {} == here.keeper.state.sights["prod"].dark


async def test_a_discovery_that_breaks_is_an_outage_of_the_listing(tmp_path: Path) -> None:
    """`blind` must say that new jobs would go unnoticed, whatever the reason."""
    # The paced source cannot list, and raises.
    async with bench(tmp_path, resolved("orders_*")) as here, polling(here):
        await here.clock.wait_for_sleepers()
        assert {STREAM: Cause.BROKEN} == {
            job_type: gap.cause
            for job_type, gap in here.keeper.state.sights["prod"].unlisted.items()
        }


@asynccontextmanager
async def simulated(folder: Path, pattern: str) -> AsyncIterator[tuple[Bench, Simulator, Poller]]:
    """A real source over HTTP, on a simulated FOAS that shares the test's clock."""
    clock = ManualClock()
    simulator = Simulator(now=lambda: clock.now().timestamp())
    async with (
        simulator.serve() as api,
        bench(folder, resolved(pattern, api=api), clock) as here,
    ):
        (poller,) = build_pollers(here.resolved, here.keeper, here.edge)
        yield here, simulator, poller


def asked(simulator: Simulator) -> list[tuple[str, ...]]:
    """The names of each request so far; for ListJob its operation's name."""
    return [one.names or (one.operation,) for one in simulator.history.answers()]


async def test_a_discovered_job_is_read_at_once(tmp_path: Path) -> None:
    """The first poll lists, and reads what it found without waiting for the next."""
    async with simulated(tmp_path, "orders_*") as (_, simulator, poller):
        simulator.add_job(PROJECT, "orders_1")
        simulator.add_job(PROJECT, "payments")
        tally = await poller.once()
        assert [("ListJob",), ("orders_1",)] == asked(simulator)
        assert (1, 2, 0) == (tally.jobs, tally.good, tally.failed)


async def test_discovery_is_due_again_after_its_interval(tmp_path: Path) -> None:
    """Between two listings only run summaries are asked for; a new job is found by the second."""
    async with simulated(tmp_path, "orders_*") as (here, simulator, poller):
        simulator.add_job(PROJECT, "orders_1")
        await poller.once()
        simulator.add_job(PROJECT, "orders_2")
        await here.clock.advance(299 * SECOND)
        await poller.once()
        assert [("ListJob",), ("orders_1",), ("orders_1",)] == asked(simulator)
        await here.clock.advance(SECOND)
        await poller.once()
        assert {("ListJob",), ("orders_1",), ("orders_2",)} == set(asked(simulator)[3:])
        assert 6 == len(asked(simulator))


async def test_a_patterns_job_that_goes_missing_makes_discovery_due(tmp_path: Path) -> None:
    """The poll after the one that lacked it lists; what is gone is asked for no more."""
    async with simulated(tmp_path, "orders_*") as (here, simulator, poller):
        simulator.add_job(PROJECT, "orders_1")
        simulator.add_job(PROJECT, "orders_2")
        await poller.once()
        simulator.change_job(PROJECT, "orders_2", JobChange({"present": False}))
        await poller.once()
        await here.clock.advance(INTERVAL)
        await poller.once()
        assert ("ListJob",) in asked(simulator)[3:]
        assert ("orders_1",) == here.keeper.state.names("prod", STREAM)


async def test_a_failed_listing_keeps_the_old_names(tmp_path: Path) -> None:
    """Where ListJob fails, what is known is read on, and the tally says what failed."""
    async with simulated(tmp_path, "orders_*") as (here, simulator, poller):
        simulator.add_job(PROJECT, "orders_1")
        await poller.once()
        simulator.add_fault(Fault(FaultKind.FORBIDDEN, operation="ListJob"))
        await here.clock.advance(300 * SECOND)
        tally = await poller.once()
        assert (1, 1, 1, False) == (tally.jobs, tally.good, tally.failed, tally.refused)
        assert ("orders_1",) == here.keeper.state.names("prod", STREAM)


async def test_a_failed_listing_is_tried_again_at_the_next_poll(tmp_path: Path) -> None:
    """An API that is away while the watcher starts does not hide its jobs for five minutes."""
    async with simulated(tmp_path, "orders_*") as (here, simulator, poller):
        simulator.add_job(PROJECT, "orders_1")
        simulator.add_fault(Fault(FaultKind.FORBIDDEN, operation="ListJob", requests=1))
        assert 1 == (await poller.once()).failed
        await here.clock.advance(INTERVAL)
        assert (1, 0) == ((tally := await poller.once()).jobs, tally.failed)


async def test_a_poll_says_when_it_was_over_and_good(tmp_path: Path) -> None:
    """What the watchdog and the heartbeat go by: it comes round, and answers are good."""
    async with bench(tmp_path, resolved("payments")) as here:
        poller = paced(here, source := PacedSource(here.clock))
        outages = ((Cause.TIMEOUT, (10.0, None)), (None, (20.0, 20.0)), (Cause.DNS, (30.0, 20.0)))
        for cause, expected in outages:
            source.cause = cause
            await here.clock.advance(INTERVAL)
            await poller.once()
            assert expected == (poller.round_at, poller.good_at)


async def test_a_listing_that_was_not_saved_is_tried_again(tmp_path: Path) -> None:
    """What a full disk swallowed is found at the next poll."""
    async with simulated(tmp_path, "orders_*") as (here, simulator, poller):
        simulator.add_job(PROJECT, "orders_1")
        here.store.broken = True
        assert 0 == (await poller.once()).jobs
        assert await here.mend()
        await here.clock.advance(INTERVAL)
        assert 1 == (await poller.once()).jobs
