"""The guard: the first thing that fails is said once, and then nobody touches the disk."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import anyio
import pytest

from tests.services.edges import BROKEN, Bench, bench, resolved
from watcher.core.breaker import Breaker
from watcher.core.step import Step
from watcher.ports import StoreError, Terms

TERMS = Terms("audit", "robot", 0, None, Breaker(), bundles=False)


async def try_everything(here: Bench) -> set[str]:
    """Use the store in every way that the loops do; what each of them ended with."""
    store, now, ends = here.edge.store, here.clock.now(), set[str]()
    for work in (
        lambda: store.commit(Step(now, counters=(("any", 1),))),
        lambda: store.turn(TERMS, (), now),
        lambda: store.release_all(now),
        store.backlogs,
        lambda: store.bury(("audit",), now, timedelta(days=1)),
        lambda: store.prune(now),
    ):
        try:
            await work()
        except StoreError as error:
            ends.add(str(error))
        else:
            ends.add("good")
    return ends


async def test_everything_passes_while_the_store_works(tmp_path: Path) -> None:
    """No trouble, nothing held back."""
    async with bench(tmp_path, resolved()) as here:
        assert {"good"} == await try_everything(here)
        assert here.edge.store.trouble is None


async def test_after_one_failure_nobody_tries_but_the_probe(tmp_path: Path) -> None:
    """Every use fails with the first one's words, also once the disk would take it again."""
    async with bench(tmp_path, resolved()) as here:
        here.store.broken = True
        began = here.clock.now()
        assert {BROKEN} == await try_everything(here)
        here.store.broken = False
        await here.clock.advance(timedelta(minutes=1))
        assert {BROKEN} == await try_everything(here)
        trouble = here.edge.store.trouble
        assert trouble is not None
        assert (began, BROKEN) == (trouble.since, trouble.words)
        assert 1 == len(here.logged("store_failed"))
        await here.edge.store.probe(here.clock.now())
        here.edge.store.reopen()
        assert {"good"} == await try_everything(here)


async def test_who_waits_for_trouble_is_woken(tmp_path: Path) -> None:
    """The failure itself wakes; while it lasts nobody waits, and after it one waits again."""
    async with bench(tmp_path, resolved()) as here:
        here.store.broken = True
        async with anyio.create_task_group() as group:
            group.start_soon(here.edge.store.failing)
            await anyio.wait_all_tasks_blocked()
            await try_everything(here)
        assert BROKEN == (await here.edge.store.failing()).words
        here.edge.store.reopen()
        with anyio.move_on_after(0.05) as waiting:
            await here.edge.store.failing()
        assert waiting.cancelled_caught


async def test_a_trouble_that_goes_on_keeps_its_beginning(tmp_path: Path) -> None:
    """Opened too early it is the same trouble, with what is said of it now."""
    async with bench(tmp_path, resolved()) as here:
        here.store.broken = True
        with pytest.raises(StoreError):
            await here.edge.store.backlogs()
        old = here.edge.store.trouble
        assert old is not None
        await here.clock.advance(timedelta(minutes=1))
        here.edge.store.reopen()
        with pytest.raises(StoreError):
            await here.edge.store.backlogs()
        here.edge.store.close_again(old)
        assert old == here.edge.store.trouble
        here.edge.store.reopen()
        here.edge.store.close_again(old)
        assert old == here.edge.store.trouble
