"""Keeps a loop going: what nobody foresaw is logged, and what can go on does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

from watcher.services.edge import Edge

PAUSE: Final = timedelta(seconds=5)


async def supervise(name: str, loop: Callable[[], Awaitable[None]], edge: Edge) -> None:
    """Run a loop until it returns; after an error that it should have handled, begin it again."""
    while True:
        try:
            await loop()
        except Exception:  # the one supervisor: a bug in one loop stops no other
            edge.log.exception("loop_broke", loop=name)
            await edge.clock.sleep(PAUSE)
        else:
            return


async def contained(name: str, work: Callable[[], Awaitable[None]], edge: Edge) -> bool:
    """Whether a piece of a loop's work went well; an error that it should have handled is logged.

    The loop's other pieces go on.
    """
    try:
        await work()
    except Exception:  # a bug that one answer wakes blinds us for nothing else
        edge.log.exception("loop_broke", loop=name)
        return False
    return True
