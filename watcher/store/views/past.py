"""What was seen of one job over a span: its changes, its delays, and when nobody could look."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from watcher.core.flight import Entry, Lags, Layer, Names, moment
from watcher.store.flight_file import unpack_some
from watcher.store.flight_reader import FlightReader, Stretch
from watcher.store.history import (
    Change,
    Outage,
    Pause,
    Place,
    changes_of,
    outages_of,
    pauses_of,
)

MOST_READ: Final = 64_000_000
"""So many bytes of looks are gone through for one chart, the latest first: half a second's work."""
HEAD: Final = 40
"""Bytes before the end of a request's name in the written form of a minute's delays."""

_encode: Final = msgspec.json.Encoder().encode
_names: Final = msgspec.json.Decoder(Names)


class Point(msgspec.Struct, frozen=True):
    """The input delay of one minute, `None` where the answer held none."""

    at: datetime
    delay_ms: int | None


class JobPast(msgspec.Struct, frozen=True):
    """What was recorded of a job between two times.

    `recorded_from` is where all recordings begin.  `outages` are those of its source, `pauses` the
    times in which nothing was recorded.  `points_from` is since when the delays are whole: what
    lies before was too much to go through.
    """

    since: datetime
    until: datetime
    recorded_from: datetime | None
    changes: tuple[Change, ...]
    outages: tuple[Outage, ...]
    pauses: tuple[Pause, ...]
    points: tuple[Point, ...]
    points_from: datetime


class JobReader(FlightReader):
    """A reader that unpacks what is about one job, and of all else only the beginnings.

    Of the looks it goes through `most` bytes at most; `skipped` are the eras beyond that.
    """

    def __init__(self, store: Path, place: Place, most: int) -> None:
        """Open what is there."""
        super().__init__(store)
        self.skipped: list[Stretch] = []
        self._about = _About(place)
        self._left = most
        self._kept: dict[tuple[int, int, Layer], list[Entry]] = {}

    def delays(self, stretch: Stretch, source: str) -> list[Entry]:
        """The looks that tell the job's delays, in order."""
        return list(self._entries(stretch, source, Layer.LOOK))

    def _entries(self, stretch: Stretch, source: str, layer: Layer) -> Iterator[Entry]:
        key = (stretch.file, stretch.era, layer)
        if key not in self._kept:
            self._kept[key] = self._read(stretch, source, layer)
        yield from self._kept[key]

    def _read(self, stretch: Stretch, source: str, layer: Layer) -> list[Entry]:
        found: list[Entry] = []
        for body in self._bodies(stretch, source, layer):
            if self._left <= 0:
                self.skipped.append(stretch)
                return []
            entries, size = unpack_some(body, self._about.wants)
            self._left -= size if layer is Layer.LOOK else 0
            found += entries
        return found


class _About:
    """Which entries are about a job: those that name it, and the delays of the request it is in.

    Which request that is the names say that come before.
    """

    def __init__(self, place: Place) -> None:
        self._place = place
        self._job = _encode(place.job)
        self._type = _encode(place.job_type)
        self._requests: set[bytes] = set()

    def wants(self, raw: bytes) -> bool:
        """Whether an entry, as it is written, is one of them."""
        match raw[2:3]:
            case b"a":
                return self._names(raw)
            case b"d":
                return self._asked(raw)
            case b"o" | b"l":
                return True
            case b"j" | b"c" | b"g":
                return self._job in raw
            case _:
                return False

    def _names(self, raw: bytes) -> bool:
        if self._job not in raw:
            # A request that no longer asks for it says where its delays end.
            return self._asked(raw)
        entry = _names.decode(raw)
        self._requests.add(b",%b,%b," % (self._type, _encode(entry.key)))
        return True

    def _asked(self, raw: bytes) -> bool:
        return any(request in raw[: len(request) + HEAD] for request in self._requests)


def read_past(
    store: Path, place: Place, since: datetime, until: datetime, most_read: int = MOST_READ
) -> JobPast:
    """Read the recording beside a store; `StoreError` where it cannot be read."""
    reader = JobReader(store, place, most_read)
    try:
        return _past(reader, place, since, until)
    finally:
        reader.close()


def _past(reader: JobReader, place: Place, since: datetime, until: datetime) -> JobPast:
    stretches = reader.stretches()
    within = [one for one in stretches if one.at <= until and one.until >= since]
    eras = [reader.delays(stretch, place.source) for stretch in reversed(within)]
    points = (point for era in reversed(eras) for point in _points(era, place))
    skipped = (stretch.until for stretch in reader.skipped)
    return JobPast(
        since=since,
        until=until,
        recorded_from=min((one.at for one in stretches), default=None),
        changes=tuple(one for one in changes_of(reader, place, since) if one.at <= until),
        outages=outages_of(reader, place, since, until),
        pauses=_pauses(stretches, since, until),
        points=tuple(point for point in points if since <= point.at <= until),
        points_from=max((since, *skipped)),
    )


def _pauses(stretches: Sequence[Stretch], since: datetime, until: datetime) -> tuple[Pause, ...]:
    return tuple(
        one for one in pauses_of(stretches) if one.since < until and (one.until or until) >= since
    )


def _points(entries: Iterable[Entry], place: Place) -> Iterator[Point]:
    """The delays of one era; each is told by its difference from the one before."""
    position: dict[str, int] = {}
    before: dict[str, int] = {}
    for entry in entries:
        if isinstance(entry, Names) and entry.job_type == place.job_type:
            before.pop(entry.key, None)
            position.pop(entry.key, None)
            if place.job in entry.names:
                position[entry.key] = entry.names.index(place.job)
        elif isinstance(entry, Lags) and entry.job_type == place.job_type:
            step = _step(entry, position.get(entry.key))
            if step is not None:
                before[entry.key] = before.get(entry.key, 0) + step
                delay = before[entry.key]
                yield Point(moment(entry.at), delay if delay >= 0 else None)
            elif before.pop(entry.key, None) is not None:
                yield Point(moment(entry.at), None)


def _step(lags: Lags, number: int | None) -> int | None:
    return lags.steps[number] if number is not None and number < len(lags.steps) else None
