"""The outcry: one message a robot, tried again where it did not arrive, and never a flood."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path

import anyio

from tests.acceptance.receiver import GOOD, Manner, Receiver, receiving
from tests.acceptance.waiting import eventually
from tests.services.edges import BROKEN, Bench, bench, resolved
from watcher.core.unwritable import Trouble
from watcher.services.memo import Memo
from watcher.services.outcry import FIRST_RETRY, QUIET, Outcry

MILLISECOND = timedelta(milliseconds=1)
TABLES = (("audit", "audit", "webhook"), ("oncall", "robot", "dingtalk"))
TWIN = ("twin", "robot", "dingtalk")


@asynccontextmanager
async def crying(folder: Path) -> AsyncIterator[tuple[Bench, Receiver, Outcry]]:
    """A webhook, and two channels of one robot."""
    async with receiving() as receiver:
        tables = {
            name: f'kind = "{kind}"\nurl = "{receiver.address(path, kind)}"\n'
            for name, path, kind in (*TABLES, TWIN)
        }
        async with bench(folder, resolved("payments", channels=tables)) as here:
            yield here, receiver, Outcry(here.edge, Memo(folder / "unwritable.json"))


async def cry(here: Bench, outcry: Outcry) -> None:
    """Tell every channel of a trouble that has just begun."""
    channels = [here.channel(name) for name in here.resolved.channels]
    trouble = Trouble(here.clock.now(), BROKEN, "full")
    await outcry.cry(channels, here.keeper.state, trouble)


def heard(receiver: Receiver, times: int) -> bool:
    return len(receiver.of("audit")) == times


async def test_each_robot_is_told_once(tmp_path: Path) -> None:
    """Two channels of one robot get one message, and the channels that were told are known."""
    async with crying(tmp_path) as (here, receiver, outcry):
        await cry(here, outcry)
        assert [1, 1] == [len(receiver.taken(path)) for path in ("audit", "robot")]
        assert ["audit", "oncall"] == sorted(outcry.told)
        assert 2 == len(here.logged("attempt"))
        noted = Memo(tmp_path / "unwritable.json").read(here.keeper.state.store_id)
        assert noted is not None
        assert {"audit", "oncall"} == {*noted.channels}
        outcry.end()
        assert [] == outcry.told
        assert not (tmp_path / "unwritable.json").exists()


async def test_it_says_what_it_means_and_what_to_do(tmp_path: Path) -> None:
    """What fails, since when, what nobody will hear of meanwhile, and that room must be made."""
    async with crying(tmp_path) as (here, receiver, outcry):
        await cry(here, outcry)
        (chat,), (hook,) = receiver.of("robot"), receiver.of("audit")
        for words in ("cannot save anything", "make room", "nothing is judged", "08:00"):
            assert words in chat.text
        data = hook.data
        assert ("unwritable.firing", "critical") == (hook.json["type"], data["severity"])
        assert {None} == {data[key] for key in ("source", "job", "job_type", "run", "previous")}
        assert "the disk of its store is full" in data["summary"]


async def test_what_did_not_arrive_is_tried_again(tmp_path: Path) -> None:
    """A receiver that fails hears it a minute later, and then twice as late, with the same id."""
    async with crying(tmp_path) as (here, receiver, outcry):
        receiver.answer("audit", Manner(status=503), Manner(status=503), GOOD)
        async with anyio.create_task_group() as group:
            group.start_soon(partial(cry, here, outcry))
            for times, wait in ((1, FIRST_RETRY), (2, 2 * FIRST_RETRY)):
                await here.clock.wait_for_sleepers()
                await here.clock.advance(wait - MILLISECOND)
                assert times == len(receiver.of("audit"))
                await here.clock.advance(MILLISECOND)
                await eventually(partial(heard, receiver, times + 1))
        assert 1 == len({one.id for one in receiver.of("audit")})
        assert 1 == len({one.body for one in receiver.of("audit")})


async def test_retry_after_is_obeyed(tmp_path: Path) -> None:
    """A receiver that asks for an hour gets it."""
    hour = timedelta(hours=1)
    async with crying(tmp_path) as (here, receiver, outcry):
        slow = Manner(status=503, headers=(("Retry-After", "3600"),))
        receiver.answer("audit", slow, GOOD)
        async with anyio.create_task_group() as group:
            group.start_soon(partial(cry, here, outcry))
            await here.clock.wait_for_sleepers()
            await here.clock.advance(hour - MILLISECOND)
            assert 1 == len(receiver.of("audit"))
            await here.clock.advance(MILLISECOND)


async def test_trouble_that_comes_and_goes_does_not_flood(tmp_path: Path) -> None:
    """Ten minutes pass between two messages to a robot, whatever happens meanwhile."""
    async with crying(tmp_path) as (here, receiver, outcry):
        await cry(here, outcry)
        for _ in range(5):
            outcry.end()
            async with anyio.create_task_group() as group:
                group.start_soon(partial(cry, here, outcry))
                await here.clock.wait_for_sleepers(2)
                await here.clock.advance(timedelta(minutes=1))
                group.cancel_scope.cancel()
            assert [] == outcry.told
        outcry.end()
        async with anyio.create_task_group() as group:
            group.start_soon(partial(cry, here, outcry))
            await here.clock.wait_for_sleepers(2)
            await here.clock.advance(QUIET - timedelta(minutes=5) - MILLISECOND)
            assert 1 == len(receiver.of("robot"))
            await here.clock.advance(MILLISECOND)
        assert [2, 2] == [len(receiver.of(path)) for path in ("audit", "robot")]
