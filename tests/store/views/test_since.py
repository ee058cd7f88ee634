"""Where the rows begin that were written since a time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from tests.store.samples import T0, event_of
from watcher.core.step import Decision, Step
from watcher.core.why import Why
from watcher.store.open import open_store
from watcher.store.schema import decisions
from watcher.store.store import SqlStore
from watcher.store.views.since import first_since

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    made = await open_store(tmp_path / "watcher.db", T0)
    yield made
    await made.close()


def since(connection: Connection, at: int) -> list[int]:
    first = first_since(connection, decisions, decisions.c.at, T0 + at * MINUTE)
    found = select(decisions.c.event).where(decisions.c.seq >= first)
    return list(connection.scalars(found.order_by(decisions.c.seq)))


@pytest.mark.parametrize(
    "at, expected",
    [(-5, [1, 2, 3, 4]), (0, [1, 2, 3, 4]), (1, [2, 3, 4]), (2, [3, 4]), (3, [4]), (9, [])],
)
async def test_the_rows_since_a_time(store: SqlStore, at: int, expected: list[int]) -> None:
    """Those of that very time are among them; gaps in the numbers do not matter."""
    for minute in range(4):
        decided = Decision(minute + 1, Why.TOLD)
        events = (event_of(minute + 1, "a"),)
        await store.commit(Step(at=T0 + minute * MINUTE, events=events, decisions=(decided,)))
    assert expected == await store.access.transact(partial(since, at=at))


async def test_nothing_begins_in_an_empty_table(store: SqlStore) -> None:
    """There is no row since any time."""
    assert [] == await store.access.transact(partial(since, at=0))
