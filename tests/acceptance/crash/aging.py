"""Turns a store back into the first version's, so that the next start has something to migrate."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from alembic import command
from alembic.config import Config

from watcher.store.engine import writing_engine
from watcher.store.migrate import MIGRATIONS
from watcher.store.version import REVISIONS

VERSION = "alembic_version"


def age(store: Path) -> None:
    """Move what the first version knows of into a file as the first version made it."""
    old = store.with_suffix(".aged")
    _make_first(old)
    with closing(sqlite3.connect(old, isolation_level=None)) as connection:
        connection.execute("ATTACH ? AS now", (str(store),))
        connection.execute("BEGIN IMMEDIATE")
        for table in sorted(_tables(connection) - {VERSION}):
            columns = ", ".join(f'"{name}"' for name in _columns(connection, table))
            connection.execute(f"DELETE FROM main.{table}")  # noqa: S608 - names of our schema
            connection.execute(
                f"INSERT INTO main.{table} ({columns}) SELECT {columns} FROM now.{table}"  # noqa: S608
            )
        connection.execute("COMMIT")
    for suffix in ("-wal", "-shm"):
        store.with_name(store.name + suffix).unlink(missing_ok=True)
    old.rename(store)


def _make_first(path: Path) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    with writing_engine(path).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, REVISIONS[0])


def _tables(connection: sqlite3.Connection) -> set[str]:
    found = connection.execute(
        "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    )
    return {str(name) for (name,) in found}


def _columns(connection: sqlite3.Connection, table: str) -> list[str]:
    old, new = (
        [str(row[1]) for row in connection.execute(f"PRAGMA {where}.table_info({table})")]
        for where in ("main", "now")
    )
    return [name for name in old if name in new]
