"""From the start of the process to its first poll, and how long `--help` takes."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Final

import anyio
from aiohttp import web
from anyio.to_thread import run_sync

from tests.bench.disk import folder_on_disk
from tests.bench.far_end import Handle, make_simulator, serve
from tests.bench.figure import BenchError, Figure, Pair, ratio
from tests.bench.processes import (
    ROOT,
    WATCHER,
    Child,
    run_python,
    seconds_of,
    start_watcher,
)
from tests.bench.rules_file import ALL_RULES, write_rules

TIMES: Final = 7
WITHIN: Final = 20.0
IMPORTS: Final = "import aiohttp, sqlalchemy.ext.asyncio; print(flush=True)"
HEAVY: Final = ("aiohttp", "sqlalchemy")


class FirstPoll:
    """Notes when a request for run summaries comes, if one is waited for."""

    def __init__(self) -> None:
        self._event = anyio.Event()
        self._at = 0.0

    def expect(self) -> None:
        self._event = anyio.Event()

    async def came_at(self) -> float:
        """When it came (`perf_counter`)."""
        with anyio.fail_after(WITHIN):
            await self._event.wait()
        return self._at

    @web.middleware
    async def note(self, request: web.Request, handler: Handle) -> web.StreamResponse:
        if request.path.endswith("/runsummary") and not self._event.is_set():
            self._at = time.perf_counter()
            self._event.set()
        return await handler(request)


async def measure() -> list[Figure]:
    """The rows of the table."""
    first = FirstPoll()
    app = make_simulator(1).app()
    app.middlewares.append(first.note)
    with folder_on_disk() as folder:
        async with serve(app) as api:
            rules = ALL_RULES
            config = write_rules(folder, api=api, rules=rules)
            exact = config.read_text(encoding="utf-8").replace("job_*", "job_1")
            config.write_text(exact, encoding="utf-8")
            await seconds_to_first_poll(config, first)
            await run_sync(seconds_to_import)
            pairs = [
                Pair(
                    await seconds_to_first_poll(config, first),
                    await run_sync(seconds_to_import),
                )
                for _ in range(TIMES)
            ]
    return [_start(pairs), await run_sync(_help)]


async def seconds_to_first_poll(config: Path, first: FirstPoll) -> float:
    """Start `watcher run`, wait for its first poll, and stop it."""
    first.expect()
    log = config.with_suffix(".log")
    with log.open("wb") as stream:
        began = time.perf_counter()
        child = Child(start_watcher(config, stream), log)
    try:
        return await first.came_at() - began
    except TimeoutError:
        child.require_alive()
        raise
    finally:
        await run_sync(child.stop)


def seconds_to_import() -> float:
    """Start an interpreter that imports the two libraries, and wait until it has."""
    began = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-c", IMPORTS], cwd=ROOT, stdout=subprocess.PIPE
    ) as process:
        if process.stdout is None or not process.stdout.readline():
            raise BenchError("aiohttp and SQLAlchemy cannot be imported")
        return time.perf_counter() - began


def _start(pairs: list[Pair]) -> Figure:
    times = ratio(pairs)
    ours = median(pair.ours for pair in pairs)
    theirs = median(pair.theirs for pair in pairs)
    return Figure(
        "start → first poll",
        f"{times:.2f} × ({ours * 1e3:.0f} ms / {theirs * 1e3:.0f} ms)",
        f"`watcher run` with a store that is there, until its request reaches the simulator;"
        f" against a fresh interpreter that imports aiohttp and sqlalchemy.ext.asyncio;"
        f" {TIMES} in turn, median",
        goal="≤ 1.3 × importing them",
        met=times <= 1.3,
    )


def _help() -> Figure:
    took = median(seconds_of([*WATCHER, "--help"]) for _ in range(TIMES))
    heavy = imported_by_help()
    return Figure(
        "watcher --help",
        f"{took:.3f} s; imports {', '.join(heavy) or 'neither'}",
        f"the whole process, median of {TIMES}; what `-X importtime` names",
        goal="≤ 0.3 s, without aiohttp and sqlalchemy",
        met=took <= 0.3 and not heavy,
    )


def imported_by_help() -> list[str]:
    """Which of the heavy libraries `--help` imports."""
    told = run_python(["-X", "importtime", *WATCHER, "--help"]).stderr
    modules = {line.rpartition("|")[2].strip() for line in told.splitlines()}
    if "click" not in modules:
        raise BenchError("-X importtime told nothing of --help")
    return [name for name in HEAVY if name in modules]
