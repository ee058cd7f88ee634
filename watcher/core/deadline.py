"""A time of day by which something must be done, in a zone, on some days of the week."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from types import MappingProxyType
from typing import Final

import msgspec

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
NUMBERS: Final = MappingProxyType({day: number for number, day in enumerate(DAYS)})
EVERY_DAY: Final = frozenset(range(7))
_DAY: Final = timedelta(days=1)
_SECOND: Final = timedelta(seconds=1)
_A_WEEK_ROUND: Final = range(-1, 9)
"""So many days from one on hold at least one of every weekday, whatever the zone's date is."""


class Deadline(msgspec.Struct, frozen=True):
    """`at` on the clocks of `zone`, on `days` (0: Monday).

    Where they skip that time, it is when they skip it; where they show it twice, the first time.
    """

    at: time
    zone: tzinfo
    days: frozenset[int] = EVERY_DAY

    def last(self, now: datetime) -> datetime:
        """The last one until `now` (UTC)."""
        return max(at for at in self._around(now, -1) if at <= now)

    def before(self, at: datetime) -> datetime:
        """The last one that is earlier than a time (UTC)."""
        return max(other for other in self._around(at, -1) if other < at)

    def next(self, now: datetime) -> datetime:
        """The first one after `now` (UTC)."""
        return min(at for at in self._around(now, 1) if at > now)

    def _around(self, now: datetime, way: int) -> list[datetime]:
        today = now.astimezone(self.zone).date()
        dates = (today + way * number * _DAY for number in _A_WEEK_ROUND)
        return [self._on(day) for day in dates if day.weekday() in self.days]

    def _on(self, day: date) -> datetime:
        wanted = datetime.combine(day, self.at)
        early, late = sorted(
            wanted.replace(tzinfo=self.zone, fold=fold).astimezone(UTC) for fold in (0, 1)
        )
        if self._shows(early) >= wanted:
            return early
        return self._skip(early, late, wanted)

    def _skip(self, early: datetime, late: datetime, wanted: datetime) -> datetime:
        """When the clocks jump over `wanted`, which they do between `early` and `late`."""
        while late - early > _SECOND:
            middle = early + (late - early) // 2
            if self._shows(middle) >= wanted:
                late = middle
            else:
                early = middle
        return late.replace(microsecond=0)

    def _shows(self, at: datetime) -> datetime:
        return at.astimezone(self.zone).replace(tzinfo=None)

    def describe(self) -> str:
        """As the file would write it: `06:30 Asia/Shanghai mon, tue`."""
        days = "" if self.days == EVERY_DAY else ", ".join(DAYS[n] for n in sorted(self.days))
        return f"{self.at:%H:%M} {self.zone} {days}".rstrip()
