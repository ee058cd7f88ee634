"""A `[[windows]]` table of the file: a time of maintenance that comes again and again."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Annotated, Final

from cronsim import CronSim, CronSimError
from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from watcher.config.faults import did_you_mean
from watcher.config.file_table import parse_timezone
from watcher.config.rule_table import Glob, OneOrMany
from watcher.core.rule import ZERO, Match
from watcher.core.window import LONGEST_OPENING, MINUTES_OF_DAY, Cron, Hours, Window
from watcher.tables import Many, PositiveSpan, StrictTable

CRON_FIELDS: Final = 5
MIDNIGHT: Final = "00:00"
SOME_DAY: Final = datetime(2024, 1, 1, tzinfo=UTC)
"""From it on every expression that ever opens does so within fifty years."""

DAYS: Final = MappingProxyType(
    {day: number for number, day in enumerate(("mon", "tue", "wed", "thu", "fri", "sat", "sun"))}
)
"""How the file writes weekdays, Monday first."""

_CLOCK = re.compile(r"([0-9]{2}):([0-9]{2})", re.ASCII)


def parse_clock(written: str) -> int:
    """Minutes of the day that a time of day such as `02:30` means; `24:00` is its end."""
    found = _CLOCK.fullmatch(written)
    minute = int(found[1]) * 60 + int(found[2]) if found else MINUTES_OF_DAY + 1
    if found is None or int(found[2]) >= 60 or minute > MINUTES_OF_DAY:  # noqa: PLR2004
        raise ValueError('write a time of day as "02:00", at most "24:00"')
    return minute


def _checked_clock(written: str) -> str:
    parse_clock(written)
    return written


def _checked_beginning(written: str) -> str:
    if parse_clock(written) == MINUTES_OF_DAY:
        raise ValueError("a day's end is the next one's \"00:00\"")
    return written


def _checked_zone(written: str) -> str:
    parse_timezone(written)
    return written


def _checked_cron(written: str) -> str:
    if len(written.split()) != CRON_FIELDS:
        raise ValueError("write five fields: minute hour day month weekday")
    try:
        never = next(CronSim(written, SOME_DAY), None) is None
    except (CronSimError, ValueError) as error:
        raise ValueError(_why_not(str(error))) from None
    if never:
        raise ValueError("it never opens: no such day comes within fifty years")
    return written


def _why_not(said: str) -> str:
    field = said.removeprefix("Bad ")
    hint = f"its field {field} is none that cron knows" if field != said else "cron cannot read it"
    if field == "day-of-month":
        hint += ", or no month that it names has that day, so that it never opens"
    return hint


def _checked_lasts(span: timedelta) -> timedelta:
    if span > LONGEST_OPENING:
        raise ValueError(f"a window is open for at most {LONGEST_OPENING.days}d")
    return span


def _day(written: object) -> object:
    if isinstance(written, str) and written not in DAYS:
        hint = did_you_mean(written, DAYS)
        raise ValueError("a day is one of " + ", ".join(DAYS) + (f"; {hint}" if hint else ""))
    return written


Day = Annotated[
    str,
    BeforeValidator(_day),
    WithJsonSchema({"type": "string", "enum": list(DAYS)}),
]
"""A weekday as the file writes it."""


class PlaceTable(StrictTable):
    """Whom a window is about; what is not given admits every job and source."""

    source: OneOrMany[Glob] = ()
    """Globs of sources' names."""
    project: OneOrMany[Glob] = ()
    """Globs of projects."""
    job: OneOrMany[Glob] = ()
    """Globs of jobs' names."""
    job_type: OneOrMany[Glob] = ()
    """Globs of job types."""
    labels: dict[str, OneOrMany[Glob]] = Field(default_factory=dict)
    """Globs of labels' values; every label named must be there and fit."""


class WindowTable(StrictTable):
    """One window of the file: `cron` and `for`, or `days`, `from` and `to`."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    """What it is known by, in decisions and messages."""
    match: PlaceTable = PlaceTable()
    """Whose beginnings are expected in it."""
    cron: Annotated[str, Field(max_length=200), AfterValidator(_checked_cron)] | None = None
    """When it opens: minute hour day month weekday."""
    lasts: Annotated[PositiveSpan, AfterValidator(_checked_lasts)] | None = Field(
        default=None, alias="for"
    )
    """How long it is open then."""
    days: Many[Day] = ()
    """The weekdays on which it opens."""
    begin: Annotated[str, AfterValidator(_checked_beginning)] | None = Field(
        default=None, alias="from"
    )
    """The time of day at which it opens."""
    end: Annotated[str, AfterValidator(_checked_clock)] | None = Field(default=None, alias="to")
    """The time of day at which it closes; before `from`, it is one of the next day."""
    zone: Annotated[str, AfterValidator(_checked_zone)] | None = None
    """Whose clock it goes by; by default the file's timezone."""

    @property
    def opens(self) -> bool:
        """Whether it has all that an opening needs."""
        by_days = self.days and self.begin and self.end and self.begin != self.end
        return bool((self.cron and self.lasts) or by_days)


def resolve_window(table: WindowTable, timezone: str) -> Window:
    """What a sound table means; `timezone` is the file's."""
    place = table.match
    match = Match(
        source=place.source,
        project=place.project,
        job=place.job,
        job_type=place.job_type,
        labels=dict(place.labels),
    )
    zone = parse_timezone(table.zone or timezone)
    if table.cron is not None:
        return Window(table.name, Cron(table.cron, table.lasts or ZERO, zone), match)
    days = frozenset(DAYS[day] for day in table.days)
    begin, end = parse_clock(table.begin or MIDNIGHT), parse_clock(table.end or MIDNIGHT)
    return Window(table.name, Hours(days, begin, end, zone), match)
