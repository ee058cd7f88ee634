"""A dispatcher of a webhook with a real receiver, and how its tests turn it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from anyio.abc import TaskGroup

from tests.acceptance.receiver import Manner, Receiver, receiving
from tests.acceptance.waiting import eventually
from tests.services.edges import Bench, bench, resolved
from watcher.core.breaker import Breaker
from watcher.services.dispatch import Dispatcher
from watcher.store.open import open_reader
from watcher.store.queries import Shipment

SECOND = timedelta(seconds=1)
HELD = Manner(holds=True)
FAILS = Manner(status=503, body="")
IN_FLIGHT = 32
TURNS_OF_THE_LOOP = 300


@asynccontextmanager
async def channel(folder: Path) -> AsyncIterator[tuple[Bench, Receiver, Dispatcher]]:
    """A dispatcher of a webhook whose receiver is real."""
    async with receiving() as receiver:
        table = f'kind = "webhook"\nurl = "{receiver.address("audit", "webhook")}"\n'
        names = [f"job_{number:02}" for number in range(40)]
        async with bench(folder, resolved(*names, channels={"audit": table})) as here:
            yield here, receiver, Dispatcher(here.channel(), Breaker(), here.edge)


async def fail_jobs(here: Bench, number: int) -> None:
    """Decide one message for each of so many jobs."""
    await here.see(**{f"job_{n:02}": "FAILED" for n in range(number)})


async def until_settled(here: Bench, one: Dispatcher, group: TaskGroup, attempts: int) -> None:
    """Turn the dispatcher until so many attempts are over and settled."""
    await eventually(lambda: len(here.logged("attempt")) >= attempts)
    await one.once(group)


async def rows(folder: Path) -> list[Shipment]:
    reader = await open_reader(folder / "watcher.db")
    try:
        return list(await reader.deliveries())
    finally:
        await reader.close()
