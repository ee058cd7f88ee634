"""Upkeep: what cannot be delivered any more dies with its reason, what is old is deleted."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import anyio

from tests.services.edges import Bench, bench, resolved
from watcher.services.upkeep import INTERVAL, Upkeep
from watcher.store.open import open_reader

DAY = timedelta(days=1)


def upkeep(here: Bench, *channels: str) -> Upkeep:
    return Upkeep(
        here.edge, channels=channels or ("audit",), give_up=DAY, retention=timedelta(days=30)
    )


async def dispositions(folder: Path) -> list[tuple[str, str | None]]:
    reader = await open_reader(folder / "watcher.db")
    try:
        rows = await reader.deliveries()
    finally:
        await reader.close()
    return [(row.disposition.value, row.why) for row in rows]


async def test_a_delivery_dies_when_its_time_is_over(tmp_path: Path) -> None:
    """A day after it was made a message is given up, and the log counts it."""
    async with bench(tmp_path, resolved()) as here:
        await here.see(payments="FAILED")
        await here.clock.advance(DAY - timedelta(seconds=1))
        await upkeep(here).once()
        assert [("waiting", None)] == await dispositions(tmp_path)
        await here.clock.advance(timedelta(seconds=1))
        await upkeep(here).once()
        assert [("dead", "gave up after 1d")] == await dispositions(tmp_path)
        shown = here.edge.metrics.registry.get_sample_value
        assert 1 == shown("watcher_deliveries_dead", {"channel": "audit"})
        assert 1 == len(here.logged("gave_up"))


async def test_what_waits_for_a_channel_that_left_is_dead(tmp_path: Path) -> None:
    """A channel that is not in the file any more keeps nothing waiting."""
    async with bench(tmp_path, resolved()) as here:
        await here.see(payments="FAILED")
        await upkeep(here, "another").once()
        assert [("dead", "channel left the file")] == await dispositions(tmp_path)


async def test_it_looks_once_a_minute_and_outlives_a_full_disk(tmp_path: Path) -> None:
    """A store that fails is said, and looked after again a minute later."""
    async with bench(tmp_path, resolved()) as here, anyio.create_task_group() as group:
        await here.see(payments="FAILED")
        await here.clock.advance(2 * DAY)
        here.store.broken = True
        group.start_soon(upkeep(here).run)
        await here.clock.wait_for_sleepers()
        assert 1 == len(here.logged("store_failed"))
        assert await here.mend()
        await here.clock.advance(INTERVAL)
        await here.clock.wait_for_sleepers()
        assert [("dead", "gave up after 1d")] == await dispositions(tmp_path)
        group.cancel_scope.cancel()


async def test_old_history_is_deleted(tmp_path: Path) -> None:
    """Events that are older than the retention go, once nothing rests on them any more."""
    async with bench(tmp_path, resolved()) as here:
        await here.see(payments="RUNNING")
        await here.see(payments="FAILED")
        await here.see(payments="RUNNING")
        await upkeep(here, "another").once()
        await here.clock.advance(timedelta(days=31))
        await upkeep(here, "another").once()
        reader = await open_reader(tmp_path / "watcher.db")
        assert [] == list(await reader.events())
        assert [] == list(await reader.deliveries())
        await reader.close()
