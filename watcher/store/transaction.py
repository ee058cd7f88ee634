"""One transaction on one connection, finished also when its caller is cancelled."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import anyio
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncConnection

from watcher.store.faults import FaultsOf

Result = TypeVar("Result")


async def finish(
    path: Path, connection: AsyncConnection, work: Callable[[Connection], Result]
) -> Result:
    """What `work` gives, committed; whatever it raises undoes all of it.

    A cancellation in the middle would leave the connection in a state that nobody knows.
    """
    with anyio.CancelScope(shield=True) as scope:
        return await connection.run_sync(_within_transaction, path, work)


def _within_transaction(
    connection: Connection, path: Path, work: Callable[[Connection], Result]
) -> Result:
    with FaultsOf(path), connection.begin():
        return work(connection)
