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
FULL: Final = "the disk is full; make room: nothing has been saved since"
FAILS: Final = "the disk fails reading or writing; look at the disk and its mount"
READ_ONLY: Final = "it may not be written; check the rights on the file and its directory"
UNUSABLE: Final = "unusable"
_WORDS: Final = (
    ("malformed", "damaged", DAMAGED),
    ("not a database", "damaged", DAMAGED),
    ("disk is full", "full", FULL),
    ("no space left", "full", FULL),
    ("quota exceeded", "full", FULL),
    ("disk i/o error", "fails", FAILS),
    ("readonly", "read-only", READ_ONLY),
    ("read-only file system", "read-only", "its file system is read-only; look at its mount"),
    (
        "unable to open",
        "read-only",
        "it cannot be opened; check the rights on the file and its directory",
    ),
    ("locked", "locked", "another process keeps it locked; find it with `fuser` and end it"),
    (
        "no such table",
        UNUSABLE,
        "its tables are not those of this watcher; let `watcher run` migrate it",
    ),
)
"""Parts of what SQLite (sqlite.org/rescode.html) and the system say, in lower case; the cause in a
word, and what it means here."""
CAUSES: Final = tuple(sorted({UNUSABLE, *(cause for _, cause, _ in _WORDS)}))
"""Every cause that a `StoreError` may have; each has its words in `messages`."""


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
            words, cause = explain(error)
            raise StoreError(f"{self._path}: {words}", cause) from error


def explain(error: Exception) -> tuple[str, str]:
    """The error in words, with what the database itself said in brackets; and its cause."""
    said = str(error.orig if isinstance(error, DBAPIError) else error)
    for part, cause, words in _WORDS:
        if part in said.lower():
            return f"{words} ({said})", cause
    return said, UNUSABLE
