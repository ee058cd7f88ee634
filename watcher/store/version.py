"""What a file is before anything is done to it: new, a watcher's of some version, or not ours."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from enum import StrEnum
from pathlib import Path
from typing import Final

from watcher.ports import StoreError
from watcher.store.engine import read_only_uri
from watcher.store.faults import DAMAGED, FaultsOf

REVISIONS: Final = ("0001", "0002", "0003", "0004", "0005", "0006", "0007")
"""The migrations that this watcher knows, oldest first; the last one is the schema it needs."""

CHECKED_WHOLE: Final = 64 * 2**20
"""Bytes up to which a file is searched for damage at each opening (some 0.1 s); a larger one is
checked for its length, and its pages as they are read."""


class Condition(StrEnum):
    """What must be done before a file can be used."""

    NEW = "new"
    OLD = "old"
    CURRENT = "current"


def look_at(path: Path) -> Condition:
    """Read, and change nothing; `StoreError` where the file is damaged, foreign or too new."""
    if not path.exists() or not path.stat().st_size:
        return Condition.NEW
    uri = f"{read_only_uri(path)}?mode=ro"
    with FaultsOf(path), closing(sqlite3.connect(uri, uri=True, timeout=10)) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema")}
        _check(connection, path)
        if not tables:
            return Condition.NEW
        return _judge(path, _version(connection, tables))


def require_directory(path: Path) -> None:
    """Refuse a path whose directory is missing; only the file itself is ever made."""
    if not path.parent.is_dir():
        raise StoreError(f"{path}: there is no directory {path.parent}; make it, or change `store`")


def _check(connection: sqlite3.Connection, path: Path) -> None:
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    (page,) = connection.execute("PRAGMA page_size").fetchone()
    if pages * page > CHECKED_WHOLE:
        return
    (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise StoreError(f"{path}: {DAMAGED} ({found})")


def _version(connection: sqlite3.Connection, tables: set[str]) -> str | None:
    if "alembic_version" not in tables:
        return None
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return None if row is None else str(row[0])


def _judge(path: Path, version: str | None) -> Condition:
    if version is None:
        raise StoreError(f"{path}: this database is not a watcher's; name another file as `store`")
    if version not in REVISIONS:
        raise StoreError(
            f"{path}: a newer watcher made it (schema {version}, this one knows up to "
            f"{REVISIONS[-1]}); it has been left as it is. Start that version, or name another file"
        )
    return Condition.CURRENT if version == REVISIONS[-1] else Condition.OLD
