"""What was seen of one job: at a moment, or every change of it, from what was recorded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Final

import msgspec

from watcher.core.flight import Changed, Dark, Entry, Gone, Lit, Looked, Reason, Standing, moment
from watcher.core.past import Past, Seen
from watcher.store.flight_reader import FlightReader, Stretch

AROUND: Final = timedelta(hours=1)
"""So far before and after a moment the outages of a source are shown with it."""

HALTS: Final = (Reason.START, Reason.LOSS)
"""Eras before which nothing was recorded for a while."""


class Change(msgspec.Struct, frozen=True):
    """A difference between two successive looks, but for its input delay alone.

    Without `before` the job is new to the recording, without `after` it is not watched any more.
    `error` is what an error that came with it said.
    """

    at: datetime
    before: Seen | None
    after: Seen | None
    error: str | None = None


class Outage(msgspec.Struct, frozen=True):
    """Requests of a source that failed: `until` is when a good answer came, where one did.

    `of_job` says that the job was among the names that were asked for, `listing` that it was the
    discovery of names that failed.
    """

    since: datetime
    until: datetime | None
    cause: str
    detail: str
    job_type: str
    of_job: bool
    listing: bool


class Pause(msgspec.Struct, frozen=True):
    """A time in which nothing was recorded: the watcher did not run, or could not write."""

    since: datetime
    until: datetime | None
    reason: Reason


class Moment(msgspec.Struct, frozen=True):
    """What was seen of a job at a time.

    `seen` is `None` where it was not watched, `looked_at` its last good answer until then, `error`
    the text of its last error.  `recorded_from` is where all recordings begin, `pause` the time
    without any that the moment lies in; `unwritten` says that the recording does not reach it yet.
    """

    at: datetime
    recorded_from: datetime | None
    pause: Pause | None = None
    seen: Seen | None = None
    looked_at: datetime | None = None
    error: str | None = None
    before: Change | None = None
    after: Change | None = None
    outages: tuple[Outage, ...] = ()
    unwritten: bool = False


class Place(msgspec.Struct, frozen=True):
    """One job of which something is recorded."""

    source: str
    job_type: str
    job: str


def places_of(reader: FlightReader, job: str) -> tuple[Place, ...]:
    """Every job of that name in any source."""
    found = {
        Place(source, entry.job_type, job)
        for stretch in reader.stretches()
        for source in reader.sources()
        for entry in reader.changes(stretch, source)
        if isinstance(entry, Standing | Changed) and entry.job == job
    }
    return tuple(sorted(found, key=lambda place: (place.source, place.job_type)))


def changes_of(reader: FlightReader, place: Place, since: datetime) -> tuple[Change, ...]:
    """Every change since then, oldest first."""
    stretches = reader.stretches()
    first = _number_at(stretches, since)
    found = _changes(reader, place, stretches[first or 0 :])
    return tuple(_with_error(reader, place, change) for change in found if change.at >= since)


def _with_error(reader: FlightReader, place: Place, change: Change) -> Change:
    before, after = change.before, change.after
    if after is None or after.run is None:
        return change
    old = before.run.last_error_at if before and before.run else None
    new = after.error is not None or after.run.last_error_at != old
    return msgspec.structs.replace(change, error=reader.text(place.source, after) if new else None)


def outages_of(
    reader: FlightReader, place: Place, since: datetime, until: datetime
) -> tuple[Outage, ...]:
    """The outages of a job's source between two times, oldest first."""
    stretches = [one for one in reader.stretches() if one.at <= until and one.until >= since]
    found: dict[tuple[datetime, str, str], Outage] = {}
    for stretch in stretches:
        for outage in _outages(reader, place, stretch):
            found[(outage.since, outage.job_type, outage.cause)] = outage
    within = (o for o in found.values() if o.since <= until and (o.until or until) >= since)
    return tuple(sorted(within, key=attrgetter("since")))


def pauses_of(stretches: Sequence[Stretch]) -> tuple[Pause, ...]:
    """The times in which nothing was recorded; the last goes on where nothing came after it."""
    ends = [stretch.until for stretch in stretches]
    pauses = [
        Pause(min(next_.lost_from or end, next_.at), next_.at, next_.reason)
        for end, next_ in zip(ends, stretches[1:], strict=False)
        if next_.reason in HALTS
    ]
    last = [Pause(ends[-1], None, Reason.START)] if ends else []
    return (*pauses, *last)


def moment_of(reader: FlightReader, place: Place, at: datetime) -> Moment:
    """What was seen of a job at a time."""
    stretches = reader.stretches()
    begin = min((one.at for one in stretches), default=None)
    number = _number_at(stretches, at)
    if number is None:
        return Moment(at, begin)
    past, looked_at = _until(reader, place, stretches[number], at)
    seen = past.jobs.get((place.job_type, place.job))
    before = _last_before(reader, place, stretches[: number + 1], at)
    pause = next((p for p in pauses_of(stretches) if p.since < at < (p.until or at + AROUND)), None)
    return Moment(
        at,
        begin,
        pause,
        seen,
        looked_at or (seen.changed_at if seen else None),
        reader.text(place.source, seen) if seen else None,
        before,
        _first_after(reader, place, stretches[number:], at),
        outages_of(reader, place, at - AROUND, at + AROUND),
        unwritten=at > stretches[-1].until,
    )


def _number_at(stretches: Sequence[Stretch], at: datetime) -> int | None:
    """The era in force at a time; of several, after a clock was set back, the last one recorded."""
    return max((i for i, one in enumerate(stretches) if one.at <= at), default=None)


def _until(
    reader: FlightReader, place: Place, stretch: Stretch, at: datetime
) -> tuple[Past, datetime | None]:
    """The era as it stood then, and the last good answer about the job until then."""
    past, looks = Past(place.job), list[Looked]()
    for entry in reader.everything(stretch, place.source):
        if isinstance(entry, Standing) or moment(entry.at) <= at:
            past.take(entry)
            looks += [entry] if isinstance(entry, Looked) else []
    key = past.request_of.get((place.job_type, place.job))
    times = (
        moment(look.at + later)
        for look in looks
        if (look.job_type, look.key) == (place.job_type, key)
        for later in (0, *look.later)
    )
    return past, max((time for time in times if time <= at), default=None)


def _last_before(
    reader: FlightReader, place: Place, stretches: Sequence[Stretch], at: datetime
) -> Change | None:
    """The last change until a time; eras are looked through two by two, the last ones first."""
    for end in range(len(stretches), 0, -1):
        found = _changes(reader, place, stretches[max(end - 2, 0) : end])
        until = [change for change in found if change.at <= at]
        if until:
            return until[-1]
    return None


def _first_after(
    reader: FlightReader, place: Place, stretches: Sequence[Stretch], at: datetime
) -> Change | None:
    found = _changes(reader, place, stretches)
    return next((change for change in found if change.at > at), None)


def _changes(reader: FlightReader, place: Place, stretches: Sequence[Stretch]) -> Iterator[Change]:
    """The changes in successive eras; the first one's beginning is no change."""
    before: Seen | None = None
    for number, stretch in enumerate(stretches):
        past, standing = Past(place.job), True
        for entry in _of_job(reader.changes(stretch, place.source), place):
            if standing and not isinstance(entry, Standing):
                standing = False
                yield from _between(before, _seen(past, place), stretch.at, first=not number)
                before = _seen(past, place)
            past.take(entry)
            if not isinstance(entry, Standing):
                yield from _between(before, _seen(past, place), moment(entry.at))
                before = _seen(past, place)
        if standing:
            yield from _between(before, _seen(past, place), stretch.at, first=not number)
            before = _seen(past, place)


def _of_job(entries: Iterable[Entry], place: Place) -> Iterator[Standing | Changed | Gone]:
    for entry in entries:
        if isinstance(entry, Standing | Changed | Gone) and (entry.job_type, entry.job) == (
            place.job_type,
            place.job,
        ):
            yield entry


def _seen(past: Past, place: Place) -> Seen | None:
    return past.jobs.get((place.job_type, place.job))


def _between(
    before: Seen | None, after: Seen | None, at: datetime, *, first: bool = False
) -> Iterator[Change]:
    if not first and _bare(before) != _bare(after):
        seen_at = after.changed_at if after else None
        yield Change(seen_at or at, before, after)


def _bare(seen: Seen | None) -> Seen | None:
    """What makes a change: everything but the delay and the time."""
    if seen is None:
        return None
    run = seen.run and msgspec.structs.replace(seen.run, input_delay_ms=None)
    return msgspec.structs.replace(seen, run=run, changed_at=None)


def _outages(reader: FlightReader, place: Place, stretch: Stretch) -> Iterator[Outage]:
    if not any(isinstance(entry, Dark) for entry in reader.changes(stretch, place.source)):
        # Most eras have none, and all looks are many.
        return
    past = Past(place.job)
    open_: dict[tuple[str, str], Outage] = {}
    for entry in reader.everything(stretch, place.source):
        past.take(entry)
        if isinstance(entry, Dark):
            key = (entry.job_type, entry.key)
            if (ended := open_.pop(key, None)) is not None:
                yield msgspec.structs.replace(ended, until=moment(entry.at))
            open_[key] = _outage(past, place, entry, first=ended is None)
        elif isinstance(entry, Lit) and (over := open_.pop((entry.job_type, entry.key), None)):
            yield msgspec.structs.replace(over, until=moment(entry.at))
    yield from open_.values()


def _outage(past: Past, place: Place, dark: Dark, *, first: bool) -> Outage:
    return Outage(
        since=moment(dark.since if first else dark.at),
        until=None,
        cause=dark.cause,
        detail=dark.detail,
        job_type=dark.job_type,
        of_job=past.request_of.get((place.job_type, place.job)) == dark.key,
        listing=not dark.key,
    )
