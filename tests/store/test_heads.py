"""What it costs to find what a digest carries."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection

from tests.store.samples import T0, notice, step_of
from watcher.store.heads import rows_of_digest
from watcher.store.open import open_store

ROWS = 2000
A_STEP = 100
"""How many instructions of SQLite's machine make one step."""


def steps_of_a_look(connection: Connection) -> int:
    """How many steps SQLite takes to find the members of a digest."""
    taken = 0

    def step() -> None:
        nonlocal taken
        taken += 1

    driver = connection.connection.driver_connection
    assert driver is not None
    driver.set_progress_handler(step, A_STEP)
    rows_of_digest(connection, "oncall", 100)
    driver.set_progress_handler(None, 0)
    return taken


async def steps_with(folder: Path, lanes: int) -> int:
    """The same with so many messages, of so many jobs."""
    store = await open_store(folder / f"{lanes}.db", T0)
    try:
        for number in range(ROWS // lanes):
            await store.commit(
                step_of(*(notice(f"j{job}", number + 1, group="g") for job in range(lanes)))
            )
        return await store.access.transact(steps_of_a_look)
    finally:
        await store.close()


async def test_many_messages_of_few_jobs_cost_no_more_than_of_many_jobs(tmp_path: Path) -> None:
    """A hundred thousand that wait for one chat must not hold up the store for seconds."""
    assert await steps_with(tmp_path, 10) < 3 * await steps_with(tmp_path, 1000)
