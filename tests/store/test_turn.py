"""How a turn asks the database: through indexes, with a number of statements that does not grow."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import Connection, event

from tests.store.samples import CHAT, SECOND, T0, WIDE, notice, settled, step_of
from watcher.core.notification import Notification
from watcher.core.outcome import Fate
from watcher.ports import Terms
from watcher.store.open import open_store
from watcher.store.store import SqlStore

Statement = tuple[str, tuple[object, ...]]


@contextmanager
def recorded(store: SqlStore) -> Iterator[list[Statement]]:
    """What is executed meanwhile, each statement with one set of its parameters."""
    seen: list[Statement] = []

    def note(
        connection: Connection,
        cursor: object,
        statement: str,
        parameters: tuple[object, ...],
        context: object,
        many: bool,
    ) -> None:
        values = parameters[0] if many else parameters
        assert isinstance(values, tuple)
        seen.append((statement, values))

    engine = store.access.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def plans(path: Path, statements: list[Statement]) -> list[str]:
    """SQLite's plan for each, one line a step (sqlite.org/eqp.html)."""
    with closing(sqlite3.connect(path)) as connection:
        return [
            detail
            for statement, parameters in statements
            if not statement.startswith("BEGIN")
            for (_, _, _, detail) in connection.execute(
                f"EXPLAIN QUERY PLAN {statement}", parameters
            )
        ]


def group_of(size: int) -> list[Notification]:
    return [notice(f"job-{number}", group="g") for number in range(size)]


@pytest.mark.parametrize("terms", [WIDE, CHAT], ids=["single", "bundling"])
async def test_a_turn_never_scans_the_outbox(tmp_path: Path, terms: Terms) -> None:
    """However much waits, rows are found through indexes, and the gravest come without sorting."""
    path = tmp_path / "watcher.db"
    store = await open_store(path, T0)
    await store.commit(step_of(*group_of(6)))
    statements: list[Statement] = []
    turn = await store.turn(terms, [], T0)
    for fate in (Fate.TOO_LONG, Fate.REJECTED, Fate.RETRY, Fate.DELIVERED):
        ended = [settled(parcel, fate, after=0 * SECOND) for parcel in turn.parcels]
        with recorded(store) as seen:
            turn = await store.turn(msgspec.structs.replace(terms, make_due=True), ended, T0)
        statements += seen
        await store.commit(step_of(notice(f"after-{fate}", group="g")))
    steps = plans(path, statements)
    await store.close()
    assert [] == [step for step in steps if step.startswith("SCAN")]
    gravest = [s for s in statements if "severity DESC" in s[0] and "due_at" in s[0]]
    assert gravest
    assert [] == [step for step in plans(path, gravest) if "TEMP B-TREE" in step]


async def test_statements_do_not_grow_with_what_is_settled(tmp_path: Path) -> None:
    """A turn for thirty takes as many statements as one for two."""
    store = await open_store(tmp_path / "watcher.db", T0)
    await store.commit(step_of(*group_of(64)))
    numbers = []
    for room in (2, 30):
        terms = msgspec.structs.replace(WIDE, room=room)
        turn = await store.turn(terms, [], T0)
        with recorded(store) as seen:
            await store.turn(terms, [settled(parcel) for parcel in turn.parcels], T0)
        numbers.append(len(seen))
    await store.close()
    assert numbers[0] == numbers[1]


async def test_an_idle_turn_writes_nothing(tmp_path: Path) -> None:
    """Without anything to settle or to lease the file is not touched, so nothing waits for it."""
    path = tmp_path / "watcher.db"
    store = await open_store(path, T0)
    await store.turn(WIDE, [], T0)
    log = path.with_name(path.name + "-wal")
    before = (log.stat().st_size, log.read_bytes())
    await store.turn(WIDE, [], T0 + SECOND)
    assert before == (log.stat().st_size, log.read_bytes())
    await store.close()
