"""Writes the flight recorder's file: each reel in one transaction, without secrets; prunes it."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path

import msgspec
from anyio.to_thread import run_sync

from watcher.core.flight import Dark, Entry, Era, Frame, Noted, Reel, stamp
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

_ADD_ERA = "INSERT INTO eras (at, reason, lost_from) VALUES (?, ?, ?)"
_ADD_FRAME = "INSERT INTO frames (era, source, layer, at, until, body) VALUES (?, ?, ?, ?, ?, ?)"
_ADD_TEXT = """
INSERT INTO texts (number, used_at, body) VALUES (?, ?, ?)
ON CONFLICT (number) DO UPDATE SET used_at = max(used_at, excluded.used_at)
"""
_USE_TEXT = "UPDATE texts SET used_at = ? WHERE number = ?"
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

    async def write(self, reel: Reel, now: datetime) -> None:
        """See `ports.Recorder.write`."""
        await run_sync(partial(self._guarded, partial(self._write, reel=reel, now=stamp(now))))

    async def prune(self, before: datetime) -> None:
        """See `ports.Recorder.prune`."""
        await run_sync(partial(self._guarded, partial(self._prune, before=stamp(before))))

    async def close(self) -> None:
        """See `ports.Recorder.close`."""
        await run_sync(self._drop)

    def _guarded(self, work: Callable[[sqlite3.Connection], None]) -> None:
        """Do it in one transaction, or not at all."""
        try:
            with FaultsOf(self._path):
                connection = self._connection or self._open()
                connection.execute("BEGIN IMMEDIATE")
                work(connection)
                connection.execute("COMMIT")
        except BaseException:
            with suppress(StoreError):
                self._drop()
            raise

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

    def _write(self, connection: sqlite3.Connection, reel: Reel, now: int) -> None:
        for number, text in reel.texts.items():
            connection.execute(_ADD_TEXT, (number, now, self._packed_text(text)))
        (era,) = connection.execute("SELECT max(era) FROM eras").fetchone()
        for part in reel.parts:
            if isinstance(part, Era):
                era = _add_era(connection, part)
            else:
                connection.execute(_ADD_FRAME, (era, *self._frame(part)))

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

    def _packed_text(self, text: str) -> bytes:
        return zlib.compress(self._redact(text).encode("utf-8", "replace"), LEVEL)

    def _prune(self, connection: sqlite3.Connection, before: int) -> None:
        """Delete what is not needed to tell of any later time."""
        (era,) = connection.execute(_OLDEST_NEEDED, (before,)).fetchone()
        if era is None:
            return
        (at,) = connection.execute("SELECT at FROM eras WHERE era = ?", (era,)).fetchone()
        connection.execute("DELETE FROM frames WHERE era < ?", (era,))
        connection.execute("DELETE FROM eras WHERE era < ?", (era,))
        connection.execute("DELETE FROM texts WHERE used_at < ?", (at,))


def _first_of_ours(store: Path) -> Sequence[Found]:
    """The files up to the first that can be written, which is the last of them."""
    found: list[Found] = []
    for path in files_of(store):
        found.append(look_at(path))
        if found[-1].kind in (Kind.NEW, Kind.OURS):
            return found
    raise StoreError(f"{found[0].path}: there are too many recordings beside it; move them away")


def _add_era(connection: sqlite3.Connection, era: Era) -> int | None:
    for text in era.texts:
        connection.execute(_USE_TEXT, (era.at, text))
    return connection.execute(_ADD_ERA, (era.at, era.reason.value, era.lost_from)).lastrowid
