"""Deadlines on the clocks of a zone, also where those skip a time or show it twice."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.core.deadline import EVERY_DAY, Deadline

ZONES = ["UTC", "Asia/Shanghai", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe"]


def utc(*numbers: int) -> datetime:
    return datetime(*numbers, tzinfo=UTC)  # type: ignore[arg-type,misc]


def deadline(at: str, zone: str = "Asia/Shanghai", *days: int) -> Deadline:
    return Deadline(time.fromisoformat(at), ZoneInfo(zone), frozenset(days) or EVERY_DAY)


def test_before_and_after_it() -> None:
    """06:30 in Shanghai is 22:30 UTC of the day before; the moment itself has come."""
    due = deadline("06:30")
    for now, last, following in (
        (utc(2026, 11, 24, 22, 29), utc(2026, 11, 23, 22, 30), utc(2026, 11, 24, 22, 30)),
        (utc(2026, 11, 24, 22, 30), utc(2026, 11, 24, 22, 30), utc(2026, 11, 25, 22, 30)),
    ):
        assert (last, following) == (due.last(now), due.next(now))
        assert last - timedelta(days=1) == due.before(last)


def test_only_on_its_days() -> None:
    """On Mondays and Thursdays of its own zone, where the day is another one than in UTC."""
    due = deadline("06:30", "Asia/Shanghai", 0, 3)
    wednesday = utc(2026, 11, 25, 12)
    assert utc(2026, 11, 22, 22, 30) == due.last(wednesday)
    assert utc(2026, 11, 18, 22, 30) == due.before(due.last(wednesday))
    assert utc(2026, 11, 25, 22, 30) == due.next(wednesday)


@pytest.mark.parametrize(
    "at, zone, now, expected",
    [
        # 02:00 to 03:00 does not exist that night: it is when the clocks jump.
        ("02:30", "America/New_York", utc(2026, 3, 8, 12), utc(2026, 3, 8, 7)),
        ("02:00", "America/New_York", utc(2026, 3, 8, 12), utc(2026, 3, 8, 7)),
        ("03:00", "America/New_York", utc(2026, 3, 8, 12), utc(2026, 3, 8, 7)),
        ("01:59", "America/New_York", utc(2026, 3, 8, 12), utc(2026, 3, 8, 6, 59)),
        # Half an hour is skipped there.
        ("02:15", "Australia/Lord_Howe", utc(2026, 10, 4, 12), utc(2026, 10, 3, 15, 30)),
        # 01:00 to 02:00 comes twice: the first time counts.
        ("01:30", "America/New_York", utc(2026, 11, 1, 12), utc(2026, 11, 1, 5, 30)),
        ("01:30", "America/New_York", utc(2026, 11, 1, 6, 15), utc(2026, 11, 1, 5, 30)),
        ("02:30", "Europe/Berlin", utc(2026, 10, 25, 12), utc(2026, 10, 25, 0, 30)),
        # A whole day was skipped there.
        ("12:00", "Pacific/Apia", utc(2011, 12, 30, 12), utc(2011, 12, 30, 10)),
    ],
)
def test_in_the_nights_in_which_clocks_are_set(
    at: str, zone: str, now: datetime, expected: datetime
) -> None:
    """A time that is skipped is when it is skipped, one that comes twice the first one."""
    assert expected == deadline(at, zone).last(now)


moments = st.integers(0, 15 * 365 * 86_400).map(
    lambda seconds: utc(2020, 1, 1) + timedelta(seconds=seconds)
)


@given(
    st.times(timezones=st.none()).map(lambda at: at.replace(second=0, microsecond=0)),
    st.sampled_from(ZONES),
    st.frozensets(st.integers(0, 6), min_size=1),
    moments,
)
def test_there_is_always_one_before_and_one_after(
    at: time, zone: str, days: frozenset[int], now: datetime
) -> None:
    """In order, at most a week and some apart, on its days, and nothing between two of them."""
    due = Deadline(at, ZoneInfo(zone), days)
    last, following = due.last(now), due.next(now)
    assert due.before(last) < last <= now < following
    assert following - last <= timedelta(days=7, hours=2)
    assert following == due.next(last)
    assert last == due.before(following)
    for moment in (last, following):
        shown = moment.astimezone(due.zone)
        assert shown.weekday() in days
        assert timedelta(0) <= shown.replace(tzinfo=None) - datetime.combine(shown, at)
        assert shown.replace(tzinfo=None) - datetime.combine(shown, at) < timedelta(hours=1)


def test_it_is_written_as_in_the_file() -> None:
    """For `check`: time, zone, and the days where they are not all."""
    assert "06:30 Asia/Shanghai" == deadline("06:30").describe()
    assert "06:30 UTC mon, sun" == deadline("06:30", "UTC", 6, 0).describe()
