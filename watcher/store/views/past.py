"""What was seen of one job over a span: its changes, its delays, and when nobody could look."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
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

MOST_READ: Final = 96_000_000
"""So many bytes of looks are gone through for one chart, the latest first: half a second's work."""
FRESH_FOR: Final = timedelta(seconds=60)
"""So long the looks of the last era are kept: the recorder adds to them once a minute."""
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


class Kept:
    """What was gone through before: of eras that are over for good, of the last one for a minute.

    Used by one reader at a time.  `most` eras are kept, those that were not asked for longest go.
    """

    def __init__(self, most: int = 64) -> None:
        self._most = most
        self._looks: OrderedDict[tuple[Path, int, Place], tuple[datetime, list[Entry]]] = (
            OrderedDict()
        )

    def find(self, key: tuple[Path, int, Place], since: datetime | None) -> list[Entry] | None:
        """What is kept of an era; where `since` is given, only if it was read after that."""
        read_at, entries = self._looks.get(key, (None, []))
        if read_at is None or (since is not None and read_at <= since):
            return None
        self._looks.move_to_end(key)
        return entries

    def keep(self, key: tuple[Path, int, Place], read_at: datetime, entries: list[Entry]) -> None:
        """Keep what was read of an era."""
        self._looks[key] = (read_at, entries)
        self._looks.move_to_end(key)
        while len(self._looks) > self._most:
            self._looks.popitem(last=False)


class JobReader(FlightReader):
    """A reader that unpacks what is about one job, and of all else only the beginnings.

    Of the looks it goes through `most` bytes at most, but for those that are kept; `skipped` are
    the eras beyond that.
    """

    def __init__(self, store: Path, place: Place, now: datetime, most: int, kept: Kept) -> None:
        """Open what is there."""
        super().__init__(store)
        self.skipped: set[Stretch] = set()
        self._place = place
        self._now = now
        self._left = most
        self._kept = kept
        self._last = max(self.stretches(), key=lambda one: (one.file, one.era), default=None)

    def delays(self, stretch: Stretch) -> list[Entry]:
        """The looks that tell the job's delays, in order."""
        return list(self._entries(stretch, self._place.source, Layer.LOOK))

    def _entries(self, stretch: Stretch, source: str, layer: Layer) -> Iterator[Entry]:
        if layer is Layer.LOOK:
            yield from self._looks_of(stretch, source)
            return
        about = _About(self._place)
        for body in self._bodies(stretch, source, layer):
            yield from unpack_some(body, about.wants)[0]

    def _looks_of(self, stretch: Stretch, source: str) -> list[Entry]:
        key = (self.paths[stretch.file], stretch.era, self._place)
        since = self._now - FRESH_FOR if stretch == self._last else None
        known = self._kept.find(key, since)
        if known is not None or stretch in self.skipped:
            return known or []
        found = self._read(stretch, source)
        if found is None:
            self.skipped.add(stretch)
            return []
        self._kept.keep(key, self._now, found)
        return found

    def _read(self, stretch: Stretch, source: str) -> list[Entry] | None:
        """An era's looks; nothing where that would be too much."""
        about, found = _About(self._place), list[Entry]()
        for body in self._bodies(stretch, source, Layer.LOOK):
            if self._left <= 0:
                return None
            entries, size = unpack_some(body, about.wants)
            self._left -= size
            found += map(about.narrowed, entries)
        return found


class _About:
    """Which entries of an era are about a job: those that name it, and the delays it is among.

    In which request's answers it is the names say that come before them.
    """

    def __init__(self, place: Place) -> None:
        self._place = place
        self._job = _encode(place.job)
        self._type = _encode(place.job_type)
        self._requests: set[bytes] = set()
        self._position: dict[str, int] = {}

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

    def narrowed(self, entry: Entry) -> Entry:
        """An entry about many jobs without the others: what is kept of it shall be small."""
        match entry:
            case Names() if entry.job_type == self._place.job_type:
                self._position.pop(entry.key, None)
                if self._place.job not in entry.names:
                    return Names(entry.at, entry.job_type, entry.key, ())
                self._position[entry.key] = entry.names.index(self._place.job)
                return Names(entry.at, entry.job_type, entry.key, (self._place.job,))
            case Lags():
                number = self._position.get(entry.key)
                known = number is not None and number < len(entry.steps)
                steps = entry.steps[number : number + 1] if known and number is not None else ()
                return Lags(entry.at, entry.job_type, entry.key, steps)
            case _:
                return entry

    def _names(self, raw: bytes) -> bool:
        if self._job not in raw:
            # A request that no longer asks for it says where its delays end.
            return self._asked(raw)
        entry = _names.decode(raw)
        if entry.job_type == self._place.job_type:
            self._requests.add(b",%b,%b," % (self._type, _encode(entry.key)))
        return entry.job_type == self._place.job_type

    def _asked(self, raw: bytes) -> bool:
        return any(request in raw[: len(request) + HEAD] for request in self._requests)


def read_past(
    store: Path,
    place: Place,
    since: datetime,
    until: datetime,
    kept: Kept | None = None,
    most_read: int = MOST_READ,
) -> JobPast:
    """Read the recording beside a store; `StoreError` where it cannot be read.

    Who gives what is `kept` reads until now.
    """
    reader = JobReader(store, place, until, most_read, kept or Kept())
    try:
        return _past(reader, place, since, until)
    finally:
        reader.close()


def _past(reader: JobReader, place: Place, since: datetime, until: datetime) -> JobPast:
    stretches = reader.stretches()
    within = [one for one in stretches if one.at <= until and one.until >= since]
    eras = [reader.delays(stretch) for stretch in reversed(within)]
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
