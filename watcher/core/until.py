"""When something that a person asks for shall end."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import Final

from watcher.core.span import parse_span

LONGEST: Final = timedelta(days=366)
EXAMPLE: Final = '"2026-11-25 10:00" or "10:00"'


class Fault(StrEnum):
    """What is wrong with an end that was asked for."""

    SPAN = "span"
    TIME = "time"
    SKIPPED = "skipped"
    OVER = "over"
    FAR = "far"


class EndError(ValueError):
    """An end that cannot be; its text is for people, `fault` for programs."""

    def __init__(self, fault: Fault, text: str) -> None:
        """Keep which fault it is."""
        super().__init__(text)
        self.fault = fault


_CLOCK = re.compile(r"[0-9]{1,2}:[0-9]{2}", re.ASCII)


def end_after(span: str, now: datetime) -> datetime:
    """The time that lies a span such as `2h` ahead; raises `EndError`."""
    try:
        ahead = parse_span(span)
    except ValueError as error:
        raise EndError(Fault.SPAN, str(error)) from error
    return _bounded(now + min(ahead, LONGEST + timedelta(days=1)), now)


def end_at(written: str, zone: tzinfo, now: datetime) -> datetime:
    """The time that was written, on the clock of the zone where it says no other.

    A time of day is the next one that comes.  Raises `EndError`.
    """
    if _CLOCK.fullmatch(written):
        return _next(written, zone, now)
    try:
        found = datetime.fromisoformat(written)
    except ValueError:
        raise EndError(Fault.TIME, f"{written!r} is no time; write it as {EXAMPLE}") from None
    return _bounded(found.astimezone(UTC) if found.tzinfo else _on(found, zone), now)


def _next(written: str, zone: tzinfo, now: datetime) -> datetime:
    hour, _, minute = written.partition(":")
    try:
        clock = time(int(hour), int(minute))
    except ValueError:
        words = f"{written!r} is no time of day; write it as {EXAMPLE}"
        raise EndError(Fault.TIME, words) from None
    today = now.astimezone(zone).date()
    found = _on(datetime.combine(today, clock), zone)
    return found if found > now else _on(datetime.combine(today + timedelta(days=1), clock), zone)


def _on(wall: datetime, zone: tzinfo) -> datetime:
    """When the zone's clock shows that; of two times the later, which hides nothing too early."""
    try:
        found = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
        shown = found.astimezone(zone).replace(tzinfo=None, fold=0)
    except OverflowError:
        raise EndError(Fault.TIME, f"{wall} is no time that a calendar holds") from None
    if shown != wall:
        raise EndError(Fault.SKIPPED, f"{wall} never comes in {zone}: the clocks skip it")
    return found


def _bounded(end: datetime, now: datetime) -> datetime:
    if end <= now:
        raise EndError(Fault.OVER, "it would be over already; name a time to come")
    if end - now > LONGEST:
        words = f"at most {LONGEST.days}d; what is never to be told is no rule's matter"
        raise EndError(Fault.FAR, words)
    return end
