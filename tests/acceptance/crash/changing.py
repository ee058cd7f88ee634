"""Jobs that never stay as they are: failures, pauses, plans, restarts, errors, whole clusters."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

import anyio

from watcher.simulator import Fault, FaultKind, JobChange, Simulator

PROJECT = "test_project"
FAST = tuple(f"fast_{number}" for number in range(10))
SLOW = tuple(f"slow_{number}" for number in range(6))
"""Jobs of one cluster, which fail and recover together: the chat hears of them, in bundles."""
RARE = ("rare_0", "rare_1")
"""Jobs that change now and then, so that what they show lasts over many kills."""
JOBS = (*FAST, *SLOW, *RARE)

CAUSES = ("java.io.IOException: disk full", "java.sql.SQLException: Too many connections")


def _fail(chance: random.Random) -> JobChange:
    return JobChange({"actual_state": "FAILED", "last_error_message": chance.choice(CAUSES)})


def _error(chance: random.Random) -> JobChange:
    return JobChange({"last_error_message": f"{chance.choice(CAUSES)} {chance.random()}"})


def _set(restart: bool = False, **fields: Any) -> Callable[[random.Random], JobChange]:
    return lambda _: JobChange(fields, restart=restart)


CHANGES: Sequence[Callable[[random.Random], JobChange]] = (
    _fail,
    _fail,
    _error,
    _set(actual_state="PAUSED"),
    _set(actual_state="RUNNING"),
    _set(actual_state="RUNNING", restart=True),
    _set(expect_state="RUNNING", actual_state="RUNNING"),
    _set(expect_state="RUNNING", actual_state="RUNNING", restart=True),
    _set(expect_state="PAUSED", actual_state="PAUSED"),
    _set(expect_state="PAUSED"),
    lambda _: JobChange(resubmit=True),
    lambda _: JobChange(failover=True),
)


class Changing:
    """Changes the simulated jobs; `cluster_every` seconds is how often the slow ones turn."""

    def __init__(
        self, simulator: Simulator, chance: random.Random, *, cluster_every: float
    ) -> None:
        self._simulator = simulator
        self._chance = chance
        self._cluster_every = cluster_every

    async def fast(self) -> None:
        """One to three jobs some ten times a second; now and then the API fails. For ever."""
        while True:
            for name in self._chance.sample(FAST, self._chance.randint(1, 3)):
                self._change(name, self._chance.choice(CHANGES))
            if self._chance.random() < 0.02:
                self._change(self._chance.choice(RARE), self._chance.choice(CHANGES))
            if self._chance.random() < 0.02:
                self._simulator.add_fault(Fault(FaultKind.ERROR, requests=1))
            await anyio.sleep(self._chance.uniform(0.03, 0.2))

    async def slow(self) -> None:
        """Most of a cluster fails, then recovers, for ever."""
        while True:
            for change in (_fail, _set(expect_state="RUNNING", actual_state="RUNNING")):
                for name in self._chance.sample(SLOW, self._chance.randint(3, len(SLOW))):
                    self._change(name, change)
                await anyio.sleep(self._chance.uniform(0.7, 1.3) * self._cluster_every)

    def _change(self, name: str, make: Callable[[random.Random], JobChange]) -> None:
        self._simulator.change_job(PROJECT, name, make(self._chance))
