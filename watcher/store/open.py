"""Opening the store: for `run`, which makes and migrates the file, and for those who only look."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from anyio.to_thread import run_sync
from sqlalchemy import Connection, Engine

from watcher.ports import StoreError
from watcher.store.access import Access
from watcher.store.engine import insert_new, reading_engine, writing_engine
from watcher.store.faults import FaultsOf
from watcher.store.load import STORE_ID
from watcher.store.lock import RunLock
from watcher.store.schema import meta, metadata
from watcher.store.store import SqlStore
from watcher.store.version import REVISIONS, Condition, look_at, require_directory

if TYPE_CHECKING:
    from watcher.store.queries import Reader


async def open_store(path: Path, now: datetime) -> SqlStore:
    """The store for `run`: locked for its life, made or migrated where needed.

    `StoreError` where another `run` holds it, or the file is damaged, foreign or too new; such a
    file is left untouched.
    """
    return await run_sync(_open_locked, path, now)


async def open_writer(path: Path) -> SqlStore:
    """The store for a command that writes a row beside `run`: neither locked nor made."""
    return SqlStore(await run_sync(_open_current, path, writing_engine), lock=None)


async def open_reader(path: Path) -> Reader:
    """The read side, for commands; `StoreError` where the file is missing or not this version's."""
    # `run` has no use for it, and starts the sooner.
    from watcher.store.queries import Reader  # noqa: PLC0415

    return Reader(await open_reading(path))


async def open_reading(path: Path) -> Access:
    """A connection that only reads; `StoreError` as with `open_reader`."""
    return await run_sync(_open_current, path, reading_engine)


def _open_locked(path: Path, now: datetime) -> SqlStore:
    with FaultsOf(path):
        path = path.resolve()
        require_directory(path)
        lock = RunLock(path)
    try:
        return SqlStore(_open_migrated(path, now), lock)
    except BaseException:
        lock.release()
        raise


def _open_migrated(path: Path, now: datetime) -> Access:
    condition = look_at(path)
    if condition is Condition.NEW:
        _make_private(path)
    access = Access(path, writing_engine(path))
    if condition is Condition.CURRENT:
        return access
    try:
        access.transact_now(partial(_build, now=now, make=_maker(condition)))
    except BaseException:
        access.abandon()
        raise
    return access


def _make_private(path: Path) -> None:
    """Make the file for its owner alone: it holds what errors said.  SQLite's own follow it."""
    with FaultsOf(path):
        path.touch(mode=0o600)


def _open_current(path: Path, make_engine: Callable[[Path], Engine]) -> Access:
    path = path.resolve()
    _require_current(path)
    return Access(path, make_engine(path))


def _maker(condition: Condition) -> Callable[[Connection], None]:
    """What brings a file to the present schema.

    A new one is made as the tables are, to which the migrations lead as well: alembic takes longer
    than opening a file, and 10 MiB for as long as the process lives.
    """
    if condition is Condition.NEW:
        return make_schema
    from watcher.store.migrate import migrate  # noqa: PLC0415

    return migrate


def _build(connection: Connection, now: datetime, make: Callable[[Connection], None]) -> None:
    """Make the tables, and the store's id where it has none yet."""
    make(connection)
    facts = {STORE_ID: uuid4().hex, "made_at": now.isoformat()}
    connection.execute(insert_new(meta), [{"name": n, "value": v} for n, v in facts.items()])


def make_schema(connection: Connection) -> None:
    """Every table of the present schema, and the mark that alembic leaves of its version."""
    metadata.create_all(connection)
    connection.exec_driver_sql(
        "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, "
        "CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
    )
    connection.exec_driver_sql("INSERT INTO alembic_version VALUES (?)", (REVISIONS[-1],))


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
