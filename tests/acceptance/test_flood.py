"""Promise 5: a cluster that dies is a few messages, and a robot never gets its 21st in a minute."""

from __future__ import annotations

from pathlib import Path

from tests.acceptance.waiting import eventually
from tests.acceptance.world import job_down, rule, world

MANY = 500
MOST = 18
ONE_BY_ONE = 12
"""So many messages in a minute go apart although they wait at once."""
CHANNELS = {"oncall": "dingtalk", "audit": "webhook"}
DISK_FULL = "java.io.IOException: disk full"


async def test_five_hundred_dead_jobs_are_one_message(tmp_path: Path) -> None:
    """All die at once: one bundle tells them all (two where a poll falls between)."""
    names = [f"job_{number:03}" for number in range(MANY)]
    async with world(tmp_path, *names) as here:
        here.write(job_down("oncall", "audit"), channels=CHANNELS)
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
    """Thirty rules speak, a dozen of them at once and others one by one: eighteen go, the rest wait
    to go together.
    """
    rules = [
        rule(f"state-mismatch{n}", "oncall", more='for = "0s"\n').replace(
            f'on = "state-mismatch{n}"', f'on = "state-mismatch"\nmatch = {{ job = "job_{n:02}" }}'
        )
        for n in range(30)
    ]
    names = [f"job_{number:02}" for number in range(30)]
    async with world(tmp_path, *names) as here:
        here.write(*rules, channels={"oncall": "dingtalk"})
        async with here.run() as service:
            await service.logged("poll")
            for number, name in enumerate(names, 1):
                here.change(name, actual_state="FAILED")
                if ONE_BY_ONE <= number <= MOST:
                    await here.told("oncall", number)
            tested = await here.call("test-channel", "oncall")
            await service.polled_again(4)
            book = await here.settle(service, waiting=30 - MOST)
        assert 1 == tested.code
        assert MOST == len(here.receiver.of("oncall")) == book.accounts[0].delivered
        assert 0 == here.receiver.throttled
