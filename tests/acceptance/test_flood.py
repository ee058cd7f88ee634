"""Promise 5: a cluster that dies is a few messages, and a robot never gets its 21st in a minute."""

from __future__ import annotations

from pathlib import Path

from tests.acceptance.waiting import eventually
from tests.acceptance.world import job_down, rule, world

MANY = 500
MOST = 18
ONE_BY_ONE = 12
CHANNELS = {"oncall": "dingtalk", "audit": "webhook"}
DISK_FULL = "java.io.IOException: disk full"


async def test_five_hundred_dead_jobs_are_one_message(tmp_path: Path) -> None:
    """All die at once: one bundle tells them all (two where a poll falls between), also where the
    file wants no incidents.
    """
    names = [f"job_{number:03}" for number in range(MANY)]
    async with world(tmp_path, *names) as here:
        here.write(job_down("oncall", "audit"), channels=CHANNELS, top="storm = 0")
        async with here.run() as service:
            await service.logged("poll")
            for name in names:
                here.change(name, actual_state="FAILED", last_error_message=DISK_FULL)
            await here.told("audit", MANY)
            await eventually(lambda: sum(a["messages"] for a in service.log("attempt")) == 2 * MANY)
            book = await here.settle(service)
        assert [MANY, MANY] == [account.delivered for account in book.accounts]
        assert len(here.receiver.of("oncall")) <= 2
        assert MANY == len({one.data["job"] for one in here.receiver.taken("audit")})


async def test_a_robot_is_never_sent_more_than_it_takes(tmp_path: Path) -> None:
    """Thirty rules speak at once: twelve go alone, the rest together; tests count like the rest."""
    rules = [
        rule(f"state-mismatch{n}", "oncall", more='for = "0s"\n').replace(
            f'on = "state-mismatch{n}"', f'on = "state-mismatch"\nmatch = {{ job = "job_{n:02}" }}'
        )
        for n in range(30)
    ]
    names = [f"job_{number:02}" for number in range(30)]
    async with world(tmp_path, *names) as here:
        here.write(*rules, channels={"oncall": "dingtalk"}, top="storm = 0")
        async with here.run() as service:
            await service.logged("poll")
            for name in names:
                here.change(name, actual_state="FAILED")
            await eventually(lambda: sum(a["messages"] for a in service.log("attempt")) == 30)
            told = len(here.receiver.of("oncall"))
            assert ONE_BY_ONE < told <= MOST
            tested = [
                (await here.call("test-channel", "oncall")).code for _ in range(MOST + 1 - told)
            ]
            book = await here.settle(service)
        assert [*[0] * (MOST - told), 1] == tested
        assert (30, MOST) == (book.accounts[0].delivered, len(here.receiver.of("oncall")))
        assert 0 == here.receiver.throttled
