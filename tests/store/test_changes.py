"""Whether anything was saved since the last look."""

from __future__ import annotations

from pathlib import Path

from tests.store.samples import T0
from watcher.store.changes import read_version
from watcher.store.open import open_reading, open_store


async def test_the_number_differs_after_each_save_and_only_then(tmp_path: Path) -> None:
    """Whoever only reads sees the same again."""
    store = await open_store(tmp_path / "watcher.db", T0)
    reading = await open_reading(tmp_path / "watcher.db")
    first = await reading.transact(read_version)
    assert first == await reading.transact(read_version)
    await store.probe(T0)
    second = await reading.transact(read_version)
    assert first != second
    assert second == await reading.transact(read_version)
    await reading.close()
    await store.close()
