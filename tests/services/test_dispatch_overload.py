"""More than a chat takes: digests, with the real limit of a robot on the test's own time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path

import anyio
from anyio.abc import TaskGroup

from tests.acceptance.receiver import Receiver, receiving
from tests.acceptance.waiting import eventually
from tests.manual_clock import ManualClock
from tests.services.edges import Bench, bench, resolved
from watcher.core.breaker import Breaker
from watcher.services.dispatch import Dispatcher
from watcher.store.ledger import Account, Ledger
from watcher.store.open import open_reader

SECOND = timedelta(seconds=1)
JOBS = 1000
CHANGES = 10
EVENTS = JOBS * CHANGES
MINUTES = 15
ROBOT_TAKES = 20
FEWEST_SENT = 25
"""Fewer would not come near the limit in a hundred seconds."""

NO_FLAPPING = '[[rules]]\nname = "none"\non = "flapping"\nnotify = []\n'
"""Without it jobs that go up and down all the time are soon told in one message each."""


async def one_second(
    here: Bench, speaking: Sequence[Dispatcher], group: TaskGroup, receiver: Receiver
) -> None:
    """Let the dispatchers do what they can in one second of the test's time."""
    before = None
    while before != len(receiver.requests):
        before = len(receiver.requests)
        begun = len(here.logged("attempt"))
        for one in speaking:
            await one.once(group)
        begun += sum(one.under_way for one in speaking)
        await eventually(partial(_are_over, here, begun))
    await here.clock.advance(SECOND)


def _are_over(here: Bench, attempts: int) -> bool:
    return len(here.logged("attempt")) >= attempts


def most_in_a_minute(receiver: Receiver, robot: str) -> int:
    """The most messages that came within any sixty seconds."""
    times = [one.at for one in receiver.of(robot)]
    return max(sum(at <= other < at + 60 for other in times) for at in times)


async def account_of(folder: Path) -> tuple[Ledger, Account]:
    reader = await open_reader(folder / "watcher.db")
    try:
        book = await reader.ledger()
    finally:
        await reader.close()
    return book, book.accounts[0]


async def test_ten_thousand_events_keep_a_robots_limit_and_are_all_told(tmp_path: Path) -> None:
    """A thousand jobs go down and come up again and again: no message is refused by the limit,
    none comes as the 21st within a minute, and within fifteen minutes all is accounted for.
    """
    async with receiving() as receiver:
        table = (
            f'kind = "dingtalk"\nurl = "{receiver.address("oncall", "dingtalk")}"\n{NO_FLAPPING}'
        )
        names = [f"job_{number:04}" for number in range(JOBS)]
        async with bench(tmp_path, resolved(*names, channels={"oncall": table})) as here:
            receiver.clock = here.clock.monotonic
            one = Dispatcher(here.channel("oncall"), Breaker(), here.edge)
            await here.see(**dict.fromkeys(names, "RUNNING"))
            async with anyio.create_task_group() as group:
                for change in range(CHANGES):
                    state = "RUNNING" if change % 2 else "FAILED"
                    for start in range(0, JOBS, 40):
                        await here.see(**dict.fromkeys(names[start : start + 40], state))
                        await one_second(here, [one], group, receiver)
                for _ in range(60 * MINUTES - CHANGES * JOBS // 40):
                    await one_second(here, [one], group, receiver)
        book, account = await account_of(tmp_path)
    assert EVENTS == account.notifications
    assert (True, 0, 0, 0) == (book.balances, account.waiting, account.dead, account.dropped)
    assert 0 == receiver.throttled
    assert most_in_a_minute(receiver, "oncall") <= ROBOT_TAKES
    assert len(receiver.of("oncall")) < 60 * MINUTES // 3


async def test_a_robot_is_spared_over_kills_and_by_all_its_channels(tmp_path: Path) -> None:
    """Two channels of one robot, and a process that dies every ten seconds: never a 21st message
    in a minute, none refused by the limit.
    """
    clock, names = ManualClock(), [f"job_{number:03}" for number in range(200)]
    async with receiving() as receiver:
        receiver.clock = clock.monotonic
        table = f'kind = "dingtalk"\nurl = "{receiver.address("robot", "dingtalk")}"\n'
        wanted = resolved(*names, channels={"oncall": table, "second": table})
        for life in range(10):
            async with bench(tmp_path, wanted, clock) as here, anyio.create_task_group() as group:
                if life == 0:
                    await here.see(**dict.fromkeys(names, "RUNNING"))
                await here.store.release_all(clock.now())
                speaking = [
                    Dispatcher(here.channel(name), Breaker(), here.edge)
                    for name in ("oncall", "second")
                ]
                for second in range(10):
                    first = 20 * life + 2 * second
                    await here.see(**dict.fromkeys(names[first : first + 2], "FAILED"))
                    await one_second(here, speaking, group, receiver)
                await speaking[0].once(group)
                group.cancel_scope.cancel()
    assert 0 == receiver.throttled
    assert FEWEST_SENT < len(receiver.of("robot"))
    assert most_in_a_minute(receiver, "robot") <= ROBOT_TAKES
