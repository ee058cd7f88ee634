"""The heartbeat: one question an interval while useful work is done, and never a storm."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import anyio

from tests.acceptance.receiver import GOOD, Manner, Receiver, receiving
from tests.acceptance.waiting import eventually
from tests.services.edges import Bench, bench, resolved
from watcher.services.heartbeat import LOOK_EVERY, Heartbeat, Pulse

MINUTE = timedelta(minutes=1)


@asynccontextmanager
async def beating(folder: Path) -> AsyncIterator[tuple[Bench, Receiver, list[str], Heartbeat]]:
    """A heartbeat whose receiver is real, and the reasons that the test gives against it."""
    async with receiving() as receiver, bench(folder, resolved()) as here:
        reasons: list[str] = []
        pulse = Pulse(f"{receiver.url}/ping/s3cret-path", MINUTE, timedelta(seconds=10))
        yield here, receiver, reasons, Heartbeat(pulse, here.edge, lambda: tuple(reasons))


async def test_it_beats_once_an_interval(tmp_path: Path) -> None:
    """The first at once, each other a minute after the one before."""
    async with beating(tmp_path) as (here, receiver, _, one), anyio.create_task_group() as group:
        group.start_soon(one.run)
        for times in (1, 2, 3):
            await here.clock.wait_for_sleepers()
            assert times == len(receiver.of("s3cret-path"))
            await here.clock.advance(MINUTE)
        group.cancel_scope.cancel()
        assert b'watcher_heartbeats_total{outcome="sent"}' in here.edge.metrics.page()[0]


async def test_without_useful_work_it_is_silent(tmp_path: Path) -> None:
    """It says once why, and beats at the first moment at which it deserves to again."""
    async with beating(tmp_path) as (here, receiver, reasons, one):
        assert await one.once()
        reasons.append("source prod: no good answer for 3m")
        for _ in range(3):
            assert not await one.once()
        assert 1 == len(receiver.of("s3cret-path"))
        assert 1 == len(here.logged("heartbeat_withheld"))
        assert "no good answer for 3m" in here.logged("heartbeat_withheld")[0]
        async with anyio.create_task_group() as group:
            group.start_soon(one.run)
            await here.clock.wait_for_sleepers()
            reasons.clear()
            await here.clock.advance(LOOK_EVERY)
            await eventually(lambda: len(receiver.of("s3cret-path")) == 2)
            group.cancel_scope.cancel()


async def test_a_beat_that_fails_is_said_once_and_not_tried_again(tmp_path: Path) -> None:
    """Whatever the receiver does, the next beat comes an interval later; no log shows its path."""
    async with beating(tmp_path) as (here, receiver, _, one):
        bad = (Manner(status=500), Manner(reset=True), Manner(status=404))
        receiver.answer("s3cret-path", *bad, GOOD)
        for _ in bad:
            assert await one.once()
        assert [3, 1] == [len(receiver.of("s3cret-path")), len(here.logged("heartbeat_failed"))]
        assert await one.once()
        assert 1 == len(here.logged("heartbeat_works"))
        assert "s3cret-path" not in here.said.getvalue()
        assert b'watcher_heartbeats_total{outcome="failed"} 3.0' in here.edge.metrics.page()[0]


def test_a_pulse_does_not_show_its_address() -> None:
    """Who knows the address can beat for a watcher that is gone."""
    pulse = Pulse("https://hc.example.com/ping/s3cret", MINUTE, MINUTE)
    assert "s3cret" not in repr(pulse)
