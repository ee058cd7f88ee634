"""What goes wrong with a database file, in words for people: what, which file, what to do."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from watcher.ports import StoreError

DAMAGED: Final = (
    "the file is damaged or is no watcher database; it has been left as it is. "
    "Put a backup in its place, or move it away to begin anew"
)
_WORDS: Final = (
    ("malformed", DAMAGED),
    ("not a database", DAMAGED),
    ("disk is full", "the disk is full; make room: nothing has been saved since"),
    ("disk i/o error", "the disk fails reading or writing; look at the disk and its mount"),
    ("readonly", "it may not be written; check the rights on the file and its directory"),
    ("unable to open", "it cannot be opened; check the rights on the file and its directory"),
    ("locked", "another process keeps it locked; find it with `fuser` and end it"),
    ("no such table", "its tables are not those of this watcher; let `watcher run` migrate it"),
)
"""Parts of SQLite's messages (sqlite.org/rescode.html), in lower case, and what they mean here."""


class FaultsOf:
    """Turns what the database and the file system raise into a `StoreError` that names the file."""

    def __init__(self, path: Path) -> None:
        """Take the file that is to be named."""
        self._path = path

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: object
    ) -> None:
        """Name what went wrong; anything else passes as it is."""
        if isinstance(error, SQLAlchemyError | sqlite3.Error | OSError):
            raise StoreError(f"{self._path}: {explain(error)}") from error


def explain(error: Exception) -> str:
    """The error in words, with what the database itself said in brackets."""
    said = str(error.orig if isinstance(error, DBAPIError) else error)
    known = next((words for part, words in _WORDS if part in said.lower()), None)
    return f"{known} ({said})" if known else said
