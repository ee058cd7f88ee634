"""The stores that the contract suites run over; a store is added by adding its factory here."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeAlias

import msgspec
from sqlalchemy import Connection

from tests.store.samples import SECOND, T0, explained, notice
from watcher.core.notification import Notification
from watcher.ports import Store
from watcher.store.by_hand import Deed, Order, act
from watcher.store.ledger import Ledger
from watcher.store.open import open_reader, open_store, open_writer
from watcher.store.queries import Shipment
from watcher.store.silences import Heard

Write: TypeAlias = Callable[[Connection], Any]
"""What a command does in its one transaction beside a running service."""

GROUP: Final = "oncall/job-down/firing"


class Case(msgspec.Struct):
    """A store under test, what its read side shows, and how to open it again or beside itself."""

    store: Store
    rows: Callable[[], Awaitable[tuple[Shipment, ...]]]
    ledger: Callable[[], Awaitable[Ledger]]
    open_again: Callable[[], Awaitable[Store]]
    open_beside: Callable[[], Awaitable[Store]]
    by_hand: Callable[[Order, datetime], Awaitable[Deed]]
    foresee: Callable[[Order], Awaitable[Deed]]
    write: Callable[[Write], Awaitable[Any]]
    heard: Callable[[], Awaitable[tuple[Heard, ...]]]

    async def restart(self) -> Store:
        """Close the store and open it anew, as a new process would."""
        await self.store.close()
        self.store = await self.open_again()
        return self.store

    async def fates(self) -> dict[str, str]:
        """Where each row stands, by its lane or, for a bundle, by its size."""
        return {
            row.lane or f"bundle of {row.members}": row.disposition.value
            for row in await self.rows()
        }

    async def row_of(self, notification: Notification) -> Shipment:
        """The row of one notification."""
        return next(row for row in await self.rows() if row.id == notification.id)

    async def commit_group(self, *jobs: str, at: datetime = T0) -> list[Notification]:
        """Commit beginnings of one group, held for two seconds."""
        notes = [notice(job, group=GROUP, hold_until=at + 2 * SECOND) for job in jobs]
        await self.store.commit(explained(*notes, at=at))
        return notes


Factory: TypeAlias = Callable[[Path], AbstractAsyncContextManager[Case]]


@asynccontextmanager
async def sqlite(directory: Path) -> AsyncIterator[Case]:
    """SQLite in a file."""
    path = directory / "watcher.db"
    async with AsyncExitStack() as stack:

        async def open_again() -> Store:
            store = await open_store(path, T0)
            stack.push_async_callback(store.close)
            return store

        async def open_beside() -> Store:
            store = await open_writer(path)
            stack.push_async_callback(store.close)
            return store

        store = await open_again()
        reader = await open_reader(path)
        stack.push_async_callback(reader.close)

        async def rows() -> tuple[Shipment, ...]:
            return tuple(await reader.deliveries(limit=10_000))

        async def write(work: Write) -> Any:
            beside = await open_writer(path)
            try:
                return await beside.access.transact(work)
            finally:
                await beside.close()

        async def by_hand(order: Order, now: datetime) -> Deed:
            deed: Deed = await write(partial(act, order=order, now=now))
            return deed

        yield Case(
            store,
            rows,
            reader.ledger,
            open_again,
            open_beside,
            by_hand,
            foresee=reader.foresee,
            write=write,
            heard=reader.silences,
        )


FACTORIES: Final[tuple[Factory, ...]] = (sqlite,)
