"""The recovery: probes ever more seldom, says that nothing can be saved, and brings all back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path

import anyio

from tests.acceptance.receiver import Receiver, receiving
from tests.acceptance.waiting import eventually
from tests.services.edges import Bench, bench, resolved
from watcher.services.memo import Memo
from watcher.services.outcry import QUIET, Outcry
from watcher.services.recovery import FIRST_PAUSE, LONGEST_PAUSE, Recovery
from watcher.store.open import open_reader

SECOND = timedelta(seconds=1)


@asynccontextmanager
async def recovering(folder: Path) -> AsyncIterator[tuple[Bench, Receiver]]:
    """A recovery that runs over a store that works, with one webhook."""
    async with receiving() as receiver:
        table = f'kind = "webhook"\nurl = "{receiver.address("audit", "webhook")}"\n'
        async with bench(folder, resolved("payments", channels={"audit": table})) as here:
            await here.see(payments="RUNNING")
            one = Recovery(here.keeper, here.edge, Outcry(here.edge, Memo(None)), (here.channel(),))
            async with anyio.create_task_group() as group:
                group.start_soon(one.run)
                await anyio.wait_all_tasks_blocked()
                yield here, receiver
                group.cancel_scope.cancel()


async def fail(here: Bench) -> None:
    """Let a Step fail, and wait until the recovery sleeps before its first probe."""
    here.store.broken = True
    assert await here.see(payments="FAILED") is None
    await here.clock.wait_for_sleepers()


async def pass_pause(here: Bench, pause: timedelta) -> None:
    """Let the pause before a probe pass, and wait until that one is over."""
    probes = here.store.probes
    await here.clock.advance(pause - timedelta(milliseconds=1))
    assert probes == here.store.probes
    await here.clock.advance(timedelta(milliseconds=1))
    await eventually(lambda: here.store.probes == probes + 1)


async def end(here: Bench, pause: timedelta) -> None:
    """Let the store work again, and the probe that follows find that out."""
    ends = len(here.logged("store_works_again"))
    here.store.broken = False
    await pass_pause(here, pause)
    await eventually(lambda: len(here.logged("store_works_again")) > ends)
    await anyio.wait_all_tasks_blocked()


async def told(folder: Path) -> list[str]:
    """The types of what lies in the outbox."""
    reader = await open_reader(folder / "watcher.db")
    try:
        return [f"{row.kind}.{row.status}" for row in await reader.deliveries()]
    finally:
        await reader.close()


def told_more(receiver: Receiver, than: int) -> bool:
    return len(receiver.of("audit")) > than


async def test_it_probes_ever_more_seldom_and_says_it_once(tmp_path: Path) -> None:
    """The pauses double up to half a minute; one message goes out at the first that fails."""
    async with recovering(tmp_path) as (here, receiver):
        await fail(here)
        assert b"watcher_store_unwritable 1.0" in here.edge.metrics.page()[0]
        for seconds in (1, 2, 4, 8, 16, 30, 30):
            await pass_pause(here, seconds * SECOND)
            await eventually(lambda: receiver.of("audit"))
            await here.clock.wait_for_sleepers()
        assert ["unwritable.firing"] == [one.json["type"] for one in receiver.of("audit")]
        await end(here, LONGEST_PAUSE)
        assert ["unwritable.resolved"] == await told(tmp_path)
        assert b"watcher_store_unwritable 0.0" in here.edge.metrics.page()[0]


async def test_a_moment_s_trouble_is_not_told(tmp_path: Path) -> None:
    """A lock that is gone a second later costs nobody's sleep; what was seen is told."""
    async with recovering(tmp_path) as (here, receiver):
        await fail(here)
        await end(here, FIRST_PAUSE)
        assert [] == receiver.of("audit")
        assert [] == await told(tmp_path)
        await here.see(payments="FAILED")
        assert ["state-mismatch.firing"] == await told(tmp_path)


async def test_trouble_that_comes_again_is_told_and_tried_as_seldom(tmp_path: Path) -> None:
    """Where small writes pass and others fail, the second time is told; the pauses go on."""
    async with recovering(tmp_path) as (here, receiver):
        await fail(here)
        await end(here, FIRST_PAUSE)
        await fail(here)
        await eventually(lambda: receiver.of("audit"))
        await end(here, 2 * SECOND)
        assert ["unwritable.resolved"] == await told(tmp_path)
        await fail(here)
        await end(here, 4 * SECOND)
        assert 1 == len(receiver.of("audit"))
        assert ["unwritable.resolved"] == await told(tmp_path)


async def test_after_a_calm_time_it_is_another_trouble(tmp_path: Path) -> None:
    """Ten minutes later the pauses begin anew, and the second one is told like the first."""
    async with recovering(tmp_path) as (here, receiver):
        for _ in range(2):
            before = len(receiver.of("audit"))
            await fail(here)
            await pass_pause(here, FIRST_PAUSE)
            await eventually(partial(told_more, receiver, before))
            await here.clock.wait_for_sleepers()
            await end(here, 2 * SECOND)
            await here.clock.advance(QUIET)
        alerts = {one.json["data"]["alert"] for one in receiver.of("audit")}
        assert 2 == len(alerts)
        assert [1, 3] == [one.json["data"]["sequence"] for one in receiver.of("audit")]
