"""What /healthz and /readyz answer, from the keeper's state and the clock."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from tests.services.edges import BROKEN, bench, resolved
from watcher.app.health import STALE, Health
from watcher.core.reading import Cause, Outage
from watcher.core.run_summary import STREAM


async def test_a_service_without_a_tick_is_dead(tmp_path: Path) -> None:
    """Half a minute without a pulse is told with its length; a pulse brings it back."""
    async with bench(tmp_path, resolved()) as here:
        health = Health(here.keeper, here.clock)
        await here.clock.advance(STALE - timedelta(seconds=1))
        assert () == health.alive()
        await here.clock.advance(timedelta(seconds=1))
        assert ("no tick was made for 30 s",) == health.alive()
        assert health.alive()[0] in health.ready()
        health.pulse()
        assert () == health.alive()


async def test_it_is_ready_once_every_source_has_answered(tmp_path: Path) -> None:
    """Before the first answer, in an outage and when jobs wait to be seen it says why it is not."""
    async with bench(tmp_path, resolved("payments", "orders")) as here:
        health = Health(here.keeper, here.clock)
        assert ("source prod: no good answer yet",) == health.ready()
        await here.see(payments="RUNNING")
        assert ("source prod: not every job has been seen since the start",) == health.ready()
        await here.see(orders="RUNNING")
        assert () == health.ready()
        await here.keeper.observe(Outage("prod", STREAM, ("orders",), Cause.TIMEOUT, "no answer"))
        assert ("source prod: timeout: no answer",) == health.ready()
        await here.see(orders="RUNNING")
        assert () == health.ready()


async def test_a_store_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """While nothing can be saved the service does not do its work."""
    async with bench(tmp_path, resolved("payments")) as here:
        health = Health(here.keeper, here.clock)
        await here.see(payments="RUNNING")
        here.store.broken = True
        await here.see(payments="FAILED")
        assert (BROKEN,) == health.ready()
