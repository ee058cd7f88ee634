"""What the flight recorder keeps of a job and a day, and what taking it costs a steady poll."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Final

import msgspec

from tests.bench.disk import folder_on_disk
from tests.bench.figure import BenchError, Figure, Pair, ratio
from watcher.core.adoption import adopt
from watcher.core.flight import Reason
from watcher.core.pipeline import observe
from watcher.core.plan import Plan, SourcePlan, Target
from watcher.core.reading import Snapshot
from watcher.core.run_summary import FAILED, RUNNING, STREAM, RunSummary
from watcher.core.state import State
from watcher.core.step import Saved
from watcher.core.tape import Tape
from watcher.store.flight_file import files_of
from watcher.store.flight_reader import FlightReader
from watcher.store.flight_writer import FlightWriter

JOBS: Final = 1_000
BATCH_OF_NAMES: Final = 100
INTERVAL: Final = timedelta(seconds=10)
LASTS: Final = timedelta(hours=6)
FAILURES_AN_HOUR: Final = 0.01
"""The share of jobs that fail in an hour, each with a stack trace of its own."""

NOON: Final = datetime(2026, 11, 22, 12, tzinfo=UTC)
STEPS: Final = 500
"""Input delays go up or down by at most so many ms from one poll to the next."""


class Fleet:
    """Jobs as an API would show them, a little different at each poll."""

    def __init__(self) -> None:
        self._chance = Random(1)
        self.runs = [self._run(number) for number in range(JOBS)]

    def _run(self, number: int) -> RunSummary:
        handler = f"application_1700000000_{number:05}|{self._chance.getrandbits(128):032x}"
        delay = self._chance.randrange(60_000)
        return RunSummary(f"job_{number:05}", RUNNING, RUNNING, 177_000 + number, handler, delay)

    def poll(self, now: datetime) -> Iterator[Snapshot]:
        """The answers of one poll."""
        self.runs = [self._later(run, now) for run in self.runs]
        for start in range(0, JOBS, BATCH_OF_NAMES):
            runs = self.runs[start : start + BATCH_OF_NAMES]
            yield Snapshot("bench", STREAM, [run.job_name for run in runs], runs)

    def _later(self, run: RunSummary, now: datetime) -> RunSummary:
        if run.actual_state == FAILED:
            return msgspec.structs.replace(
                run, actual_state=RUNNING, instance_id=int(run.instance_id or 0) + JOBS
            )
        if self._chance.random() < FAILURES_AN_HOUR * (INTERVAL / timedelta(hours=1)):
            return msgspec.structs.replace(
                run,
                actual_state=FAILED,
                last_error_at=int(now.timestamp() * 1000),
                last_error_message=self._trace(),
            )
        step = self._chance.randint(-STEPS, STEPS)
        return msgspec.structs.replace(run, input_delay_ms=max((run.input_delay_ms or 0) + step, 0))

    def _trace(self) -> str:
        frames = "".join(
            f"\n\tat com.example.orders.Step{self._chance.randrange(900)}.apply(Step.java:{line})"
            for line in self._chance.sample(range(1000), 40)
        )
        return f"java.lang.RuntimeException: row {self._chance.getrandbits(60)} is bad{frames}"


async def measure() -> list[Figure]:
    """The rows of the table."""
    with folder_on_disk() as folder:
        return await _measure(folder / "watcher.db")


async def _measure(store: Path) -> list[Figure]:
    writer, pairs = FlightWriter(store, lambda text: text), list[Pair]()
    fleet, state, tape = Fleet(), State(Saved("bench"), _plan()), Tape()
    state.apply(adopt(state, NOON, starting=True))
    tape.begin(state, NOON, Reason.START)
    now, wrote_at, entries = NOON, NOON, 0
    while now < NOON + LASTS:
        now += INTERVAL
        pairs.append(_poll(fleet, state, tape, now))
        entries += tape.size
        if now - wrote_at >= timedelta(minutes=1):
            wrote_at = now
            await writer.write(tape.drain(), now)
    await writer.close()
    size = next(files_of(store)).stat().st_size
    _check(store, now)
    return _figures(size, pairs)


def _poll(fleet: Fleet, state: State, tape: Tape, now: datetime) -> Pair:
    """One poll with the recorder: what all of it takes, and what the rest alone takes."""
    core = recorder = 0.0
    for snapshot in fleet.poll(now):
        began = time.perf_counter()
        step = observe(state, snapshot, now)
        decided = time.perf_counter()
        tape.take(state, step)
        taken = time.perf_counter()
        state.apply(step)
        core += time.perf_counter() - taken + decided - began
        recorder += taken - decided
    return Pair(core + recorder, core)


def _check(store: Path, now: datetime) -> None:
    reader = FlightReader(store)
    (stretch,) = reader.stretches()
    reader.close()
    if stretch.until != now:
        raise BenchError(f"the recording ends at {stretch.until}")


def _plan() -> Plan:
    target = Target(STREAM, tuple(f"job_{number:05}" for number in range(JOBS)))
    return Plan((), {}, {"bench": SourcePlan("bench", "bench", (target,))})


def _figures(size: int, pairs: list[Pair]) -> list[Figure]:
    days = LASTS / timedelta(days=1)
    return [
        Figure(
            "history: bytes for one job and day",
            f"{size / JOBS / days:,.0f} B ({size / days / 2**20:.1f} MiB a day in all)",
            f"{JOBS:,} jobs polled every {INTERVAL.seconds} s for {LASTS} of virtual time, every"
            f" delay changes at every poll, {FAILURES_AN_HOUR:.0%} of the jobs fail in an hour"
            " with a trace of 2 kB; size of the file",
        ),
        Figure(
            "history: core's CPU for one poll with the recorder",
            f"{ratio(pairs):.3f} × without it",
            "the same run, perf_counter round `take` and round what the core does anyway, median"
            f" of {len(pairs)}; a minute's first polls:"
            f" {ratio(sorted(pairs, key=lambda p: p.ours)[-len(pairs) // 6 :]):.3f} ×",
        ),
    ]
