"""Reads what the flight recorder kept, beside the service that goes on recording."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from heapq import merge
from operator import attrgetter
from pathlib import Path

import msgspec

from watcher.core.flight import Entry, Layer, Reason, Standing, moment
from watcher.core.past import Seen
from watcher.core.run_summary import error_time
from watcher.store.faults import FaultsOf
from watcher.store.flight_file import Kind, connect_to_read, files_of, look_at, unpack


class Stretch(msgspec.Struct, frozen=True):
    """One era as it is kept: from when until when it was recorded, and why it began.

    `file` and `era` are where it is kept; `lost_from` is since when nothing could be kept before.
    """

    file: int
    era: int
    at: datetime
    until: datetime
    reason: Reason
    lost_from: datetime | None


class FlightReader:
    """All recordings beside a store, each only read; `remarks` say what cannot be."""

    def __init__(self, store: Path) -> None:
        """Open what is there; nothing where there is nothing."""
        found = [one for one in map(look_at, _existing(store.resolve())) if one.kind != Kind.NEW]
        self.remarks = tuple(one.words for one in found if one.words)
        self.paths = tuple(one.path for one in found if one.kind is Kind.OURS)
        self._connections: list[sqlite3.Connection] = []
        for path in self.paths:
            with FaultsOf(path):
                self._connections.append(connect_to_read(path))

    @property
    def size(self) -> int:
        """How many bytes all of it takes."""
        return sum(path.stat().st_size for path in self.paths)

    def close(self) -> None:
        """Let go of the files."""
        for connection in self._connections:
            connection.close()

    def stretches(self) -> tuple[Stretch, ...]:
        """Every era, in the order in which they were recorded: a clock may have been set back."""
        return tuple(
            _stretch(file, row)
            for file, connection in enumerate(self._connections)
            for row in self._rows(file, connection, _ERAS, ())
        )

    def sources(self) -> tuple[str, ...]:
        """The sources of which anything is recorded."""
        names = {
            str(name)
            for file, connection in enumerate(self._connections)
            for (name,) in self._rows(file, connection, _SOURCES, ())
        }
        return tuple(sorted(names - {""}))

    def changes(self, stretch: Stretch, source: str) -> Iterator[Entry]:
        """What an era began with, and what changed."""
        yield from self._entries(stretch, source, Layer.WHOLE)
        yield from self._entries(stretch, source, Layer.CHANGE)

    def everything(self, stretch: Stretch, source: str) -> Iterator[Entry]:
        """The same with all looks, in order; at one time what changed comes first."""
        whole = list(self._entries(stretch, source, Layer.WHOLE))
        yield from whole
        changes = self._entries(stretch, source, Layer.CHANGE)
        yield from merge(changes, self._looks(stretch, source), key=attrgetter("at"))

    def text(self, source: str, seen: Seen) -> str | None:
        """What a job's last error said, where that is kept."""
        if seen.run is None:
            return None
        error_at = error_time(seen.run)
        place = (source, seen.job_type, seen.job, error_at)
        for file, connection in enumerate(self._connections):
            if error_at:
                rows = self._rows(file, connection, _TEXT_OF_ERROR, place)
            else:
                rows = self._rows(file, connection, _TEXT, (seen.error,))
            for (body,) in rows:
                return zlib.decompress(body).decode()
        return None

    def _looks(self, stretch: Stretch, source: str) -> list[Entry]:
        """Within a frame they are kept by their kinds."""
        found = self._entries(stretch, source, Layer.LOOK)
        timed = [entry for entry in found if not isinstance(entry, Standing)]
        return sorted(timed, key=attrgetter("at"))

    def _entries(self, stretch: Stretch, source: str, layer: Layer) -> Iterator[Entry]:
        for body in self._bodies(stretch, source, layer):
            yield from unpack(body)

    def _bodies(self, stretch: Stretch, source: str, layer: Layer) -> Iterator[bytes]:
        connection = self._connections[stretch.file]
        given = (stretch.era, source, layer.value)
        for (body,) in self._rows(stretch.file, connection, _BODIES, given):
            yield body

    def _rows(
        self, file: int, connection: sqlite3.Connection, sql: str, given: Sequence[object]
    ) -> list[tuple[bytes, ...]]:
        with FaultsOf(self.paths[file]):
            return connection.execute(sql, given).fetchall()


_ERAS = """
SELECT era, at, reason, lost_from,
    (SELECT max(until) FROM frames WHERE frames.era = eras.era) FROM eras ORDER BY era
"""
_SOURCES = "SELECT DISTINCT source FROM frames"
_TEXT_OF_ERROR = """
SELECT body FROM texts JOIN errors USING (number)
WHERE source = ? AND job_type = ? AND job = ? AND error_at = ?
"""
_TEXT = "SELECT body FROM texts WHERE number = ?"
_BODIES = "SELECT body FROM frames WHERE era = ? AND source = ? AND layer = ? ORDER BY seq"


def _existing(store: Path) -> Iterator[Path]:
    for path in files_of(store):
        if not path.exists():
            return
        yield path


def _stretch(file: int, row: Sequence[object]) -> Stretch:
    era, at, reason, lost_from, until = row
    return Stretch(
        file,
        _whole(era),
        moment(_whole(at)),
        moment(max(_whole(until), _whole(at))),
        Reason(str(reason)),
        None if lost_from is None else moment(_whole(lost_from)),
    )


def _whole(number: object) -> int:
    return number if isinstance(number, int) else 0
