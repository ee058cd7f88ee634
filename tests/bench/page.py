"""The pages of 10,000 jobs: first byte, bytes over the wire, and what they cost a poll."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from statistics import median
from typing import Final, TypeVar

import anyio
from anyio.abc import Process
from anyio.streams.buffered import BufferedByteReceiveStream
from sqlalchemy import Connection

from tests.bench.disk import folder_on_disk
from tests.bench.figure import BenchError, Figure, percentile
from tests.bench.processes import ROOT, helper
from tests.bench.rules_file import ALL_RULES, write_rules
from tests.bench.steady import FAR_END, JOBS, Bench, joined
from watcher.config.load import load
from watcher.config.resolve import resolve
from watcher.core.plan import Plan
from watcher.messages.wording import Language, Wording
from watcher.services.courtesy import Courtesy
from watcher.store.access import Access
from watcher.store.open import open_reading
from watcher.telemetry.metrics import Metrics
from watcher.web.application import build_app
from watcher.web.desk import WAITS
from watcher.web.serving import serve, take_short_turns

Result = TypeVar("Result")

PATHS: Final = (
    "/",
    "/jobs",
    "/jobs?q=job_99",
    "/jobs?actual=FAILED&trouble=1",
    "/job?source=bench&type=FLINK_STREAM&name=job_7",
    "/alerts",
    "/deliveries",
    "/rules",
    "/metrics",
)
TIMES: Final = 15
PAIRS: Final = 9
LAG_FOR: Final = 6.0
LONGEST_LINE: Final = 2**20
STEP: Final = 0.002


class BenchDesk:
    """What pages ask, of a store that a bench fills."""

    def __init__(self, file: Path, reading: Access, courtesy: Courtesy) -> None:
        self._courtesy = courtesy
        self._resolved = resolve(load(file, {}))
        self._reading = reading

    @property
    def plan(self) -> Plan:
        return self._resolved.plan

    @property
    def wording(self) -> Wording:
        return Wording(Language.ENGLISH, UTC)

    def wording_of(self, channel: str) -> Wording:
        return self.wording

    @property
    def store(self) -> Path:
        return self._reading.path

    def now(self) -> datetime:
        return datetime.now(UTC)

    def read_at(self, source: str) -> datetime | None:
        return None

    def give_way(self, times: int) -> int:
        return self._courtesy.give_way(times)

    def alive(self) -> tuple[str, ...]:
        return ()

    def ready(self) -> tuple[str, ...]:
        return ()

    def redact(self, text: str) -> str:
        return text

    async def read(self, work: Callable[[Connection], Result]) -> Result:

        def in_turn(connection: Connection) -> Result:
            self.give_way(WAITS)
            return work(connection)

        return await self._reading.transact(in_turn)

    async def write(self, work: Callable[[Connection], Result]) -> Result:
        raise BenchError("nobody writes here")


class Reader:
    """A process that asks for pages."""

    def __init__(self, process: Process) -> None:
        if process.stdin is None or process.stdout is None:
            raise BenchError("a reader has no pipes")
        self._say = process.stdin
        self._hear = BufferedByteReceiveStream(process.stdout)

    async def line(self) -> str:
        return (await self._hear.receive_until(b"\n", LONGEST_LINE)).decode()

    async def ask(self, path: str, times: int = 1) -> list[tuple[int, float, float, int]]:
        await self._say.send(f"{times} {path}\n".encode())
        found = [tuple(one) for one in json.loads(await self.line())]
        if any(one[0] != HTTPStatus.OK for one in found):
            raise BenchError(f"{path} was answered with {found[0][0]}")
        return found


@asynccontextmanager
async def reader_of(url: str) -> AsyncIterator[Reader]:
    command = [sys.executable, "-m", "tests.bench.page_reader", url]
    async with await anyio.open_process(command, cwd=ROOT, stderr=None) as process:
        reader = Reader(process)
        await reader.line()
        try:
            yield reader
        finally:
            process.terminate()


@asynccontextmanager
async def pages(folder: Path, api: str) -> AsyncIterator[tuple[Bench, str]]:
    """The parts of a steady watcher, and the address of its pages."""
    file = write_rules(folder, api=api, rules=ALL_RULES, interval="5s")
    async with joined(file) as bench:
        for _ in range(3):
            await bench.poll()
        take_short_turns()
        reading = await open_reading(folder / "watcher.db")
        app = build_app(BenchDesk(file, reading, bench.courtesy), Metrics())
        async with serve(app, "127.0.0.1", 0) as (host, port):
            yield bench, f"http://{host}:{port}"
        await reading.close()


async def measure() -> list[Figure]:
    """The rows of the table."""
    with (
        folder_on_disk() as folder,
        helper(FAR_END, "simulator", f"{JOBS}", "unsigned") as (_, api),
    ):
        async with pages(folder, api) as (bench, url), reader_of(url) as reader:
            figures = [await _one(reader, path) for path in PATHS]
            figures.append(await _delays(bench, reader))
            figures.append(await _lags(bench, url))
            return figures


async def _one(reader: Reader, path: str) -> Figure:
    await reader.ask(path)
    whole_cpu, loop_cpu = time.process_time(), time.thread_time()
    found = await reader.ask(path, TIMES)
    whole_cpu, loop_cpu = time.process_time() - whole_cpu, time.thread_time() - loop_cpu
    first, whole = (median(one[place] for one in found) * 1e3 for place in (1, 2))
    size = max(one[3] for one in found)
    return Figure(
        f"page {path}",
        f"{first:.0f} ms to the first byte, {whole:.0f} ms whole, {size / 1000:.0f} kB;"
        f" CPU {whole_cpu / TIMES * 1e3:.0f} ms, of the event loop {loop_cpu / TIMES * 1e3:.1f} ms",
        f"{JOBS:,} jobs; gzip over the wire, headers included; median of {TIMES}, another process",
        goal="≤ 100 ms, ≤ 300 kB" + ("; a search ≤ 200 ms" if "?" in path else ""),
        met=first <= 100 and size <= 300_000,
    )


async def _delays(bench: Bench, reader: Reader) -> Figure:
    """How much later a poll ends when a page is asked for as it begins."""
    found: dict[str, float] = {}
    for path in PATHS:
        pairs = [await _pair(bench, reader, path, first=number % 2 == 0) for number in range(PAIRS)]
        found[path] = median(pairs) * 1e3
    worst = max(found, key=lambda path: found[path])
    return Figure(
        "a poll beside one request",
        f"{found[worst]:.0f} ms later ({worst})",
        f"a steady poll of {JOBS:,} jobs while one page is made, against one alone, {PAIRS} pairs"
        " for each page, median; "
        + ", ".join(f"{path} {delay:.0f}" for path, delay in found.items()),
        goal="≤ 20 ms",
        met=found[worst] <= 20,
    )


async def _pair(bench: Bench, reader: Reader, path: str, *, first: bool) -> float:
    took = {}
    for beside in (first, not first):
        async with anyio.create_task_group() as group:
            if beside:
                group.start_soon(reader.ask, path)
            began = time.perf_counter()
            await bench.poll()
            took[beside] = time.perf_counter() - began
    return took[True] - took[False]


async def _lags(bench: Bench, url: str) -> Figure:
    """How late the event loop comes back to who waits, with polls alone and with readers too."""
    alone = await _lag(bench, [])
    async with reader_of(url) as one, reader_of(url) as two:
        beside = await _lag(bench, [one, two])
    return Figure(
        "event loop's lag",
        f"p99 {percentile(beside, 0.99) * 1e3:.0f} ms, most {max(beside) * 1e3:.0f} ms",
        "polls one after the other while 2 readers ask for all pages without a pause,"
        f" {LAG_FOR:.0f} s; with polls alone p99 {percentile(alone, 0.99) * 1e3:.0f} ms,"
        f" most {max(alone) * 1e3:.0f} ms",
    )


async def _lag(bench: Bench, readers: list[Reader]) -> list[float]:
    late: list[float] = []

    async def look() -> None:
        while True:
            began = time.perf_counter()
            await anyio.sleep(STEP)
            late.append(time.perf_counter() - began - STEP)

    async def read(reader: Reader) -> None:
        while True:
            for path in PATHS:
                await reader.ask(path)

    async def poll() -> None:
        while True:
            await bench.poll()

    with anyio.move_on_after(LAG_FOR):
        async with anyio.create_task_group() as group:
            group.start_soon(look)
            group.start_soon(poll)
            for reader in readers:
                group.start_soon(read, reader)
    return late
