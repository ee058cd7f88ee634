"""One connection to the database: whole transactions, one at a time, on a worker thread."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import anyio
from anyio.to_thread import run_sync
from sqlalchemy import Connection, Engine

from watcher.store.faults import FaultsOf

Result = TypeVar("Result")


class Access:
    """An open connection.

    A transaction is one plain function that runs as a whole on a thread.  Awaiting each of its
    statements instead costs more than the statements do, in time and in the event loop's CPU.
    """

    def __init__(self, path: Path, engine: Engine) -> None:
        """Connect; `StoreError` where the file cannot be used.  May wait for the disk."""
        self.path = path
        self.engine = engine
        with FaultsOf(path):
            self._connection = engine.connect()
        self._one_at_a_time = anyio.Lock()

    async def transact(self, work: Callable[[Connection], Result]) -> Result:
        """What `work` gives, committed; whatever it raises undoes all of it.

        Callers may come at the same time: they take turns.  A transaction that has begun is
        finished also when its caller is cancelled.
        """
        async with self._one_at_a_time:
            return await run_sync(self.transact_now, work)

    async def close(self) -> None:
        """Let go of the file; nothing where that has been done."""
        with anyio.CancelScope(shield=True):
            async with self._one_at_a_time:
                await run_sync(self.abandon)

    def abandon(self) -> None:
        """The same, where no transaction can be under way."""
        with FaultsOf(self.path):
            self._connection.close()
            self.engine.dispose()

    def transact_now(self, work: Callable[[Connection], Result]) -> Result:
        """The same as `transact`, for one who already is on a thread and alone."""
        with FaultsOf(self.path), self._connection.begin():
            return work(self._connection)
