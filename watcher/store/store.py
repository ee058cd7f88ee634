"""The SQL store: each of its methods is one transaction on the one writing connection."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

import anyio
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from watcher.core.step import Saved, Step
from watcher.ports import Backlog, Settlement, Terms, Turn
from watcher.store import upkeep
from watcher.store.faults import FaultsOf
from watcher.store.load import load_saved
from watcher.store.lock import RunLock
from watcher.store.save import save_step
from watcher.store.transaction import finish
from watcher.store.turn import take_turn

Result = TypeVar("Result")


class SqlStore:
    """Implements `ports.Store`; made by `open.open_store`.

    Callers may come at the same time: they take turns.  A transaction that has begun is finished
    also when its caller is cancelled.
    """

    def __init__(
        self, path: Path, engine: AsyncEngine, connection: AsyncConnection, lock: RunLock | None
    ) -> None:
        """Take over an open connection, its engine, and the lock that is freed with them."""
        self.path = path
        self._engine = engine
        self._connection = connection
        self._lock = lock
        self._one_at_a_time = anyio.Lock()

    async def load(self) -> Saved:
        """See `ports.Store.load`."""
        return await self.transact(load_saved)

    async def commit(self, step: Step) -> None:
        """See `ports.Store.commit`."""
        if step.saves:
            await self.transact(partial(save_step, step=step))

    async def turn(self, terms: Terms, settled: Sequence[Settlement], now: datetime) -> Turn:
        """See `ports.Store.turn`."""
        return await self.transact(partial(take_turn, terms=terms, settled=settled, now=now))

    async def release_all(self, now: datetime) -> int:
        """See `ports.Store.release_all`."""
        return await self.transact(partial(upkeep.release_all, now=now))

    async def backlogs(self) -> Sequence[Backlog]:
        """See `ports.Store.backlogs`."""
        return await self.transact(upkeep.read_backlogs)

    async def bury(self, channels: Sequence[str], now: datetime, give_up: timedelta) -> int:
        """See `ports.Store.bury`."""
        return await self.transact(
            partial(upkeep.bury, channels=channels, now=now, give_up=give_up)
        )

    async def prune(self, before: datetime) -> int:
        """See `ports.Store.prune`."""
        return await self.transact(partial(upkeep.prune, before=before))

    async def close(self) -> None:
        """See `ports.Store.close`."""
        async with self._one_at_a_time:
            with anyio.CancelScope(shield=True), FaultsOf(self.path):
                await self._connection.close()
                await self._engine.dispose()
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    async def transact(self, work: Callable[[Connection], Result]) -> Result:
        """Run `work` in one writing transaction; whatever it raises undoes all of it."""
        async with self._one_at_a_time:
            return await finish(self.path, self._connection, work)
