"""What a dispatcher keeps in memory when the wall clock is set."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import anyio

from tests.acceptance.receiver import Manner
from tests.acceptance.waiting import eventually
from tests.services.dispatching import FAILS, SECOND, channel, fail_jobs, rows, until_settled
from watcher.core.breaker import Breaker, Gate
from watcher.services.dispatch import Dispatcher


async def test_a_gate_keeps_its_wait_when_the_clock_is_set(tmp_path: Path) -> None:
    """A probe that lacks a second goes after a second, whatever the wall shows meanwhile."""
    async with channel(tmp_path) as (here, receiver, one):
        receiver.answer("audit", FAILS)
        await fail_jobs(here, 1)
        one.breaker = Breaker(Gate.OPEN, 3, 9 * SECOND, 9 * SECOND, here.clock.now() + 9 * SECOND)
        async with anyio.create_task_group() as group:
            await here.clock.advance(8 * SECOND)
            here.clock.set_wall(here.clock.now() - timedelta(hours=1))
            await here.keeper.heed_clock()
            assert here.clock.now() + SECOND == await one.once(group)
            assert [] == receiver.of("audit")
            await here.clock.advance(SECOND)
            await one.once(group)
            await until_settled(here, one, group, 1)
        assert here.clock.now() < (one.breaker.probe_at or here.clock.now())
        assert (one.breaker.probe_at or here.clock.now()) < here.clock.now() + 60 * SECOND


async def test_a_send_that_ends_after_the_clock_was_set_waits_its_own_time(tmp_path: Path) -> None:
    """A clock set back by an hour while a send is under way makes its retry no hour later."""
    async with channel(tmp_path) as (here, receiver, one):
        receiver.answer("audit", Manner(status=503, body="", holds=True))
        await fail_jobs(here, 1)
        async with anyio.create_task_group() as group:
            await one.once(group)
            await eventually(lambda: receiver.of("audit"))
            here.clock.set_wall(here.clock.now() - timedelta(hours=1))
            await here.keeper.heed_clock()
            receiver.release()
            await until_settled(here, one, group, 1)
        (row,) = await rows(tmp_path)
        assert here.clock.now() + SECOND == row.due_at


async def test_a_successor_takes_over_the_gate_in_the_time_that_holds_now(tmp_path: Path) -> None:
    """A clock that was set between two dispatchers moves the gate once."""
    async with channel(tmp_path) as (here, _, one):
        one.breaker = Breaker(Gate.OPEN, 3, SECOND, SECOND, here.clock.now() + SECOND)
        after = Dispatcher(here.channel(), Breaker(), here.edge)
        here.clock.set_wall(here.clock.now() + timedelta(hours=1))
        await here.keeper.heed_clock()
        one.stop()
        await one.run()
        after.succeed(one)
        async with anyio.create_task_group() as group:
            await after.once(group)
        assert here.clock.now() + SECOND == after.breaker.probe_at


async def test_a_later_dispatcher_knows_when_the_start_was(tmp_path: Path) -> None:
    """After a clock was set back, a reload does not move an unsure start into the future."""
    async with channel(tmp_path) as (here, _, _unused):
        start = here.clock.now()
        edge = here.edge._replace(unsure_since=start)
        here.clock.set_wall(start - timedelta(hours=1))
        await here.keeper.heed_clock()
        terms = Dispatcher(here.channel(), Breaker(), edge)._terms(0, make_due=False)  # noqa: SLF001
        assert start - timedelta(hours=1) == terms.unsure_since
