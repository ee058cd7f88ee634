"""Opening the store: for `run`, which makes and migrates the file, and for those who only look."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from pathlib import Path
from uuid import uuid4

from anyio.to_thread import run_sync
from sqlalchemy import Connection

from watcher.ports import StoreError
from watcher.store.engine import insert_new, reading_engine, writing_engine
from watcher.store.faults import FaultsOf
from watcher.store.load import STORE_ID
from watcher.store.lock import RunLock
from watcher.store.queries import Reader
from watcher.store.schema import meta
from watcher.store.store import SqlStore
from watcher.store.version import REVISIONS, Condition, look_at


async def open_store(path: Path, now: datetime) -> SqlStore:
    """The store for `run`: locked for its life, made or migrated where needed.

    `StoreError` where another `run` holds it, or the file is damaged, foreign or too new; such a
    file is left untouched.
    """
    path = await run_sync(path.resolve)
    with FaultsOf(path):
        lock = RunLock(path)
    try:
        condition = await run_sync(look_at, path)
        return await _open(path, condition, lock, now)
    except BaseException:
        lock.release()
        raise


async def open_writer(path: Path) -> SqlStore:
    """The store for a command that writes a row beside `run`: neither locked nor made."""
    path = await run_sync(path.resolve)
    await run_sync(_require_current, path)
    engine = writing_engine(path)
    with FaultsOf(path):
        return SqlStore(path, engine, await engine.connect(), lock=None)


async def open_reader(path: Path) -> Reader:
    """The read side, for commands; `StoreError` where the file is missing or not this version's."""
    path = await run_sync(path.resolve)
    await run_sync(_require_current, path)
    engine = reading_engine(path)
    with FaultsOf(path):
        return Reader(path, engine, await engine.connect())


async def _open(path: Path, condition: Condition, lock: RunLock, now: datetime) -> SqlStore:
    engine = writing_engine(path)
    try:
        with FaultsOf(path):
            connection = await engine.connect()
            store = SqlStore(path, engine, connection, lock)
        if condition is not Condition.CURRENT:
            await store.transact(partial(_build, now=now))
        return store
    except BaseException:
        await engine.dispose()
        raise


def _build(connection: Connection, now: datetime) -> None:
    """Migrate, and make the store's id where it has none yet."""
    # Imported only where there is something to migrate: it takes longer than opening the file.
    from watcher.store.migrate import migrate  # noqa: PLC0415

    migrate(connection)
    facts = {STORE_ID: uuid4().hex, "made_at": now.isoformat()}
    connection.execute(insert_new(meta), [{"name": n, "value": v} for n, v in facts.items()])


def _require_current(path: Path) -> None:
    """Refuse a file that a command cannot use as it is; only `run` makes and migrates."""
    if not path.exists():
        raise StoreError(
            f"{path}: there is no such file; start `watcher run` with this configuration, "
            "or name in `store` the file that it uses"
        )
    condition = look_at(path)
    if condition is Condition.NEW:
        raise StoreError(
            f"{path}: nothing is in it yet; start `watcher run` with this configuration"
        )
    if condition is Condition.OLD:
        raise StoreError(
            f"{path}: an older watcher made it, and this one needs schema {REVISIONS[-1]}; "
            "restart `watcher run`, which migrates it"
        )
