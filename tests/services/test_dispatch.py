"""The dispatcher: how much is under way, what a failing receiver changes, how it stops."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from pathlib import Path

import anyio
import pytest
from anyio.lowlevel import checkpoint

from tests.acceptance.receiver import GOOD, Manner
from tests.acceptance.waiting import eventually
from tests.services.dispatching import (
    FAILS,
    HELD,
    IN_FLIGHT,
    SECOND,
    TURNS_OF_THE_LOOP,
    channel,
    fail_jobs,
    rows,
    until_settled,
)
from tests.services.edges import BROKEN, Bench
from watcher.core.breaker import FAILURES_TO_OPEN, Breaker, Gate
from watcher.ports import HttpRequest
from watcher.services import dispatch
from watcher.services.dispatch import Dispatcher
from watcher.services.sending import LONGEST_ANSWER
from watcher.store.by_hand import Order, Verb, act


async def test_no_more_than_in_flight_are_under_way(tmp_path: Path) -> None:
    """Of forty messages 32 are sent and held; the rest follows as answers come."""
    async with channel(tmp_path) as (here, receiver, one):
        receiver.answer("audit", HELD)
        await fail_jobs(here, 40)
        async with anyio.create_task_group() as group:
            await one.once(group)
            await eventually(lambda: len(receiver.of("audit")) == IN_FLIGHT)
            assert await one.once(group) is None
            assert IN_FLIGHT == len(receiver.of("audit"))
            receiver.release()
            await until_settled(here, one, group, IN_FLIGHT)
            await until_settled(here, one, group, 40)
        assert {"delivered"} == {row.disposition.value for row in await rows(tmp_path)}


async def test_failures_open_the_gate_and_one_probe_goes_at_a_time(tmp_path: Path) -> None:
    """After three failures in a row the rest waits untried; each probe waits twice as long."""
    async with channel(tmp_path) as (here, receiver, one):
        receiver.answer("audit", FAILS)
        await fail_jobs(here, FAILURES_TO_OPEN)
        async with anyio.create_task_group() as group:
            await one.once(group)
            await until_settled(here, one, group, FAILURES_TO_OPEN)
            assert Gate.OPEN is one.breaker.gate
            await fail_jobs(here, 10)
            for tries, wait in ((4, 1), (5, 2), (6, 4), (7, 8)):
                assert here.clock.now() + wait * SECOND == await one.once(group)
                await here.clock.advance(wait * SECOND - timedelta(milliseconds=1))
                await one.once(group)
                assert tries - 1 == len(receiver.of("audit"))
                await here.clock.advance(timedelta(milliseconds=1))
                await one.once(group)
                await until_settled(here, one, group, tries)
        untried = [row for row in await rows(tmp_path) if not row.attempts]
        assert 10 - FAILURES_TO_OPEN == len(untried)


async def test_failures_of_one_moment_are_one_reason_to_wait(tmp_path: Path) -> None:
    """Many sends under way that all fail do not double the wait for the first probe."""
    async with channel(tmp_path) as (here, receiver, one):
        receiver.answer("audit", FAILS)
        await fail_jobs(here, 40)
        async with anyio.create_task_group() as group:
            await one.once(group)
            await eventually(lambda: len(here.logged("attempt")) == IN_FLIGHT)
            assert here.clock.now() + SECOND == await one.once(group)
            assert IN_FLIGHT == one.breaker.failures


async def test_nothing_turns_while_a_probe_is_under_way(tmp_path: Path) -> None:
    """A probe that hangs leaves nothing to look for before its end: no busy loop."""
    async with channel(tmp_path) as (here, receiver, one):
        one.breaker = Breaker(gate=Gate.OPEN, probe_at=here.clock.now())
        receiver.answer("audit", HELD)
        await fail_jobs(here, 3)
        async with anyio.create_task_group() as group:
            await one.once(group)
            await eventually(lambda: receiver.of("audit"))
            await here.clock.advance(5 * SECOND)
            assert await one.once(group) is None
            assert [0, 0, 1] == sorted(row.attempts for row in await rows(tmp_path))
            receiver.release()


async def test_an_open_gate_with_nothing_to_send_waits(tmp_path: Path) -> None:
    """A probe that is due but has nothing to carry is no reason to look again."""
    async with channel(tmp_path) as (here, _, one):
        one.breaker = Breaker(gate=Gate.OPEN, probe_at=here.clock.now())
        async with anyio.create_task_group() as group:
            assert await one.once(group) is None


async def ask(here: Bench) -> None:
    """What `watcher deliveries retry` does in a process of its own."""
    order = Order(Verb.RETRY, channel="audit")
    await here.store.store.access.transact(partial(act, order=order, now=here.clock.now()))


async def test_a_person_who_asks_need_not_wait_for_the_probe(tmp_path: Path) -> None:
    """Who mended the receiver is heeded at once, within the minute between two probes."""
    async with channel(tmp_path) as (here, receiver, one):
        receiver.answer("audit", Manner(status=404), GOOD)
        await fail_jobs(here, 1)
        async with anyio.create_task_group() as group:
            await one.once(group)
            await until_settled(here, one, group, 1)
            assert Gate.OPEN is one.breaker.gate
            await ask(here)
            assert here.clock.now() == await one.once(group)
            await one.once(group)
            await until_settled(here, one, group, 2)
        assert {"delivered"} == {row.disposition.value for row in await rows(tmp_path)}


async def test_who_asks_while_a_probe_is_under_way_is_heeded_after_it(tmp_path: Path) -> None:
    """A probe that began before the receiver was mended fails; the next one need not wait."""
    async with channel(tmp_path) as (here, receiver, one):
        receiver.answer("audit", Manner(status=404))
        await fail_jobs(here, 1)
        async with anyio.create_task_group() as group:
            await one.once(group)
            await until_settled(here, one, group, 1)
            await here.clock.advance(90 * SECOND)
            receiver.answer("audit", Manner(status=404, holds=True), GOOD)
            await one.once(group)
            await eventually(lambda: len(receiver.of("audit")) == 2)
            await ask(here)
            await one.once(group)
            receiver.release()
            await eventually(lambda: len(here.logged("attempt")) == 2)
            assert here.clock.now() == await one.once(group)
            await one.once(group)
            await until_settled(here, one, group, 3)
        assert {"delivered"} == {row.disposition.value for row in await rows(tmp_path)}


async def test_a_person_does_not_shorten_what_the_receiver_asked_for(tmp_path: Path) -> None:
    """Retry-After holds, whoever asks; one attempt is all that is made."""
    async with channel(tmp_path) as (here, receiver, one):
        receiver.answer("audit", Manner(status=429, headers=(("Retry-After", "600"),)))
        await fail_jobs(here, 1)
        async with anyio.create_task_group() as group:
            await one.once(group)
            await until_settled(here, one, group, 1)
            until = here.clock.now() + 600 * SECOND
            await ask(here)
            assert [until, until] == [await one.once(group), await one.once(group)]
        assert 1 == len(receiver.of("audit"))


async def test_one_success_makes_everything_due(tmp_path: Path) -> None:
    """When the probe is taken the others go at once, whatever their own waits were."""
    async with channel(tmp_path) as (here, receiver, one):
        receiver.answer("audit", *[FAILS] * FAILURES_TO_OPEN, GOOD)
        await fail_jobs(here, FAILURES_TO_OPEN)
        async with anyio.create_task_group() as group:
            await one.once(group)
            await until_settled(here, one, group, FAILURES_TO_OPEN)
            await fail_jobs(here, 10)
            await here.clock.advance(SECOND)
            await one.once(group)
            await until_settled(here, one, group, FAILURES_TO_OPEN + 1)
            await until_settled(here, one, group, FAILURES_TO_OPEN + 10)
        assert {"delivered"} == {row.disposition.value for row in await rows(tmp_path)}
        assert Gate.CLOSED is one.breaker.gate


async def test_a_message_that_is_refused_as_such_stops_nobody(tmp_path: Path) -> None:
    """400 is the message's own matter: it is dead with the reason, the next one goes."""
    async with channel(tmp_path) as (here, receiver, one):
        receiver.answer("audit", Manner(status=400, body="no such field"), GOOD)
        await fail_jobs(here, 1)
        async with anyio.create_task_group() as group:
            await one.once(group)
            await until_settled(here, one, group, 1)
            await fail_jobs(here, 2)
            await one.once(group)
            await until_settled(here, one, group, 2)
        dead, delivered = await rows(tmp_path)
        assert ("dead", "delivered") == (dead.disposition.value, delivered.disposition.value)
        assert "no such field" in str(dead.why)


async def test_a_codec_that_breaks_costs_its_message_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bug in `encode` is logged with its trace; the lane goes on."""
    async with channel(tmp_path) as (here, receiver, _):
        broken = here.channel()

        def encode(*_: object) -> HttpRequest:
            raise ValueError("a bug")

        monkeypatch.setattr(broken, "encode", encode)
        one = Dispatcher(broken, Breaker(), here.edge)
        await fail_jobs(here, 1)
        async with anyio.create_task_group() as group:
            await one.once(group)
            await until_settled(here, one, group, 1)
        assert 1 == len(here.logged("attempt_broke"))
        assert ["dead"] == [row.disposition.value for row in await rows(tmp_path)]
        assert [] == receiver.of("audit")


async def test_what_was_sent_is_settled_once_the_store_works_again(tmp_path: Path) -> None:
    """A full disk at the settlement forgets no answer and sends nothing twice."""
    async with channel(tmp_path) as (here, receiver, one):
        await fail_jobs(here, 2)
        async with anyio.create_task_group() as group:
            await one.once(group)
            await eventually(lambda: len(here.logged("attempt")) == 2)
            here.store.broken = True
            for _ in range(3):
                assert here.clock.now() + dispatch.STORE_RETRY == await one.once(group)
            assert BROKEN in here.logged("store_failed")[0]
            assert await here.mend()
            await one.once(group)
        assert ["delivered", "delivered"] == [r.disposition.value for r in await rows(tmp_path)]
        assert 2 == len(receiver.of("audit"))


async def test_a_failing_store_is_not_hammered(tmp_path: Path) -> None:
    """While it cannot settle, the dispatcher touches the store no more, nor does it spin."""
    async with channel(tmp_path) as (here, receiver, one):
        receiver.answer("audit", HELD)
        await fail_jobs(here, 1)
        async with anyio.create_task_group() as group:
            group.start_soon(one.run)
            await eventually(lambda: receiver.of("audit"))
            here.store.broken = True
            receiver.release()
            await eventually(lambda: here.logged("store_failed"))
            turns = here.store.turns
            for _ in range(TURNS_OF_THE_LOOP):
                await checkpoint()
            assert turns == here.store.turns
            assert await here.mend()
            one.stop()
            await one.done.wait()
        assert ["delivered"] == [row.disposition.value for row in await rows(tmp_path)]


async def test_stopping_finishes_what_is_under_way(tmp_path: Path) -> None:
    """Told to stop, it begins nothing more, waits for the answers, and settles them."""
    async with channel(tmp_path) as (here, receiver, one):
        receiver.answer("audit", HELD)
        await fail_jobs(here, 3)
        async with anyio.create_task_group() as group:
            group.start_soon(one.run)
            await eventually(lambda: len(receiver.of("audit")) == 3)
            one.stop()
            await fail_jobs(here, 6)
            receiver.release()
            await one.done.wait()
        assert 3 == len(receiver.of("audit"))
        ends = [row.disposition.value for row in await rows(tmp_path)]
        assert ["delivered"] * 3 + ["waiting"] * 3 == ends


async def test_what_hangs_at_the_stop_is_cut_off_and_waits_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An attempt without an answer is released with its reason, due at once, its gate untouched."""
    monkeypatch.setattr(dispatch, "STOP_WITHIN", timedelta(milliseconds=50))
    async with channel(tmp_path) as (here, receiver, one):
        receiver.answer("audit", HELD)
        await fail_jobs(here, 2)
        async with anyio.create_task_group() as group:
            group.start_soon(one.run)
            await eventually(lambda: len(receiver.of("audit")) == 2)
            one.stop()
            await one.done.wait()
        found = await rows(tmp_path)
        assert ["waiting", "waiting"] == [row.disposition.value for row in found]
        assert {here.clock.now()} == {row.due_at for row in found}
        assert all(row.last and "cut off" in str(row.last.detail) for row in found)
        assert Breaker() == one.breaker


async def test_draining_ends_when_nothing_is_due_soon(tmp_path: Path) -> None:
    """With `--once` a delivery that waits longer than the patience is left to the next call."""
    async with channel(tmp_path) as (here, receiver, one):
        busy = Manner(status=429, body="", headers=(("Retry-After", "60"),))
        receiver.answer("audit", GOOD, busy)
        await fail_jobs(here, 1)
        with anyio.fail_after(10):
            await one.drain(30 * SECOND)
            await fail_jobs(here, 2)
            await one.drain(30 * SECOND)
        assert 2 == len(receiver.of("audit"))
        assert ["delivered", "waiting"] == [r.disposition.value for r in await rows(tmp_path)]


async def test_draining_gives_up_a_store_that_keeps_failing(tmp_path: Path) -> None:
    """With `--once` a full disk ends the call instead of trying for ever."""
    async with channel(tmp_path) as (here, receiver, one):
        await fail_jobs(here, 1)
        here.store.broken = True
        with anyio.fail_after(10):
            async with anyio.create_task_group() as group:
                group.start_soon(one.drain, 30 * SECOND)
                await eventually(lambda: here.logged("store_failed"))
                await here.clock.advance(31 * SECOND)
        assert [] == receiver.of("audit")


async def test_a_bug_in_a_turn_forgets_no_answer(tmp_path: Path) -> None:
    """What ended is still settled by the turn after one that raised what nobody foresaw."""
    async with channel(tmp_path) as (here, receiver, one):
        await fail_jobs(here, 1)
        async with anyio.create_task_group() as group:
            await one.once(group)
            await eventually(lambda: here.logged("attempt"))
            here.store.bug = KeyError("nobody foresaw this")
            with pytest.raises(KeyError):
                await one.once(group)
            here.store.bug = None
            await one.once(group)
        assert ["delivered"] == [row.disposition.value for row in await rows(tmp_path)]
        assert 1 == len(receiver.of("audit"))


@pytest.mark.parametrize("status, delivered", [(200, True), (404, False), (500, False)])
async def test_an_answer_that_is_too_large_counts_by_its_status(
    tmp_path: Path, status: int, delivered: bool
) -> None:
    """A receiver that took the message and says so at length is not told it again and again."""
    async with channel(tmp_path) as (here, receiver, one):
        receiver.answer("audit", Manner(status=status, body="x" * (LONGEST_ANSWER + 1)))
        await fail_jobs(here, 1)
        async with anyio.create_task_group() as group:
            await one.once(group)
            await until_settled(here, one, group, 1)
        assert [delivered] == [row.disposition.value == "delivered" for row in await rows(tmp_path)]
