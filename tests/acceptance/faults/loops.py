"""The event loop blocked, the whole process stopped: what the watchdog sees, nothing lost."""

from __future__ import annotations

import signal
import sys
import time
from functools import partial

import anyio

from tests.acceptance.faults.case import Case
from tests.acceptance.faults.manager import PING_EVERY, Manager, managing
from tests.acceptance.faults.stage import Stage
from tests.acceptance.process import Running
from tests.acceptance.world import World, job_down

SECONDS = 8.0
COMMAND = (sys.executable, "-m", "tests.acceptance.faults.blocked")
BEFORE = ("FAILED", "RUNNING")
AFTER = ("RUNNING", "FAILED")
"""How the job is changed around the block; inside it, it fails."""


async def play(stage: Stage, *, stopped: bool) -> None:
    """A job changes before, while and after the loop is blocked; each is told once, in order."""
    channels = {"audit": "webhook", "other": "webhook"}
    async with stage.world("payments") as here, managing(here.folder) as manager:
        here.write(job_down(*channels), channels=channels)
        env = {**manager.env, "BLOCK_SECONDS": f"{SECONDS:g}"}
        async with stage.watching(here, env=env, command=COMMAND) as service:
            await stage.until(lambda: len(manager.pings) >= 2, "pings before the block")
            await _change(here, BEFORE)
            await _block(stage, here, service, manager, stopped=stopped)
            await _change(here, AFTER)
            back = time.monotonic()
            await stage.until(lambda: len(manager.since(back)) >= 2, "pings after the block")
            for channel in channels:
                said = [one.data["sequence"] for one in here.receiver.taken(channel)]
                stage.expect(said == list(range(1, len(said) + 1)), f"{channel} heard {said}")
                stage.expect(
                    len({one.id for one in here.receiver.of(channel)}) == len(said),
                    f"{channel} got something twice",
                )


async def _change(here: World, states: tuple[str, ...]) -> None:
    for number, state in enumerate(states, start=len(here.receiver.taken("audit")) + 1):
        here.change("payments", actual_state=state)
        await here.told("audit", number)


async def _block(
    stage: Stage, here: World, service: Running, manager: Manager, *, stopped: bool
) -> None:
    """Block it while the job fails and stays so: the failure is told once it goes on."""
    before = len(here.receiver.taken("audit"))
    stage.begin()
    began = time.monotonic()
    await service.send(signal.SIGSTOP if stopped else signal.SIGUSR1)
    with anyio.move_on_after(SECONDS):
        await anyio.sleep(0.3)
        here.change("payments", actual_state="FAILED")
        await anyio.sleep_forever()
    if stopped:
        await service.send(signal.SIGCONT)
    silence = manager.longest_silence(began, time.monotonic())
    stage.expect(silence >= SECONDS - 2 * PING_EVERY, f"it pinged after {silence:.1f} s")
    stage.row.told.append(f"watchdog: silent for {silence:.1f} s")
    told = await stage.until(
        lambda: taken if len(taken := here.receiver.taken("audit")) > before else None,
        "the failure inside the block",
    )
    stage.note_when("what happened inside it", (told or [])[-1].at)
    stage.note_over("told", time.monotonic() - began - SECONDS)


_EXPECTED = "no ping of the watchdog meanwhile; afterwards all goes on, nothing lost, none twice"
CASES = (
    Case(
        "loop-blocked",
        f"the event loop blocked for {SECONDS:g} s",
        "watcher",
        _EXPECTED,
        partial(play, stopped=False),
    ),
    Case(
        "process-stopped",
        f"SIGSTOP, and SIGCONT after {SECONDS:g} s",
        "watcher",
        _EXPECTED,
        partial(play, stopped=True),
    ),
)
