"""What 100,000 jobs take in the core's memory, measured in a process of their own.

    python -m tests.bench.memory

prints the bytes of RSS that they add.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec
from anyio.to_thread import run_sync

from tests.bench.figure import BenchError, Figure
from tests.bench.processes import run_python
from tests.bench.rules_file import ALL_RULES
from watcher.config.load import load_text
from watcher.config.resolve import resolve
from watcher.core.pipeline import observe
from watcher.core.plan import Plan
from watcher.core.reading import Listing, Snapshot
from watcher.core.run_summary import STREAM, RunSummary
from watcher.core.state import State
from watcher.core.step import Saved

JOBS: Final = 100_000
BATCH: Final = 100
MOST: Final = 1024
START: Final = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
ERROR: Final = (
    "org.apache.flink.runtime.JobException: Recovery is suppressed\n"
    + "\tat org.apache.flink.runtime.executiongraph.failover.ExecutionFailureHandler\n" * 20
    + "Caused by: java.io.IOException: cannot read partition {number}\n"
)
"""Some 1.7 kB, of which nothing but time and fingerprint shall stay."""


async def measure() -> list[Figure]:
    """The row of the table."""
    done = await run_sync(run_python, ["-m", "tests.bench.memory"])
    if done.returncode:
        raise BenchError(f"the memory process failed: {done.stderr[-300:]}")
    a_job = int(done.stdout) / JOBS
    return [
        Figure(
            "memory of a job",
            f"{a_job:.0f} bytes",
            f"{JOBS:,} jobs, each with an old error of 1.7 kB, read twice into the core's State;"
            " RSS of a fresh process, what it had before taken off",
            goal="≤ 1 KiB a job",
            met=a_job <= MOST,
        )
    ]


def fill(plan: Plan) -> State:
    """A State that has read every job twice, with a minute between."""
    state = State(Saved(store_id="bench"), plan)
    names = tuple(f"job_{number}" for number in range(JOBS))
    state.apply(observe(state, Listing("bench", STREAM, names), START))
    for round_ in range(2):
        now = START + timedelta(minutes=round_)
        for snapshot in _snapshots(round_):
            state.apply(observe(state, snapshot, now))
    return state


def _snapshots(round_: int) -> Iterator[Snapshot]:
    """The answers, decoded from JSON, so that no text is shared that would not be."""
    decode = msgspec.json.Decoder(list[RunSummary]).decode
    for first in range(0, JOBS, BATCH):
        runs = decode(msgspec.json.encode([_run(n, round_) for n in range(first, first + BATCH)]))
        yield Snapshot("bench", STREAM, [run.job_name for run in runs], runs)


def _run(number: int, round_: int) -> RunSummary:
    return RunSummary(
        job_name=f"job_{number}",
        expect_state="RUNNING",
        actual_state="RUNNING",
        instance_id=177474 + number,
        engine_job_handler=f"application_1564648959240_{number:06d}|{number:032x}",
        input_delay_ms=1000 + (number * 7 + round_ * 13) % 8000,
        last_error_message=ERROR.format(number=number),
        last_error_at=1_700_000_000_000 + number,
    )


PLAN: Final = """\
[sources.bench]
kind = "foas"
region = "cn-hangzhou"
access_key_id = "testAccessKeyId"
access_key_secret = "testAccessKeySecret"
project = "bench"
jobs = [{ type = "FLINK_STREAM", names = ["job_*"] }]
[channels.audit]
kind = "webhook"
url = "http://127.0.0.1:9/"
"""


def resident() -> int:
    """This process's RSS in bytes."""
    text = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(text.partition("VmRSS:")[2].split()[0]) * 1024


def main() -> None:
    plan = resolve(load_text(PLAN + ALL_RULES, {})).plan
    # The core makes no cycles; looking for some would take most of the time.
    gc.disable()
    before = resident()
    state = fill(plan)
    gc.collect()
    took = resident() - before
    if sum(len(jobs) for jobs in state.jobs.values()) != JOBS:
        raise BenchError("the State does not hold all jobs")
    print(took)


if __name__ == "__main__":
    main()
