"""One connection: whole transactions, also when their callers are cancelled."""

from __future__ import annotations

import threading
from pathlib import Path

import anyio
import pytest
from anyio.to_thread import run_sync
from sqlalchemy import Connection, func, select

from tests.store.samples import T0
from watcher.ports import StoreError
from watcher.store.open import open_store, open_writer
from watcher.store.schema import counters
from watcher.store.store import SqlStore


def add(connection: Connection, name: str) -> None:
    connection.execute(counters.insert(), {"name": name, "value": 1})


async def count(store: SqlStore) -> int:
    return await store.access.transact(
        lambda connection: connection.scalars(select(func.count()).select_from(counters)).one()
    )


async def test_what_raises_undoes_all(tmp_path: Path) -> None:
    """A transaction that fails in the middle leaves nothing, and the next one works."""
    store = await open_store(tmp_path / "watcher.db", T0)

    def fail(connection: Connection) -> None:
        add(connection, "a")
        raise KeyError("in the middle")

    with pytest.raises(KeyError):
        await store.access.transact(fail)
    assert 0 == await count(store)
    await store.close()


async def test_a_cancelled_caller_leaves_a_whole_transaction(tmp_path: Path) -> None:
    """A transaction that has begun is finished, and the connection stays usable."""
    store = await open_store(tmp_path / "watcher.db", T0)
    begun, may_end = threading.Event(), threading.Event()

    def slow(connection: Connection) -> None:
        add(connection, "a")
        begun.set()
        may_end.wait(10)
        add(connection, "b")

    async with anyio.create_task_group() as group:
        group.start_soon(store.access.transact, slow)
        await run_sync(begun.wait, 10)
        group.cancel_scope.cancel()
        may_end.set()
    assert 2 == await count(store)
    await store.close()


async def test_a_read_followed_by_a_write_survives_another_writer(tmp_path: Path) -> None:
    """Each writing transaction is a writer from its beginning: nobody writes in between."""
    store = await open_store(tmp_path / "watcher.db", T0)
    other = await open_writer(tmp_path / "watcher.db")
    read, seen = threading.Event(), list[int]()

    def read_then_write(connection: Connection) -> None:
        seen.append(connection.scalars(select(func.count()).select_from(counters)).one())
        read.set()
        add(connection, f"after {seen[0]}")

    async def write_between() -> None:
        await run_sync(read.wait, 10)
        await other.access.transact(lambda connection: add(connection, "between"))

    with anyio.fail_after(20):
        async with anyio.create_task_group() as group:
            group.start_soon(store.access.transact, read_then_write)
            group.start_soon(write_between)
    assert (2, [0]) == (await count(store), seen)
    await other.close()
    await store.close()


async def test_a_full_disk_is_named_and_saves_nothing(tmp_path: Path) -> None:
    """The words say what to do; what was saved before is there, and later saving works."""
    path = tmp_path / "watcher.db"
    store = await open_store(path, T0)

    def bound_file(connection: Connection) -> None:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    def fill(connection: Connection) -> None:
        for number in range(1000):
            add(connection, f"{number:01000}")

    await store.access.transact(bound_file)
    with pytest.raises(StoreError, match="the disk is full; make room") as caught:
        await store.access.transact(fill)
    assert str(caught.value).startswith(f"{path}: ")
    assert 0 == await count(store)
    await store.access.transact(lambda connection: add(connection, "small"))
    assert 1 == await count(store)
    await store.close()


async def test_closing_twice_is_harmless(tmp_path: Path) -> None:
    """A shutdown may come to it by two ways."""
    store = await open_store(tmp_path / "watcher.db", T0)
    await store.close()
    await store.close()
