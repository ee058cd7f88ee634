"""Recurring maintenance windows: times in which beginnings are expected and not told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from itertools import pairwise
from typing import Final, TypeAlias

import msgspec
from cronsim import CronSim

from watcher.core.rule import Match

MINUTES_OF_DAY: Final = 24 * 60
DAY: Final = timedelta(days=1)
INSTANT: Final = timedelta(microseconds=1)
LONGEST_OPENING: Final = timedelta(days=60)
"""What stays open for longer is no window: nobody would hear of anything."""
DAYS_AHEAD: Final = 800
"""How many days are looked through: a weekday comes within them, or it never does."""


class Cron(msgspec.Struct, frozen=True):
    """Opens when a cron expression says, in `zone`, and is open for `lasts`.

    As Debian's cron has it: a time that clocks going forward skip comes at the moment at which they
    go, and one that clocks going back show twice comes once, the first time; an expression whose
    minute or hour begins with a star follows the clock as it is.
    """

    expression: str
    lasts: timedelta
    zone: tzinfo


class Hours(msgspec.Struct, frozen=True):
    """Open while the clock of `zone` shows a time from `begin` up to `end` (minutes of the day).

    `days` are those on which it opens, Monday 0; an `end` before `begin` lies on the next day.
    Where clocks go forward, what they skip is not in it; where they go back, both times are.
    """

    days: frozenset[int]
    begin: int
    end: int
    zone: tzinfo


Schedule: TypeAlias = Cron | Hours


class Window(msgspec.Struct, frozen=True):
    """One window of the file: whose beginnings it hides (`match`, of which it asks the place)."""

    name: str
    schedule: Schedule
    match: Match = Match()


class Opening(msgspec.Struct, frozen=True):
    """One time in which a window is open; `ends_at` is `None` where it is open for too long."""

    begins_at: datetime
    ends_at: datetime | None


@lru_cache(maxsize=1024)
def is_open(schedule: Schedule, at: datetime) -> bool:
    """Whether it is open at an instant; the first one of an opening counts, its end does not.

    One Step asks for the same instant again and again.
    """
    if isinstance(schedule, Hours):
        return _shows(schedule, at.astimezone(schedule.zone))
    begun = next(_beginnings(schedule, at - schedule.lasts), None)
    return begun is not None and begun <= at


def openings(schedule: Schedule, after: datetime) -> Iterator[Opening]:
    """The openings that end after an instant, in order; those that touch each other are one."""
    last: Opening | None = None
    for piece in _pieces(schedule, after):
        if last is None or last.ends_at is None:
            last = piece
        elif piece.begins_at <= last.ends_at:
            last = Opening(last.begins_at, piece.ends_at)
        else:
            yield last
            last = piece
        if last.ends_at is not None and last.ends_at - last.begins_at > LONGEST_OPENING:
            yield Opening(last.begins_at, None)
            return
    if last is not None:
        yield last


def opened_at(schedule: Schedule, at: datetime) -> datetime | None:
    """When the opening that an instant lies in has begun; `None` where it is not open then."""
    if not is_open(schedule, at):
        return None
    # Openings begin with a minute, so one look back serves for all of it.
    return _begun(schedule, at.replace(second=0, microsecond=0))


@lru_cache(maxsize=64)
def _begun(schedule: Schedule, at: datetime) -> datetime:
    """The beginning of the first of the openings that touch each other up to an instant."""
    begun = at
    while is_open(schedule, at):
        begun = next(_pieces(schedule, at)).begins_at
        at = begun - INSTANT
    return begun


def _pieces(schedule: Schedule, after: datetime) -> Iterator[Opening]:
    """Openings that end after an instant, in order; they may touch or overlap."""
    if isinstance(schedule, Hours):
        yield from _pieces_of_days(schedule, after)
        return
    for begin in _beginnings(schedule, after - schedule.lasts):
        yield Opening(begin, begin + schedule.lasts)


def _beginnings(cron: Cron, after: datetime) -> Iterator[datetime]:
    """The instants after `after` at which it opens."""
    for begin in CronSim(cron.expression, after.astimezone(cron.zone)):
        # Where clocks go back, a time that lies behind `after` may come again on the clock's face.
        if (found := begin.astimezone(UTC)) > after:
            yield found


def _shows(hours: Hours, wall: datetime) -> bool:
    """Whether a clock that shows `wall` shows a time in it."""
    minute, today = wall.hour * 60 + wall.minute, wall.weekday()
    if hours.begin < hours.end:
        return today in hours.days and hours.begin <= minute < hours.end
    yesterday = (today - 1) % 7
    from_today = today in hours.days and minute >= hours.begin
    return from_today or (yesterday in hours.days and minute < hours.end)


def _pieces_of_days(hours: Hours, after: datetime) -> Iterator[Opening]:
    """The openings, cut wherever they could begin or end."""
    first = after.astimezone(hours.zone).date() - 2 * DAY
    days = (first + number * DAY for number in range(DAYS_AHEAD))
    for edge, following in pairwise(edge for day in days for edge in _edges(hours, day)):
        if following > after and is_open(hours, edge):
            yield Opening(edge, following)


def _edges(hours: Hours, day: date) -> list[datetime]:
    """The instants of one day of the zone at which it may open or close."""
    midnight, next_midnight = _instant(hours.zone, day, 0), _instant(hours.zone, day, 1440)
    found = {midnight}
    for minute in (hours.begin, hours.end):
        found |= {_instant(hours.zone, day, minute, fold) for fold in (0, 1)}
    if (jump := _jump(hours.zone, midnight, next_midnight)) is not None:
        found.add(jump)
    return sorted(edge for edge in found if midnight <= edge < next_midnight)


def _instant(zone: tzinfo, day: date, minute: int, fold: int = 0) -> datetime:
    """When the zone's clock shows that minute of a day, the first or the second time."""
    wall = datetime.combine(day, time(), zone) + timedelta(minutes=minute)
    return wall.replace(fold=fold).astimezone(UTC)


def _jump(zone: tzinfo, early: datetime, late: datetime) -> datetime | None:
    """The first instant between two at which the zone's clock has been set, if it was."""
    offset = early.astimezone(zone).utcoffset()
    if late.astimezone(zone).utcoffset() == offset:
        return None
    while late - early > INSTANT:
        middle = early + (late - early) // 2
        if middle.astimezone(zone).utcoffset() == offset:
            early = middle
        else:
            late = middle
    return late
