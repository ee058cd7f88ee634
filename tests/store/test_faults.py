"""What goes wrong with a file, in words: which file, what happened, what to do."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from watcher.ports import StoreError
from watcher.store.faults import FaultsOf

PATH = Path("/var/lib/watcher/watcher.db")


@pytest.mark.parametrize(
    "said,words",
    [
        ("database or disk is full", "make room"),
        ("disk I/O error", "look at the disk"),
        ("database disk image is malformed", "Put a backup in its place"),
        ("file is not a database", "Put a backup in its place"),
        ("attempt to write a readonly database", "check the rights"),
        ("unable to open database file", "check the rights"),
        ("database is locked", "another process"),
        ("no such table: jobs", "let `watcher run` migrate it"),
        ("[Errno 28] No space left on device", "make room"),
        ("[Errno 30] Read-only file system", "look at its mount"),
        ("something new", "something new"),
    ],
)
def test_the_file_and_what_to_do_are_named(said: str, words: str) -> None:
    """Whether SQLite or SQLAlchemy raises it, the person reads the same, and never a parameter."""
    bare = sqlite3.OperationalError(said)
    wrapped = OperationalError("INSERT …", {"payload": "s3cret"}, bare, hide_parameters=True)
    for error in (bare, wrapped):
        with pytest.raises(StoreError) as caught, FaultsOf(PATH):
            raise error
        text = str(caught.value)
        assert (True, True, False) == (
            text.startswith(f"{PATH}: "),
            words in text,
            "s3cret" in text,
        )


def test_what_is_no_fault_of_the_file_passes() -> None:
    """A mistake in the code is not dressed up as a broken disk."""
    with pytest.raises(KeyError), FaultsOf(PATH):
        raise KeyError("x")
