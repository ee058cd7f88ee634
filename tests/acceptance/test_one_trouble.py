"""One trouble is one message, in the real process: killed meanwhile, redeployed, or flapping."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.process import Running
from tests.acceptance.receiver import Taken
from tests.acceptance.waiting import eventually, eventually_so
from tests.acceptance.world import World, job_down, rule, world

pytestmark = pytest.mark.slow

CHANNELS = {"oncall": "dingtalk", "audit": "webhook"}
ERROR = "java.io.IOException: disk full"


async def seen(here: World, kind: str, number: int = 1) -> None:
    """Wait until the service has saved so many events of a kind."""

    async def enough() -> bool:
        return sum(event.kind == kind for event in await here.events()) >= number

    assert await eventually_so(enough)


async def test_an_error_travels_with_its_mismatch_over_kills(tmp_path: Path) -> None:
    """The chat reads one message, the webhook each event; kills between lose nothing of it."""
    async with world(tmp_path, "payments") as here:
        slow = 'for = "12s"\nkeep_firing_for = "0s"'
        here.write(
            job_down(*CHANNELS, more=slow),
            rule("new-error", *CHANNELS, severity="error"),
            rule("state-change", *CHANNELS, severity="info"),
            channels=CHANNELS,
        )
        async with here.run() as service:
            await service.logged("poll")
            here.change("payments", actual_state="PAUSED", last_error_message=ERROR)
            await here.told("audit", 2)
            await service.kill()
        for _ in range(2):
            async with here.run() as service:
                await service.polled_again(1)
                await service.kill()
        async with here.run() as service:
            (told,) = await here.told("oncall", 1)
            here.change("payments", actual_state="RUNNING")
            _, end = await here.told("oncall", 2)
            await here.told("audit", 5)
            book = await here.settle(service)
            ledger = await here.call("ledger")
    assert ERROR in told.text
    assert "has stopped" in told.text
    assert "runs again" in end.text
    assert {"audit": 5, "oncall": 2} == {one.channel: one.delivered for one in book.accounts}
    assert 0 == ledger.code, ledger.out


async def stop_and_start(here: World, service: Running) -> None:
    """What a redeployment is for the API: stopped, told to run, starting, running."""
    for expect, actual in (
        ("TERMINATED", "RUNNING"),
        ("TERMINATED", "TERMINATED"),
        ("RUNNING", "TERMINATED"),
        ("RUNNING", "WAITING"),
    ):
        here.change("payments", expect_state=expect, actual_state=actual)
        await service.polled_again()
    here.change("payments", restart=True, actual_state="RUNNING")


async def test_a_redeployment_is_one_line(tmp_path: Path) -> None:
    """The built-in rule says that it is back and from when to when it was down, and no more."""
    async with world(tmp_path, "payments") as here:
        here.write(
            job_down(*CHANNELS, more='for = "60s"'),
            rule("restart", "oncall"),
            channels=CHANNELS,
        )
        async with here.run() as service:
            await service.logged("poll")
            await stop_and_start(here, service)
            (line,) = await here.told("oncall", 1)
            (hooked,) = await here.told("audit", 1)
            await service.polled_again()
            book = await here.settle(service)
    assert "was redeployed, down" in line.text
    assert "redeployment.occurred" == hooked.json["type"]
    assert {"down_at", "up_at"} == set(hooked.data["redeployment"])
    assert {"audit": 1, "oncall": 1} == {one.channel: one.delivered for one in book.accounts}


async def test_flapping_is_one_message_until_it_has_calmed(tmp_path: Path) -> None:
    """The first few ways down are told, then that it flaps, then nothing but the end of that."""
    async with world(tmp_path, "payments") as here:
        flaps = 'count = 4\nwithin = "12s"'
        here.write(
            job_down(*CHANNELS),
            rule("flapping", "oncall", severity="warning", more=flaps),
            channels=CHANNELS,
        )
        async with here.run() as service:
            await service.logged("poll")
            for number in range(1, 6):
                here.change("payments", actual_state="FAILED")
                await seen(here, "state-change", 2 * number - 1)
                here.change("payments", actual_state="RUNNING")
                await seen(here, "state-change", 2 * number)
            texts = [one.text for one in await eventually(lambda: calmed(here))]
            await here.told("audit", 10)
            book = await here.settle(service)
    assert 1 == sum("is flapping" in text for text in texts), texts
    assert "has calmed and runs" in texts[-1]
    told = {one.channel: one.delivered + one.merged for one in book.accounts}
    assert 10 == told["audit"]
    assert 6 >= told["oncall"]


def calmed(here: World) -> list[Taken]:
    """What the chat took, once the last of it says that the job has calmed."""
    taken = here.receiver.taken("oncall")
    return list(taken) if taken and "has calmed" in taken[-1].text else []
