"""The probe: a row that is written for its own sake."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from sqlalchemy import Connection, func, select

from tests.store.samples import T0
from watcher.store.open import open_store
from watcher.store.probe import NAME, SIZE
from watcher.store.schema import meta


def written(connection: Connection) -> list[str]:
    return list(connection.scalars(select(meta.c.value).where(meta.c.name == NAME)))


def rows(connection: Connection) -> int:
    return connection.scalars(select(func.count()).select_from(meta)).one()


async def test_each_probe_writes_and_nothing_piles_up(tmp_path: Path) -> None:
    """One row, as large as most Steps, that is another one each time."""
    store = await open_store(tmp_path / "watcher.db", T0)
    before = await store.access.transact(rows)
    await store.probe(T0)
    (first,) = await store.access.transact(written)
    await store.probe(T0 + timedelta(seconds=1))
    (second,) = await store.access.transact(written)
    assert (SIZE, SIZE, before + 1) == (len(first), len(second), await store.access.transact(rows))
    assert first != second
    await store.close()
