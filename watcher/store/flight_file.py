"""The flight recorder's own SQLite file beside the store: how it is found, made and packed.

`<store>.history` is left as it is where another program, a newer watcher or damage made it what it
is; `<store>.history.2` and so on are begun beside it.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from enum import StrEnum
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from watcher.core.flight import Entry
from watcher.ports import StoreError
from watcher.store.engine import BUSY_TIMEOUT, read_only_uri
from watcher.store.faults import FaultsOf

FORMAT: Final = 1
"""What this watcher writes; files of another number are left alone."""

APPLICATION: Final = 0x77466C74
MOST_FILES: Final = 100
LEVEL: Final = 6

SCHEMA: Final = f"""
CREATE TABLE eras (
    era INTEGER PRIMARY KEY, at INTEGER NOT NULL, reason TEXT NOT NULL, lost_from INTEGER
);
CREATE TABLE frames (
    seq INTEGER PRIMARY KEY, era INTEGER NOT NULL, source TEXT NOT NULL, layer TEXT NOT NULL,
    at INTEGER NOT NULL, until INTEGER NOT NULL, body BLOB NOT NULL
);
CREATE INDEX frames_era ON frames (era, source, layer);
CREATE TABLE texts (number INTEGER PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE errors (
    source TEXT NOT NULL, job_type TEXT NOT NULL, job TEXT NOT NULL, error_at INTEGER NOT NULL,
    number INTEGER NOT NULL, used_at INTEGER NOT NULL,
    PRIMARY KEY (source, job_type, job, error_at, number)
) WITHOUT ROWID;
PRAGMA application_id = {APPLICATION};
PRAGMA user_version = {FORMAT};
"""

WRITING: Final = (
    BUSY_TIMEOUT,
    # A minute's frame takes more than half of a smaller page, and the rest of it would be wasted.
    "PRAGMA page_size = 16384",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = NORMAL",
    "PRAGMA wal_autocheckpoint = 64",
)

_encode: Final = msgspec.json.Encoder().encode
_whole: Final = msgspec.json.Decoder(tuple[Entry, ...])
_one: Final = msgspec.json.Decoder(Entry)
_raw: Final = msgspec.json.Decoder(list[msgspec.Raw])


class Kind(StrEnum):
    """What a file is, before anything is done to it."""

    NEW = "new"
    OURS = "ours"
    OLDER = "older"
    NEWER = "newer"
    FOREIGN = "foreign"


class Found(NamedTuple):
    """A file, what it is, and in words why it is not used where it is not."""

    path: Path
    kind: Kind
    words: str = ""


def files_of(store: Path) -> Iterator[Path]:
    """The names that a store's recordings may have, the first one first."""
    first = store.with_name(store.name + ".history")
    yield first
    for number in range(2, MOST_FILES):
        yield first.with_name(f"{first.name}.{number}")


def look_at(path: Path) -> Found:
    """Read, and change nothing."""
    if not path.exists() or not path.stat().st_size:
        return Found(path, Kind.NEW)
    try:
        with FaultsOf(path), closing(connect_to_read(path)) as connection:
            (application,) = connection.execute("PRAGMA application_id").fetchone()
            (number,) = connection.execute("PRAGMA user_version").fetchone()
            (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except StoreError as error:
        return Found(path, Kind.FOREIGN, str(error))
    return _judge(path, application, number, tables)


def _judge(path: Path, application: int, number: int, tables: int) -> Found:
    if not tables and not application:
        return Found(path, Kind.NEW)
    if application != APPLICATION:
        words = f"{path}: this is no recording of a watcher; it has been left as it is"
        return Found(path, Kind.FOREIGN, words)
    if number > FORMAT:
        words = (
            f"{path}: a newer watcher recorded it (format {number}, this one knows {FORMAT}); it "
            "has been left as it is: ask that version for what it holds"
        )
        return Found(path, Kind.NEWER, words)
    return Found(path, Kind.OURS)


def connect_to_read(path: Path) -> sqlite3.Connection:
    """A connection that cannot write and makes no file."""
    connection = sqlite3.connect(f"{read_only_uri(path)}?mode=ro", uri=True, timeout=10)
    connection.execute("PRAGMA query_only = ON")
    return connection


def connect_to_write(path: Path) -> sqlite3.Connection:
    """A connection for the one who records; makes the file, its owner's alone, where there is none.

    A commit waits for no disk: a crash of the machine may cost the last of it, never the rest.
    """
    path.touch(mode=0o600)
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    for pragma in WRITING:
        connection.execute(pragma)
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if not tables:
        connection.executescript(f"BEGIN IMMEDIATE; {SCHEMA} COMMIT;")
    return connection


def pack(entries: Sequence[Entry]) -> bytes:
    """Entries as they are kept."""
    return zlib.compress(_encode(entries), LEVEL)


def unpack(body: bytes) -> Iterable[Entry]:
    """Entries as they were; of kinds that this watcher does not know, none."""
    written = zlib.decompress(body)
    try:
        return _whole.decode(written)
    except msgspec.ValidationError:
        return _known(_raw.decode(written))


def unpack_some(body: bytes, wanted: Callable[[bytes], bool]) -> tuple[list[Entry], int]:
    """Those entries whose written form is wanted, and how many bytes all of them take."""
    written = zlib.decompress(body)
    entries = [raw for raw in _raw.decode(written) if wanted(bytes(raw))]
    return list(_known(entries)), len(written)


def _known(written: Sequence[msgspec.Raw]) -> Iterator[Entry]:
    for entry in written:
        try:
            yield _one.decode(entry)
        except msgspec.ValidationError:
            continue
