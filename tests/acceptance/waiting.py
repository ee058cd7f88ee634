"""Waits for a condition with a deadline: no test sleeps and hopes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio

Result = TypeVar("Result")

PATIENCE = 30.0
"""Seconds after which what a test waits for counts as never coming: long, for busy machines."""
LOOK_EVERY = 0.02


async def eventually(
    look: Callable[[], Result],
    *,
    within: float = PATIENCE,
    shown: Callable[[], object] = lambda: "",
) -> Result:
    """The first true value that `look` gives; fails with what `shown` says after `within`."""
    with anyio.move_on_after(within):
        while True:
            if found := look():
                return found
            await anyio.sleep(LOOK_EVERY)
    raise AssertionError(f"waited {within:g} s in vain\n{shown()}")


async def eventually_so(
    ask: Callable[[], Awaitable[Result]], *, within: float = PATIENCE
) -> Result:
    """The same for what has to be awaited."""
    last: object = None
    with anyio.move_on_after(within):
        while True:
            last = found = await ask()
            if found:
                return found
            await anyio.sleep(LOOK_EVERY)
    raise AssertionError(f"waited {within:g} s in vain; last seen: {last!r}")
