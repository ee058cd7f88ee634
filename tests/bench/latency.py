"""From an answer with something new in it to the webhook request that tells of it.

One process holds the simulator and the receiver, so that one clock gives both times.
"""

from __future__ import annotations

import json
import time
from itertools import pairwise
from typing import Final

import anyio
from aiohttp import web

from tests.bench.disk import folder_on_disk, seconds_of_fsync
from tests.bench.far_end import Handle, make_simulator, serve
from tests.bench.figure import BenchError, Figure, percentile
from tests.bench.processes import Child, watcher_run
from tests.bench.rules_file import NEW_ERROR, PROJECT, write_rules
from watcher.simulator import JobChange, Simulator

JOBS: Final = 100
EVENTS: Final = 200
WARM_UP: Final = 20
FIRST_ANSWERS: Final = 5
"""Answers without an event, from which the watcher learns how the jobs stand."""

INTERVAL: Final = "50ms"
WITHIN: Final = 40.0
APART: Final = 0.02


class Stopwatch:
    """Gives every answer one new error, and notes when it was written and when it was told."""

    def __init__(self, simulator: Simulator) -> None:
        self.answered_at: dict[int, float] = {}
        self.told_at: dict[int, float] = {}
        self.all_told = anyio.Event()
        self._simulator = simulator
        self._answers = 0

    @web.middleware
    async def answer(self, request: web.Request, handler: Handle) -> web.StreamResponse:
        if not request.path.endswith("/runsummary"):
            return await handler(request)
        self._answers += 1
        number = self._next_event()
        response = await handler(request)
        # Written here, so that the time is that of the last byte; aiohttp does not write twice.
        await response.prepare(request)
        await response.write_eof()
        if number is not None:
            self.answered_at[number] = time.perf_counter()
        return response

    async def receive(self, request: web.Request) -> web.StreamResponse:
        came_at = time.perf_counter()
        data = json.loads(await request.read())["data"]
        number = int(data["run"]["last_error_message"].rpartition(" ")[2])
        self.told_at.setdefault(number, came_at)
        if len(self.told_at) == WARM_UP + EVENTS:
            self.all_told.set()
        return web.Response(status=204)

    def milliseconds(self) -> list[float]:
        """What each event took, but for those that warmed everything up."""
        return [
            (self.told_at[number] - self.answered_at[number]) * 1e3
            for number in range(WARM_UP, WARM_UP + EVENTS)
        ]

    def apart(self) -> float:
        """Seconds between the two answers that came closest to each other."""
        times = [self.answered_at[number] for number in sorted(self.answered_at)]
        return min(after - before for before, after in pairwise(times))

    def _next_event(self) -> int | None:
        number = self._answers - FIRST_ANSWERS - 1
        if not 0 <= number < WARM_UP + EVENTS:
            return None
        error = JobChange({"last_error_message": f"java.io.IOException: event {number}"})
        self._simulator.change_job(PROJECT, f"job_{number % JOBS + 1}", error)
        return number


async def measure() -> list[Figure]:
    """The rows of the table."""
    simulator = make_simulator(JOBS)
    watch = Stopwatch(simulator)
    app, receiver = simulator.app(), web.Application()
    app.middlewares.append(watch.answer)
    receiver.router.add_post("/", watch.receive)
    with folder_on_disk() as folder:
        fsync = seconds_of_fsync(folder) * 1e3
        async with serve(app) as api, serve(receiver) as sink:
            config = write_rules(
                folder, api=api, sink=f"{sink}/", rules=NEW_ERROR, interval=INTERVAL
            )
            with watcher_run(config) as child:
                await _wait(watch, child)
    return _figures(watch, fsync)


async def _wait(watch: Stopwatch, child: Child) -> None:
    try:
        with anyio.fail_after(WITHIN):
            await watch.all_told.wait()
    except TimeoutError:
        child.require_alive()
        told, made = len(watch.told_at), len(watch.answered_at)
        raise BenchError(f"only {told} of {made} events were told in {WITHIN:.0f} s") from None


def _figures(watch: Stopwatch, fsync: float) -> list[Figure]:
    if watch.apart() < APART:
        raise BenchError(f"two events came {watch.apart() * 1e3:.1f} ms apart, less than 20 ms")
    took = watch.milliseconds()
    p50, p99 = percentile(took, 0.5), percentile(took, 0.99)
    how = (
        f"{EVENTS} new errors, one an answer, {INTERVAL} apart; from the answer's last byte written"
        " to the webhook's request read, by one clock; saved and leased on disk in between"
    )
    return [
        Figure(
            "latency p50",
            f"{p50:.1f} ms ({p50 / fsync:.1f} × one durable write of {fsync:.2f} ms)",
            how,
            goal="≤ 5 ms",
            met=p50 <= 5,
        ),
        Figure(
            "latency p99",
            f"{p99:.1f} ms (max {max(took):.1f} ms)",
            "the same events",
            goal="≤ 20 ms",
            met=p99 <= 20,
        ),
    ]
