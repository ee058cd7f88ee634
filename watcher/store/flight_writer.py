"""Writes the flight recorder's file: each reel in one transaction, without secrets; prunes it."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

import msgspec
from anyio.to_thread import run_sync

from watcher.core.flight import (
    Dark,
    Entry,
    Era,
    ErrorText,
    Frame,
    Layer,
    Noted,
    Reel,
    Standing,
    Whole,
    number_of,
    stamp,
)
from watcher.core.tape import frames_of
from watcher.ports import StoreError
from watcher.store.faults import FaultsOf
from watcher.store.flight_file import (
    LEVEL,
    Found,
    Kind,
    connect_to_write,
    files_of,
    look_at,
    pack,
)

Result = TypeVar("Result")

BYTES_KEPT: Final = 8192
"""So much of an error's text is kept."""

_ADD_ERA = "INSERT INTO eras (at, reason, lost_from) VALUES (?, ?, ?)"
_ADD_FRAME = "INSERT INTO frames (era, source, layer, at, until, body) VALUES (?, ?, ?, ?, ?, ?)"
_HAS_ERROR = """
SELECT 1 FROM errors WHERE source = ? AND job_type = ? AND job = ? AND error_at = ? AND error_at > 0
"""
_ADD_ERROR = """
INSERT INTO errors (source, job_type, job, error_at, number, used_at) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET used_at = excluded.used_at
"""
_HAS_TEXT = "SELECT 1 FROM texts WHERE number = ?"
_ADD_TEXT = "INSERT INTO texts (number, body) VALUES (?, ?)"
_USE_ERROR = """
UPDATE errors SET used_at = ? WHERE source = ? AND job_type = ? AND job = ? AND error_at = ?
"""
_OLDEST_NEEDED = "SELECT max(era) FROM eras WHERE at <= ?"


class FlightWriter:
    """Implements `ports.Recorder`.

    The file is opened at the first write.  `passed_over` are those that are not ours to write, in
    words.  After a fault the next write opens it anew.
    """

    def __init__(self, store: Path, redact: Callable[[str], str]) -> None:
        """Record beside the store at this path."""
        self.passed_over: tuple[str, ...] = ()
        self._store = store
        self._redact = redact
        self._connection: sqlite3.Connection | None = None
        self._path = next(files_of(store))

    async def write(self, reel: Reel, now: datetime) -> int:
        """See `ports.Recorder.write`."""
        work = partial(self._write, reel=reel, now=stamp(now))
        return await run_sync(partial(self._guarded, work))

    async def prune(self, before: datetime) -> None:
        """See `ports.Recorder.prune`."""
        await run_sync(partial(self._guarded, partial(self._prune, before=stamp(before))))

    async def close(self) -> None:
        """See `ports.Recorder.close`."""
        await run_sync(self._drop)

    def _guarded(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        """Do it in one transaction, or not at all."""
        try:
            with FaultsOf(self._path):
                connection = self._connection or self._open()
                connection.execute("BEGIN IMMEDIATE")
                done = work(connection)
                connection.execute("COMMIT")
        except BaseException:
            with suppress(StoreError):
                self._drop()
            raise
        return done

    def _open(self) -> sqlite3.Connection:
        found = _first_of_ours(self._store.resolve())
        self.passed_over = tuple(one.words for one in found[:-1])
        self._path = found[-1].path
        self._connection = connect_to_write(self._path)
        return self._connection

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with FaultsOf(self._path):
                connection.close()

    def _write(self, connection: sqlite3.Connection, reel: Reel, now: int) -> int:
        written = 0
        for text in reel.texts:
            self._add_text(connection, text, now)
        (era,) = connection.execute("SELECT max(era) FROM eras").fetchone()
        for part in reel.parts:
            if isinstance(part, Era):
                given = (part.at, part.reason.value, part.lost_from)
                era = connection.execute(_ADD_ERA, given).lastrowid
                continue
            for frame in frames_of(part) if isinstance(part, Whole) else (part,):
                connection.execute(_ADD_FRAME, (era, *self._frame(frame)))
                connection.executemany(_USE_ERROR, _errors_in(frame))
                written += 1
        return written

    def _frame(self, frame: Frame) -> tuple[str, str, int, int, bytes]:
        entries = tuple(map(self._without_secrets, frame.entries))
        return (frame.source, frame.layer.value, frame.at, frame.until, pack(entries))

    def _without_secrets(self, entry: Entry) -> Entry:
        if isinstance(entry, Dark):
            return msgspec.structs.replace(entry, detail=self._redact(entry.detail))
        if isinstance(entry, Noted):
            return msgspec.structs.replace(entry, facts=self._clean(entry.facts))
        return entry

    def _clean(self, facts: Mapping[str, object]) -> dict[str, object]:
        return {n: self._redact(v) if isinstance(v, str) else v for n, v in facts.items()}

    def _add_text(self, connection: sqlite3.Connection, error: ErrorText, now: int) -> None:
        """Keep a text once, whoever's error says it; whose is known already is not packed again."""
        place = (error.source, error.job_type, error.job, error.error_at)
        if connection.execute(_HAS_ERROR, place).fetchone():
            return
        number = number_of(error.text)
        connection.execute(_ADD_ERROR, (*place, number, now))
        if not connection.execute(_HAS_TEXT, (number,)).fetchone():
            connection.execute(_ADD_TEXT, (number, self._packed(error.text)))

    def _packed(self, text: str) -> bytes:
        kept = self._redact(text).encode("utf-8", "replace")[:BYTES_KEPT]
        return zlib.compress(kept.decode(errors="ignore").encode(), LEVEL)

    def _prune(self, connection: sqlite3.Connection, before: int) -> None:
        """Delete what is not needed to tell of any later time."""
        (era,) = connection.execute(_OLDEST_NEEDED, (before,)).fetchone()
        if era is None:
            return
        (at,) = connection.execute("SELECT at FROM eras WHERE era = ?", (era,)).fetchone()
        connection.execute("DELETE FROM frames WHERE era < ?", (era,))
        connection.execute("DELETE FROM eras WHERE era < ?", (era,))
        connection.execute("DELETE FROM errors WHERE used_at < ?", (at,))
        connection.execute("DELETE FROM texts WHERE number NOT IN (SELECT number FROM errors)")


def _first_of_ours(store: Path) -> Sequence[Found]:
    """The files up to the first that can be written, which is the last of them."""
    found: list[Found] = []
    for path in files_of(store):
        found.append(look_at(path))
        if found[-1].kind in (Kind.NEW, Kind.OURS):
            return found
    raise StoreError(f"{found[0].path}: there are too many recordings beside it; move them away")


def _errors_in(frame: Frame) -> Iterator[tuple[object, ...]]:
    """The errors that jobs had when an era began: their texts are needed as long as that is."""
    for entry in frame.entries if frame.layer is Layer.WHOLE else ():
        if isinstance(entry, Standing) and entry.fields.get("last_error_at"):
            place = (frame.source, entry.job_type, entry.job)
            yield (frame.at, *place, entry.fields["last_error_at"])
