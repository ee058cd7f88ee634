"""Maintenance windows: open when the file says, also on the nights on which clocks are set."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watcher.core.window import (
    MINUTES_OF_DAY,
    Cron,
    Hours,
    Opening,
    Schedule,
    is_open,
    opened_at,
    openings,
)

MINUTE = timedelta(minutes=1)
WEEK = 7 * MINUTES_OF_DAY
SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
SYDNEY, LORD_HOWE = ZoneInfo("Australia/Sydney"), ZoneInfo("Australia/Lord_Howe")
HAVANA, SANTIAGO = ZoneInfo("America/Havana"), ZoneInfo("America/Santiago")
ZONES: tuple[tzinfo, ...] = (UTC, SHANGHAI, BERLIN, SYDNEY, LORD_HOWE, HAVANA, SANTIAGO)
EVERY_DAY = frozenset(range(7))
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
SOMEDAY = st.integers(0, 730 * 86_400).map(lambda seconds: FIRST + timedelta(seconds=seconds))
MINUTES = st.integers(0, MINUTES_OF_DAY - 1)


@st.composite
def hours(draw: st.DrawFn) -> Hours:
    begin, end = draw(
        st.tuples(MINUTES, MINUTES.map(lambda m: m + 1)).filter(lambda p: p[0] != p[1])
    )
    days = draw(st.frozensets(st.integers(0, 6), min_size=1))
    return Hours(days, begin, end, draw(st.sampled_from(ZONES)))


def at(zone: tzinfo, *when: int, fold: int = 0) -> datetime:
    return datetime(*when, tzinfo=zone, fold=fold).astimezone(UTC)  # type: ignore[arg-type,misc]


def night(schedule: Schedule, *day: int) -> list[str]:
    """When it is open in the 24 hours after noon of a day, on its zone's clock, with offsets."""
    noon = at(schedule.zone, *day, 12)
    found = islice(openings(schedule, noon), 4)
    return [
        _written(one, schedule.zone) for one in found if one.begins_at < noon + timedelta(days=1)
    ]


def _written(one: Opening, zone: tzinfo) -> str:
    assert one.ends_at is not None
    return "–".join(f"{end.astimezone(zone):%H:%M%z}" for end in (one.begins_at, one.ends_at))


def shown_by_brute_force(hours: Hours, instant: datetime) -> bool:
    """Step back minute by minute on the wall until the window's beginning or end is met."""
    wall = instant.astimezone(hours.zone).replace(tzinfo=None, second=0, microsecond=0)
    for _ in range(WEEK):
        minute = wall.hour * 60 + wall.minute
        if minute == hours.begin and wall.weekday() in hours.days:
            return True
        if minute == hours.end % MINUTES_OF_DAY:
            return False
        wall -= MINUTE
    return False


@given(hours(), SOMEDAY)
@settings(deadline=None, max_examples=60)
def test_hours_are_open_as_the_wall_shows(hours: Hours, instant: datetime) -> None:
    """At any instant, in any zone: what a walk back over the wall's minutes finds."""
    assert shown_by_brute_force(hours, instant) == is_open(hours, instant)


@given(hours(), SOMEDAY)
@settings(deadline=None, max_examples=25)
def test_openings_are_what_is_open(hours: Hours, instant: datetime) -> None:
    """The openings told beforehand are exactly the minutes at which it is open."""
    start = instant.replace(second=0, microsecond=0)
    minutes = [start + number * MINUTE for number in range(WEEK)]
    found = list(islice(openings(hours, start), 20))
    told = {
        minute
        for one in found
        for minute in minutes
        if one.begins_at <= minute and (one.ends_at is None or minute < one.ends_at)
    }
    assert {minute for minute in minutes if is_open(hours, minute)} == told
    assert all(one.ends_at is None or one.ends_at < two.begins_at for one, two in pairwise(found))


CRON_PARTS = st.tuples(
    st.sampled_from(["0", "30", "5,50", "*/20"]),
    st.sampled_from(["2", "0", "23", "*/6", "9-17"]),
    st.sampled_from(["*", "1", "28"]),
    st.sampled_from(["*", "2", "6-9"]),
    st.sampled_from(["*", "6", "1-5", "0"]),
)


def admits(field: str, value: int, least: int = 0) -> bool:
    """Whether a cron field of the kinds above has a value."""
    if field.startswith("*"):
        return (value - least) % int(field[2:] or 1) == 0
    first, _, last = field.partition("-")
    if last:
        return int(first) <= value <= int(last)
    return value in map(int, field.split(","))


def fires(parts: tuple[str, ...], wall: datetime) -> bool:
    minute, hour, day, month, weekday = parts
    in_day, in_week = admits(day, wall.day, 1), admits(weekday, wall.isoweekday() % 7)
    restricted = "*" not in (day, weekday)
    fits = (in_day or in_week) if restricted else (in_day and in_week)
    return (
        fits
        and admits(minute, wall.minute)
        and admits(hour, wall.hour)
        and admits(month, wall.month, 1)
    )


@given(CRON_PARTS, st.sampled_from([UTC, SHANGHAI]), st.integers(1, 400), SOMEDAY)
@settings(deadline=None, max_examples=60)
def test_cron_is_open_for_so_long_after_it_fires(
    parts: tuple[str, ...], zone: tzinfo, minutes: int, instant: datetime
) -> None:
    """At any instant: whether one of the last minutes was one at which the expression fires."""
    cron = Cron(" ".join(parts), minutes * MINUTE, zone)
    last = instant.astimezone(zone).replace(second=0, microsecond=0)
    walls = (last - number * MINUTE for number in range(minutes + 1))
    begun = [wall for wall in walls if fires(parts, wall) and instant < wall + cron.lasts]
    assert bool(begun) == is_open(cron, instant)


# What is written: (zone, the day before the night, window) → openings on that night's clock.
NIGHTS = [
    # Clocks go forward from 02:00 to 03:00: what they skip is not there.
    (BERLIN, (2026, 3, 28), "02:00", "04:00", ["03:00+0200–04:00+0200"]),
    (BERLIN, (2026, 3, 28), "01:30", "02:30", ["01:30+0100–03:00+0200"]),
    (BERLIN, (2026, 3, 28), "02:15", "02:45", []),
    (SYDNEY, (2026, 10, 3), "01:30", "03:30", ["01:30+1000–03:30+1100"]),
    (SYDNEY, (2026, 10, 3), "02:00", "02:59", []),
    (LORD_HOWE, (2026, 10, 3), "02:00", "03:00", ["02:30+1100–03:00+1100"]),
    (SANTIAGO, (2026, 9, 5), "00:00", "02:00", ["01:00-0300–02:00-0300"]),
    # They go back from 03:00 to 02:00: both times are there.
    (BERLIN, (2026, 10, 24), "02:00", "03:00", ["02:00+0200–03:00+0100"]),
    (BERLIN, (2026, 10, 24), "02:15", "02:45", ["02:15+0200–02:45+0200", "02:15+0100–02:45+0100"]),
    (SYDNEY, (2026, 4, 4), "01:00", "02:30", ["01:00+1100–02:30+1100", "02:00+1000–02:30+1000"]),
    (LORD_HOWE, (2026, 4, 4), "01:30", "02:00", ["01:30+1100–02:00+1030"]),
    (HAVANA, (2026, 10, 31), "00:00", "01:00", ["00:00-0400–01:00-0500"]),
    (SANTIAGO, (2026, 4, 4), "23:00", "24:00", ["23:00-0300–00:00-0400"]),
    # A night like any other.
    (BERLIN, (2026, 11, 24), "22:00", "06:00", ["22:00+0100–06:00+0100"]),
    (SHANGHAI, (2026, 3, 28), "02:00", "04:00", ["02:00+0800–04:00+0800"]),
]  # fmt: skip


@pytest.mark.parametrize("zone, day, begin, end, expected", NIGHTS)
def test_hours_on_the_nights_on_which_clocks_are_set(
    zone: tzinfo, day: tuple[int, ...], begin: str, end: str, expected: list[str]
) -> None:
    """Open exactly while the clock shows a time in them, north and south of the equator."""
    first, last = (int(text[:2]) * 60 + int(text[3:]) for text in (begin, end))
    assert expected == night(Hours(EVERY_DAY, first, last, zone), *day)


CRON_NIGHTS = [
    (BERLIN, (2026, 3, 28), "15 2 * * *", 30, ["03:00+0200–03:30+0200"]),
    (BERLIN, (2026, 10, 24), "15 2 * * *", 30, ["02:15+0200–02:45+0200"]),
    (BERLIN, (2026, 10, 24), "15 2 * * *", 120, ["02:15+0200–03:15+0100"]),
    (SYDNEY, (2026, 10, 3), "30 2 * * *", 60, ["03:00+1100–04:00+1100"]),
    (SYDNEY, (2026, 4, 4), "30 2 * * *", 60, ["02:30+1100–02:30+1000"]),
    (BERLIN, (2026, 11, 24), "0 2 * * *", 120, ["02:00+0100–04:00+0100"]),
]  # fmt: skip


@pytest.mark.parametrize("zone, day, expression, minutes, expected", CRON_NIGHTS)
def test_cron_on_the_nights_on_which_clocks_are_set(
    zone: tzinfo, day: tuple[int, ...], expression: str, minutes: int, expected: list[str]
) -> None:
    """It opens once, at the latest when the clocks have gone forward, and for as long as ever."""
    cron = Cron(expression, minutes * MINUTE, zone)
    assert expected == night(cron, *day)
    opening = next(openings(cron, at(zone, *day, 12)))
    assert opening.ends_at == opening.begins_at + minutes * MINUTE


def test_a_night_s_hours_belong_to_the_day_on_which_they_begin() -> None:
    """Saturday 22:00 to 06:00 is open on Sunday morning, and not on Saturday's."""
    hours = Hours(frozenset({5}), 22 * 60, 6 * 60, UTC)
    assert [False, True, True, False] == [
        is_open(hours, at(UTC, 2026, 11, day, hour))
        for day, hour in ((28, 5), (28, 22), (29, 5), (29, 6))
    ]


def test_openings_that_touch_are_one() -> None:
    """A whole weekend is one opening, and an hourly window of an hour has begun with its first."""
    weekend = Hours(frozenset({5, 6}), 0, MINUTES_OF_DAY, UTC)
    sunday, monday = at(UTC, 2026, 11, 29, 9), at(UTC, 2026, 11, 30)
    assert Opening(sunday.replace(hour=0), monday) == next(openings(weekend, sunday))
    assert at(UTC, 2026, 11, 28) == opened_at(weekend, sunday)
    hourly = Cron("0 0-8 * * *", timedelta(hours=1), UTC)
    assert sunday.replace(hour=0) == opened_at(hourly, sunday - MINUTE)
    assert None is opened_at(hourly, sunday)


@pytest.mark.parametrize(
    "schedule", [Hours(EVERY_DAY, 0, MINUTES_OF_DAY, BERLIN), Cron("0 * * * *", 60 * MINUTE, UTC)]
)
def test_what_never_closes_says_so(schedule: Schedule) -> None:
    """An opening without an end, so that the file can be refused."""
    assert [None] == [one.ends_at for one in openings(schedule, at(UTC, 2026, 11, 24))]


@given(
    hours() | st.builds(Cron, st.just("*/10 9-17 * * 1-5"), st.just(10 * MINUTE), st.just(BERLIN)),
    SOMEDAY,
)
@settings(deadline=None, max_examples=60)
def test_an_opening_has_one_beginning(schedule: Schedule, instant: datetime) -> None:
    """At every instant of it the same one, before which it was closed."""
    opened = opened_at(schedule, instant)
    assert is_open(schedule, instant) == (opened is not None)
    if opened is not None:
        assert opened <= instant
        assert not is_open(schedule, opened - timedelta(microseconds=1))
        assert opened == opened_at(schedule, opened)
