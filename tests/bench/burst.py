"""5,000 jobs fail between two polls: until each has its webhook message, received and settled."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import aiohttp
import anyio
import msgspec
from anyio.to_thread import run_sync

from tests.bench.disk import folder_on_disk
from tests.bench.figure import BenchError, Figure, mib
from tests.bench.processes import Child, helper, polls_logged, run_watcher, watcher_run
from tests.bench.profile import top_functions
from tests.bench.rules_file import JOB_DOWN, PROJECT, write_rules
from watcher.store.open import open_reader
from watcher.store.queries import Reader

JOBS: Final = 5_000
IN_FLIGHT: Final = 32
INTERVAL: Final = 5.0
START_WITHIN: Final = 20.0
WITHIN: Final = 40.0
"""Seconds for the burst itself, and as many for what is left to settle after it."""

BODY: Final = 700
"""Bytes of what a bare client posts: about what a webhook message has."""

FAR_END: Final = "tests.bench.far_end"


class Told(msgspec.Struct):
    """What the receiver says that it got."""

    received: int
    unique: int
    first_at: float
    last_at: float


class Result(msgspec.Struct, frozen=True):
    """One burst; times are seconds since 1970, `cpu` is the watcher's for the whole burst."""

    polled_at: float
    received_at: float
    settled_at: float
    cpu: float
    peak: int
    before: int


async def measure(*, profile: bool = False) -> list[Figure]:
    """The rows of the table; `profile` slows it down and prints where the CPU goes."""
    with (
        folder_on_disk() as folder,
        helper(FAR_END, "simulator", f"{JOBS}") as (_, api),
        helper(FAR_END, "receiver") as (_, sink),
    ):
        config = write_rules(
            folder, api=api, sink=f"{sink}/", rules=JOB_DOWN, interval=f"{INTERVAL:.0f}s"
        )
        async with aiohttp.ClientSession() as session:
            stats = folder / "stats" if profile else None
            with watcher_run(config, stats) as child:
                result = await _burst(session, api, sink, folder / "watcher.db", child)
                await run_sync(_require_balance, config)
            if stats is not None:
                print(top_functions(str(stats)))
            bare = await _post_bare(session, f"{sink}/bare")
    return _figures(result, bare)


async def _burst(
    session: aiohttp.ClientSession, api: str, sink: str, store: Path, child: Child
) -> Result:
    await polls_logged(child, 1, within=START_WITHIN)
    if await _jobs_saved(store) != JOBS:
        raise BenchError("the first poll did not save every job as RUNNING")
    before, cpu = child.resident(), child.cpu_seconds()
    answered = await _fail_all(session, api)
    polled_at = await _changed_poll(session, api, child, answered)
    told = await _all_received(session, sink, child)
    settled_at = await _all_settled(store, child)
    if told.unique < JOBS or told.received != told.unique:
        raise BenchError(f"{told.received} messages with {told.unique} ids came for {JOBS} jobs")
    return Result(
        polled_at,
        told.last_at,
        settled_at,
        child.cpu_seconds() - cpu,
        child.resident("VmHWM"),
        before,
    )


async def _jobs_saved(store: Path) -> int:
    reader = await open_reader(store)
    try:
        standing = await reader.status()
    finally:
        await reader.close()
    return sum(count.jobs for count in standing.jobs if count.actual_state == "RUNNING")


async def _fail_all(session: aiohttp.ClientSession, api: str) -> int:
    """Between two polls, in parts that the simulator accepts; how many answers it gave before."""
    async with session.get(f"{api}/_simulator/history?after_answer=1000000") as response:
        answered = int((await response.json())["answered"])
    rows = [
        {"project": PROJECT, "job": f"job_{number + 1}", "actual_state": "FAILED"}
        for number in range(JOBS)
    ]
    for part in _parts(rows):
        async with session.post(f"{api}/_simulator/jobs", json=part) as response:
            if response.status != 200:
                raise BenchError(f"the simulator refused the change: {await response.text()}")
    return answered


def _parts(rows: list[dict[str, str]]) -> Iterator[list[dict[str, str]]]:
    for first in range(0, len(rows), 1_000):
        yield rows[first : first + 1_000]


async def _changed_poll(
    session: aiohttp.ClientSession, api: str, child: Child, answered: int
) -> float:
    """When the first answer was made that tells of the change."""
    url = f"{api}/_simulator/history?after_revision={JOBS}&after_answer={answered}"
    with anyio.fail_after(START_WITHIN):
        while True:
            child.require_alive()
            async with session.get(url) as response:
                answers = (await response.json())["answers"]
            if answers:
                break
            await anyio.sleep(0.2)
    if answers[0]["revision"] != JOBS:
        raise BenchError("a poll came while the jobs were being changed; run it again")
    return float(answers[0]["at"])


async def _all_received(session: aiohttp.ClientSession, sink: str, child: Child) -> Told:
    until = time.monotonic() + WITHIN
    while True:
        child.require_alive()
        async with session.get(sink) as response:
            told = msgspec.json.decode(await response.read(), type=Told)
        if told.unique >= JOBS:
            return told
        if time.monotonic() > until:
            raise BenchError(f"only {told.unique} of {JOBS} messages came in {WITHIN:.0f} s")
        await anyio.sleep(0.1)


async def _all_settled(store: Path, child: Child) -> float:
    reader = await open_reader(store)
    try:
        with anyio.fail_after(WITHIN):
            while await _waiting(reader):
                child.require_alive()
                await anyio.sleep(0.01)
        return time.time()
    finally:
        await reader.close()


async def _waiting(reader: Reader) -> int:
    return sum(backlog.waiting for backlog in (await reader.status()).backlogs)


def _require_balance(config: Path) -> None:
    """The real command accounts for every notification and event."""
    done = run_watcher("ledger", "--json", "--config", str(config))
    if done.returncode:
        raise BenchError(f"watcher ledger: {done.stderr[-300:] or done.stdout[-300:]}")
    accounts = json.loads(done.stdout)["ledger"]["accounts"]
    # Beside those of the jobs there are a few of the incident that they are.
    if sum(account["delivered"] for account in accounts) < JOBS:
        raise BenchError(f"the ledger does not show {JOBS} delivered messages: {accounts}")


async def _post_bare(session: aiohttp.ClientSession, url: str) -> float:
    """Seconds in which a client that saves nothing posts as many messages to the same receiver."""
    body, numbers = b"x" * BODY, iter(range(JOBS))

    async def post() -> None:
        for _ in numbers:
            async with session.post(url, data=body) as response:
                await response.read()

    began = time.perf_counter()
    async with anyio.create_task_group() as group:
        for _ in range(IN_FLIGHT):
            group.start_soon(post)
    return time.perf_counter() - began


def _figures(result: Result, bare: float) -> list[Figure]:
    received = result.received_at - result.polled_at
    settled = result.settled_at - result.polled_at
    return [
        Figure(
            "burst: 5,000 messages",
            f"received in {received:.2f} s, settled in {settled:.2f} s,"
            f" {JOBS / settled:,.0f} a second",
            "`watcher run`, store on disk with full fsync, receiver and simulator in other"
            " processes; from the first answer that shows the change to the last message received,"
            " and to no delivery open in the store; ledger checked",
            goal="as fast as Alertmanager (0.9 s where it was measured)",
            met=settled <= 0.9,
        ),
        Figure(
            "… against posting alone",
            f"{settled / bare:.1f} × ({bare:.2f} s)",
            f"a bare aiohttp client posts {JOBS:,} bodies of {BODY} bytes to the same receiver,"
            f" {IN_FLIGHT} at a time, and saves nothing",
        ),
        Figure(
            "… memory and CPU",
            f"{mib(result.peak)} RSS at most ({mib(result.before)} before), {result.cpu:.2f} s CPU",
            "VmHWM and CPU time of the watcher's process, all threads",
            goal="less than Alertmanager's 185 MiB",
            met=result.peak < 185 * 2**20,
        ),
    ]
