"""A hundred thousand deliveries that wait while their receiver is down."""

from __future__ import annotations

import time
from functools import partial

from tests.acceptance.faults.case import Case
from tests.acceptance.faults.stage import Stage, memory_of, proxied
from tests.acceptance.process import Running
from tests.acceptance.world import World, job_down
from watcher.simulator import JobChange

JOBS = 5_000
TIMES = 20
WAITING = JOBS * TIMES
MOST_MEMORY = 150 * 2**20
MOST_ON_DISK = 512 * 2**20
TAKEN_AFTER = 2_000
"""How many messages after the return prove that everything goes on."""
RETURN_WITHIN = 60.0
SLACK = 10.0
"""Seconds that a busy machine may add."""
NAMES = tuple(f"job_{number:04}" for number in range(JOBS))
PROJECT = "test_project"


async def play(stage: Stage) -> None:
    """Every job changes twenty times while the webhook is down; then the webhook is back."""
    async with stage.world(*NAMES) as here, proxied(here, "hook") as proxy:
        here.write(
            job_down("hook"),
            channels={"hook": "webhook"},
            interval="1s",
            top="storm = 0",
        )
        proxy.refuse()
        async with stage.watching(here, most_on_disk=MOST_ON_DISK) as service:
            stage.begin()
            await _fill(stage, here, service)
            stage.row.when.append(f"{WAITING:,} waiting after {stage.after():.0f} s")
            resident = memory_of(service.pid, "VmRSS")
            stage.row.told.append(f"{resident / 2**20:.0f} MiB with {WAITING:,} waiting")
            stage.expect(resident <= MOST_MEMORY, f"{resident / 2**20:.0f} MiB resident")
            await proxy.listen()
            back = time.monotonic()
            await stage.until(lambda: here.receiver.taken("hook"), "a first message")
            waited = here.receiver.taken("hook")[0].at - back
            stage.note_over("first", waited)
            stage.expect(waited <= RETURN_WITHIN + SLACK, f"first told after {waited:.1f} s")
            await stage.until(
                lambda: len(here.receiver.of("hook")) >= TAKEN_AFTER, f"{TAKEN_AFTER:,} messages"
            )


async def _fill(stage: Stage, here: World, service: Running) -> None:
    for number in range(TIMES):
        state = ("FAILED", "RUNNING")[number % 2]
        for name in NAMES:
            here.simulator.change_job(PROJECT, name, JobChange({"actual_state": state}))
        wanted = JOBS * (number + 1)
        await stage.until(partial(_has_decided, service, wanted), f"{wanted:,} notifications")


def _has_decided(service: Running, number: int) -> bool:
    return sum(int(poll["notifications"]) for poll in service.log("poll")) >= number


CASES = (
    Case(
        "backlog",
        f"down while {WAITING:,} deliveries are made",
        "webhook",
        "at most 150 MiB of memory; the first within 60 s of the return",
        play,
        share=3,
        limit=280,
    ),
)
