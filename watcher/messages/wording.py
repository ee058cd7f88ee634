"""In whose language and time zone a message speaks."""

from __future__ import annotations

from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum
from types import MappingProxyType
from typing import Final

import msgspec

from watcher.messages import chinese, english

LONGEST_LAG: Final = 10**15
"""Milliseconds, which is 30,000 years."""
_MINUTE: Final = timedelta(minutes=1)
_WEEK: Final = timedelta(days=7)
_UNITS: Final = (
    ("d", timedelta(days=1)),
    ("h", timedelta(hours=1)),
    ("min", _MINUTE),
    ("s", timedelta(seconds=1)),
    ("ms", timedelta(milliseconds=1)),
)


class Language(StrEnum):
    """The languages that messages speak, as the configuration writes them."""

    ENGLISH = "en"
    CHINESE = "zh"


TABLES: Final = MappingProxyType({Language.ENGLISH: english.WORDS, Language.CHINESE: chinese.WORDS})


def are_close(one: datetime, other: datetime) -> bool:
    """Whether two times differ by less than a minute: told to the minute they may look alike."""
    return timedelta(0) != one - other and abs(one - other) < _MINUTE


class Wording(msgspec.Struct, frozen=True):
    """Words of one language and times of one zone."""

    language: Language
    zone: tzinfo

    def in_language(self, language: str | None) -> Wording:
        """The same zone in another language; `None` changes nothing."""
        return self if language is None else Wording(Language(language), self.zone)

    def say(self, key: str, **values: object) -> str:
        """The words of `key` with the values in place; values are never read as templates."""
        return TABLES[self.language][key].format(**values)

    def knows(self, key: str) -> bool:
        """Whether there are words for `key`."""
        return key in TABLES[self.language]

    def first_known(self, *keys: str) -> str:
        """The first of the keys that has words; the last one counts as known."""
        return next((key for key in keys if self.knows(key)), keys[-1])

    def count(self, key: str, n: int) -> str:
        """The words of `key` for one or for many."""
        return self.say(f"{key}.one" if n == 1 else f"{key}.many", n=n)

    def lag(self, milliseconds: float) -> str:
        """An input delay; an API may give any number, and a calendar holds only so many."""
        return self.span(timedelta(milliseconds=min(max(milliseconds, 0), LONGEST_LAG)))

    def moment(self, at: datetime, told_at: datetime, *, precise: bool = False) -> str:
        """A local time of day, to the minute or second; with its date where that is not today's.

        Today is the date of `told_at`.  Within six days the date comes with its weekday.
        """
        date = self._date(at.astimezone(self.zone).date(), told_at.astimezone(self.zone).date())
        time = self._time(at, precise=precise)
        return self.say("moment", date=date, time=time) if date else time

    def between(self, began: datetime, ended: datetime, told_at: datetime) -> str:
        """From when to when; to the second where the minutes do not tell them apart.

        The end bears a date only where that is not the beginning's.
        """
        precise = are_close(began, ended)
        begin = self.moment(began, told_at, precise=precise)
        if began == ended:
            return begin
        same_day = began.astimezone(self.zone).date() == ended.astimezone(self.zone).date()
        if same_day:
            return f"{begin}–{self._time(ended, precise=precise)}"
        return f"{begin} – {self.moment(ended, told_at, precise=precise)}"

    def _time(self, at: datetime, *, precise: bool) -> str:
        return f"{at.astimezone(self.zone):{'%H:%M:%S' if precise else '%H:%M'}}"

    def _date(self, date: date, today: date) -> str:
        if date == today:
            return ""
        month = self.say(f"month.{date.month}")
        if abs(date - today) < _WEEK:
            weekday = self.say(f"weekday.{date.isoweekday()}")
            return self.say("date.near", weekday=weekday, month=month, day=date.day)
        key = "date" if date.year == today.year else "date.far"
        return self.say(key, year=date.year, month=month, day=date.day)

    def zone_name(self, at: datetime) -> str:
        """How far the zone is from UTC at that time: `UTC+8`, `UTC-3:30`, `UTC`."""
        offset = at.astimezone(self.zone).utcoffset() or timedelta(0)
        minutes = abs(offset) // _MINUTE
        if minutes == 0:
            return "UTC"
        sign = "+" if offset > timedelta(0) else "-"
        rest = f":{minutes % 60:02d}" if minutes % 60 else ""
        return f"UTC{sign}{minutes // 60}{rest}"

    def span(self, span: timedelta) -> str:
        """A span for people, in its two largest units: `2 d 3 h`, `27 min`, `45 s`."""
        left = max(span, timedelta(0))
        parts: list[str] = []
        for unit, size in _UNITS:
            number, left = divmod(left, size)
            if number and unit != ("ms" if parts else None):
                parts.append(self.say(f"span.{unit}", n=number))
            elif parts:
                break
            if len(parts) == 2:  # noqa: PLR2004 - two units say enough
                break
        return " ".join(parts) or self.say("span.s", n=0)
