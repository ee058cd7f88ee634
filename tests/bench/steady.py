"""10,000 jobs whose InputDelay changes at every poll: CPU for one job, share of a core, memory."""

from __future__ import annotations

import cProfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Final

import aiohttp

from tests.bench.bare_loop import BareLoop
from tests.bench.disk import folder_on_disk
from tests.bench.figure import BenchError, Figure, Pair, mib, ratio
from tests.bench.processes import helper, polls_logged, watcher_run
from tests.bench.profile import top_functions
from tests.bench.rules_file import ALL_RULES, write_rules
from watcher.app.build import build_pollers, build_source
from watcher.clock import SystemClock
from watcher.config.load import load
from watcher.config.resolve import resolve
from watcher.core.run_summary import STREAM
from watcher.core.state import State
from watcher.services.bell import Bell
from watcher.services.courtesy import Courtesy
from watcher.services.edge import Edge
from watcher.services.flight import Flight
from watcher.services.guard import Guard
from watcher.services.keeper import Keeper
from watcher.services.poll import Poller
from watcher.sources.foas.request import FoasRequest
from watcher.store.flight_writer import FlightWriter
from watcher.store.open import open_store
from watcher.telemetry.logs import make_logger
from watcher.telemetry.metrics import Metrics
from watcher.telemetry.redaction import Redactor
from watcher.transport import Http

JOBS: Final = 10_000
CONCURRENCY: Final = 8
"""The source's default, and the bare loop's."""

WARM_UP: Final = 5
ROUNDS: Final = 40
MINUTES: Final = 7
RECORDED: Final = 20
KEPT: Final = timedelta(days=30)
PROFILED: Final = 15
POLLS_A_MINUTE: Final = 12
WATCHED_POLLS: Final = 3
INTERVAL: Final = 5.0
START_WITHIN: Final = 30.0
FAR_END: Final = "tests.bench.far_end"


class TurnedClock(SystemClock):
    """The system's clock, which can be turned ahead so that a new minute begins."""

    def __init__(self) -> None:
        self._ahead = timedelta(0)

    def now(self) -> datetime:
        return super().now() + self._ahead

    def next_minute(self) -> None:
        self._ahead += timedelta(minutes=1)


@dataclass(slots=True)
class Bench:
    """The parts as the service joins them, and the bare loop over the same addresses."""

    poller: Poller
    bare: BareLoop
    clock: TurnedClock
    flight: Flight
    courtesy: Courtesy
    pairs: list[Pair] = field(default_factory=list)
    recorded: list[Pair] = field(default_factory=list)
    recorded_minutes: list[Pair] = field(default_factory=list)
    minutes: list[float] = field(default_factory=list)

    async def poll(self) -> None:
        tally = await self.poller.once()
        await self.flight.once()
        if tally.jobs != JOBS or tally.failed or tally.events:
            raise BenchError(f"a steady poll gave {tally}")

    async def fetch(self) -> None:
        jobs = await self.bare.once()
        if jobs != JOBS:
            raise BenchError(f"the bare loop saw {jobs} jobs")

    async def measure(self) -> None:
        for _ in range(WARM_UP):
            await self.poll()
            await self.fetch()
        for number in range(ROUNDS):
            self.pairs.append(await self._pair(ours_first=number % 2 == 0))
        for _ in range(MINUTES):
            self.clock.next_minute()
            self.minutes.append(await cpu_of(self.poll))
        for number in range(RECORDED):
            self.recorded.append(await self._with_and_without(first=number % 2 == 0))
        for number in range(MINUTES):
            pair = await self._with_and_without(first=number % 2 == 0, minute=True)
            self.recorded_minutes.append(pair)

    async def _with_and_without(self, *, first: bool, minute: bool = False) -> Pair:
        """A poll with the flight recorder, and one without it."""
        took = {}
        for recorded in (first, not first):
            self.flight.keep_for(KEPT if recorded else timedelta(0))
            # What a new beginning costs is not a steady poll's.
            await self.poll()
            if minute:
                self.clock.next_minute()
            took[recorded] = await cpu_of(self.poll)
        return Pair(took[True], took[False])

    async def _pair(self, *, ours_first: bool) -> Pair:
        if ours_first:
            ours = await cpu_of(self.poll)
            return Pair(ours, await cpu_of(self.fetch))
        theirs = await cpu_of(self.fetch)
        return Pair(await cpu_of(self.poll), theirs)


async def cpu_of(work: Callable[[], Awaitable[None]]) -> float:
    """CPU seconds of this process, all threads, for one piece of work."""
    began = time.process_time()
    await work()
    return time.process_time() - began


async def measure(*, profile: bool) -> list[Figure]:
    """The rows of the table."""
    with (
        folder_on_disk() as folder,
        helper(FAR_END, "simulator", f"{JOBS}", "unsigned") as (_, api),
    ):
        file = write_rules(folder, api=api, rules=ALL_RULES, interval=f"{INTERVAL:.0f}s")
        async with joined(file) as bench:
            await bench.measure()
            if profile:
                print(await profiled(bench.poll))
        return [*_cpu_figures(bench), *await _share_of_a_core(folder, api)]


@asynccontextmanager
async def joined(file: Path) -> AsyncIterator[Bench]:
    """The service's parts, as `watcher.app` builds them, without its other loops."""
    resolved, clock = resolve(load(file, {})), TurnedClock()
    async with AsyncExitStack() as stack:
        wire = await stack.enter_async_context(Http())
        session = await stack.enter_async_context(aiohttp.ClientSession())
        store = await open_store(resolved.store, clock.now())
        stack.push_async_callback(store.close)
        stream = stack.enter_context(file.with_suffix(".log").open("w", encoding="utf-8"))
        log = make_logger(stream, Redactor(resolved.secrets), environ={})
        metrics = Metrics()
        writer = FlightWriter(resolved.store, Redactor(resolved.secrets).redact)
        flight = Flight(writer, clock, log, metrics, KEPT)
        stack.push_async_callback(flight.finish)
        guard = Guard(store, clock, log)
        courtesy = Courtesy()
        edge = Edge(guard, wire, clock, Bell(), metrics, log, courtesy, flight=flight)
        saved = await store.load()
        keeper = Keeper(State(saved, resolved.plan), edge)
        flight.begin(keeper.state, saved)
        await keeper.adopt(resolved.plan, starting=True)
        (poller,) = build_pollers(resolved, keeper, edge)
        await poller.once()
        names = keeper.state.names("bench", STREAM)
        addresses = _addresses(build_source("bench", resolved, wire, clock).requests(STREAM, names))
        bare = BareLoop(session, addresses, CONCURRENCY)
        yield Bench(poller, bare, clock, flight, courtesy)


def _addresses(requests: Sequence[object]) -> list[str]:
    """The addresses that the source asks, one for each batch of names."""
    return [request.call.url for request in requests if isinstance(request, FoasRequest)]


async def profiled(work: Callable[[], Awaitable[None]]) -> str:
    """Where the event loop's CPU goes in some repetitions."""
    profiler = cProfile.Profile(time.thread_time)
    profiler.enable()
    for _ in range(PROFILED):
        await work()
    profiler.disable()
    return top_functions(profiler)


def _cpu_figures(bench: Bench) -> list[Figure]:
    ours = median(pair.ours for pair in bench.pairs) / JOBS * 1e6
    theirs = median(pair.theirs for pair in bench.pairs) / JOBS * 1e6
    first = median(bench.minutes) / JOBS * 1e6
    mean = ((POLLS_A_MINUTE - 1) * ours + first) / POLLS_A_MINUTE
    times = ratio(bench.pairs)
    return [
        Figure(
            "steady poll: CPU for one job",
            f"{times:.2f} × ({ours:.2f} µs / {theirs:.2f} µs)",
            f"{JOBS:,} jobs, 100 names a request, real Poller, Keeper, FoasSource, Http, SqlStore;"
            f" process_time against a loop that only fetches and decodes, same process,"
            f" {ROUNDS} pairs in turn, median",
            goal="≤ 1.5 × the bare loop",
            met=times <= 1.5,
        ),
        Figure(
            "… first poll of each minute",
            f"{first:.2f} µs ({first / theirs:.2f} ×)",
            f"its delays are saved, {JOBS // 100} transactions with fsync; median of {MINUTES};"
            f" at a poll every 5 s a job's mean is {mean:.2f} µs ({mean / theirs:.2f} ×)",
        ),
        Figure(
            "… with the flight recorder",
            f"{ratio(bench.recorded):.3f} × without it; each minute's first"
            f" {ratio(bench.recorded_minutes):.3f} ×",
            f"the same polls with `history` on and off in turn, its writing included,"
            f" {RECORDED} and {MINUTES} pairs, median",
        ),
    ]


async def _share_of_a_core(folder: Path, api: str) -> list[Figure]:
    """The real process for a few polls, its other loops included."""
    place = folder / "process"
    place.mkdir()
    config = write_rules(place, api=api, rules=ALL_RULES, interval=f"{INTERVAL:.0f}s")
    with watcher_run(config) as child:
        # The first poll, with the discovery, takes long, and the second ends on time.
        await polls_logged(child, 2, within=START_WITHIN)
        began_at, before = time.monotonic(), child.cpu_seconds()
        await polls_logged(child, 2 + WATCHED_POLLS, within=START_WITHIN)
        took, cpu = time.monotonic() - began_at, child.cpu_seconds() - before
        peak, now = child.resident("VmHWM"), child.resident()
    share = cpu / took
    return [
        Figure(
            "steady: share of one core",
            f"{share:.1%}",
            f"`watcher run`, {JOBS:,} jobs every 5 s, /proc CPU over {WATCHED_POLLS} polls in"
            f" {took:.0f} s",
            goal="≤ 10 % of one core",
            met=share <= 0.10,
        ),
        Figure(
            "steady: memory",
            f"{mib(now)} RSS, peak {mib(peak)}",
            "the same process, VmRSS and VmHWM at the end",
            goal="≤ 120 MiB RSS",
            met=peak <= 120 * 2**20,
        ),
    ]
