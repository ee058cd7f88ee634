"""The dead man's switch: beats while useful work is done, and what may stop it and what may not."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from tests.acceptance.test_manager import manager, received
from tests.acceptance.waiting import eventually
from tests.acceptance.world import HUP, World, job_down, world
from watcher.simulator import Fault, FaultKind

pytestmark = pytest.mark.slow


def heartbeat(here: World, name: str) -> str:
    return f'[heartbeat]\nurl = "{here.receiver.url}/ping/{name}"\ninterval = "1s"\n'


def beaten(here: World, name: str, times: int) -> bool:
    return len(here.receiver.of(name)) >= times


async def test_a_reload_takes_the_heartbeat_along(tmp_path: Path) -> None:
    """It begins, moves and ends with the table in the file; its address is in no log."""
    async with world(tmp_path, "payments") as here:
        here.write(job_down())
        async with here.run() as service:
            await service.logged("poll")
            for number, name in enumerate(("first_b3aT", "second_b3aT"), 1):
                here.write(job_down(), heartbeat(here, name))
                await service.send(HUP)
                await service.logged("reloaded", number)
                beats = len(here.receiver.of(name))
                await eventually(partial(beaten, here, name, beats + 2))
            first = len(here.receiver.of("first_b3aT"))
            here.write(job_down())
            await service.send(HUP)
            await service.logged("reloaded", 3)
            await service.polled_again()
            second = len(here.receiver.of("second_b3aT"))
            await service.polled_again(6)
            await here.settle(service)
        assert (first, second) == tuple(
            len(here.receiver.of(name)) for name in ("first_b3aT", "second_b3aT")
        )
        assert "b3aT" not in service.err


async def test_an_api_that_is_down_does_not_stop_the_watchdog(tmp_path: Path) -> None:
    """A restart would not mend it, and would begin the clock of `blind` anew each time."""
    address = str(tmp_path / "notify")
    env = {"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "600000"}
    async with world(tmp_path, "payments") as here:
        here.write(job_down(), heartbeat(here, "outside"))
        here.simulator.add_fault(Fault(FaultKind.FORBIDDEN))
        with manager(address) as listening:
            heard: list[str] = []
            async with here.run(env=env) as service:
                await service.logged("poll")
                before = received(listening, heard).count("WATCHDOG=1")
                await eventually(
                    lambda: received(listening, heard).count("WATCHDOG=1") > before + 2
                )
                assert [] == here.receiver.of("outside")
                await here.settle(service, waiting=None)
