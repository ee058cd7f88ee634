"""The states of a job as spans of time: made of what was recorded, with the gaps in it; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Final

import msgspec

from watcher.core.past import Seen
from watcher.store.views.past import JobPast
from watcher.web.tones import state_tone

FRESH: Final = timedelta(minutes=2)
"""What was seen in the last two minutes may not have been written yet."""
WORST: Final = ("bad", "warn", "none", "quiet", "ok")
"""Tones in the order in which one of several is shown where there is no room for all."""


class Sort(StrEnum):
    """What a span is."""

    STATE = "state"
    MISSING = "missing"
    UNWATCHED = "unwatched"
    UNRECORDED = "unrecorded"
    BLIND = "blind"
    MANY = "many"


class Span(msgspec.Struct, frozen=True):
    """One stretch of time in which a job was seen to stand still, or was not seen.

    `count` is how many shorter ones it stands for, where it is `many`.
    """

    since: datetime
    until: datetime
    sort: Sort
    tone: str
    expect_state: str | None = None
    actual_state: str | None = None
    detail: str = ""
    count: int = 1

    @property
    def lasts(self) -> timedelta:
        """How long it is."""
        return self.until - self.since


def spans_of(past: JobPast, present: Seen | None) -> tuple[Span, ...]:
    """The whole of the time asked for, oldest first; `present` is how the job stands at its end."""
    begin = past.recorded_from
    if begin is None or begin >= past.until:
        return (_gap(Sort.UNRECORDED, past.since, past.until),)
    start = max(past.since, begin)
    spans = [_gap(Sort.UNRECORDED, past.since, start)] if start > past.since else []
    spans += _states(past, present, start)
    for outage in past.outages:
        if outage.of_job:
            detail = f"{outage.cause}: {outage.detail}"
            until = min(outage.until or past.until, past.until)
            blind = _gap(Sort.BLIND, outage.since, until, detail)
            spans = list(_laid_over(spans, blind))
    for pause in past.pauses:
        until = min(pause.until or past.until, past.until)
        if pause.until is not None or until - pause.since > FRESH:
            spans = list(_laid_over(spans, _gap(Sort.UNRECORDED, pause.since, until)))
    return tuple(_joined(spans))


def thinned(spans: Sequence[Span], least: timedelta) -> tuple[Span, ...]:
    """The same without spans shorter than `least`: neighbours become one, with the worst tone."""
    found: list[Span] = []
    short: list[Span] = []
    for span in spans:
        full = bool(short) and span.until - short[0].since > least
        if span.lasts >= least or full:
            found += _as_one(short)
            short = []
        if span.lasts >= least:
            found.append(span)
        else:
            short.append(span)
    return (*found, *_as_one(short))


def _as_one(short: Sequence[Span]) -> list[Span]:
    if len(short) < 2:  # noqa: PLR2004 - one alone stays what it is
        return list(short)
    worst = min(short, key=lambda one: WORST.index(one.tone))
    count = sum(one.count for one in short)
    return [Span(short[0].since, short[-1].until, Sort.MANY, worst.tone, count=count)]


def _states(past: JobPast, present: Seen | None, start: datetime) -> list[Span]:
    changes = [change for change in past.changes if change.at > start]
    earlier = [change for change in past.changes if change.at <= start]
    first = changes[0].before if changes else present
    first = earlier[-1].after if earlier else first
    times = [start, *(change.at for change in changes), past.until]
    seen = [first, *(change.after for change in changes)]
    found = [_state(one, *times_) for one, times_ in zip(seen, pairwise(times), strict=True)]
    return [span for span in found if span.until > span.since]


def _state(seen: Seen | None, since: datetime, until: datetime) -> Span:
    if seen is None or seen.run is None:
        return _gap(Sort.UNWATCHED, since, until)
    expect, actual = seen.run.expect_state, seen.run.actual_state
    if seen.absent_since is not None:
        return Span(since, until, Sort.MISSING, "warn", expect, actual)
    return Span(since, until, Sort.STATE, state_tone(expect, actual, seen.job_type), expect, actual)


def _gap(sort: Sort, since: datetime, until: datetime, detail: str = "") -> Span:
    return Span(since, until, sort, "none", detail=detail)


def _laid_over(spans: Iterable[Span], over: Span) -> Iterator[Span]:
    """The spans with one laid over them, as far as they reach."""
    laid = False
    for span in spans:
        since, until = max(span.since, over.since), min(span.until, over.until)
        if since >= until:
            yield span
            continue
        if span.since < since:
            yield msgspec.structs.replace(span, until=since)
        if not laid:
            yield msgspec.structs.replace(over, since=since)
            laid = True
        if until < span.until:
            yield msgspec.structs.replace(span, since=until)


def _joined(spans: Iterable[Span]) -> Iterator[Span]:
    """Neighbours that say the same are one; what was laid over several ends with the last."""
    last: Span | None = None
    for span in spans:
        if last is None:
            last = span
            continue
        last = msgspec.structs.replace(last, until=span.since)
        if _says(last) == _says(span):
            last = msgspec.structs.replace(last, until=span.until)
            continue
        yield last
        last = span
    if last is not None:
        yield last


def _says(span: Span) -> tuple[object, ...]:
    return (span.sort, span.tone, span.expect_state, span.actual_state, span.detail)
