"""When a silence shall end, as people write it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from watcher.core.until import end_after, end_at

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    "written, expected",
    [
        ("2026-11-25 10:00", "2026-11-25 02:00"),
        ("2026-11-25T10:00:30", "2026-11-25 02:00:30"),
        ("2026-11-25 10:00+00:00", "2026-11-25 10:00"),
        ("2026-11-25", "2026-11-24 16:00"),
        # It is 11:00 there.
        ("12:00", "2026-11-24 04:00"),
        ("9:30", "2026-11-25 01:30"),
        ("11:00", "2026-11-25 03:00"),
    ],
)
def test_a_time_is_one_of_the_zone(written: str, expected: str) -> None:
    """A time of day is the next such time; one with an offset is what it says."""
    found = end_at(written, SHANGHAI, NOW)
    assert datetime.fromisoformat(expected).replace(tzinfo=UTC) == found


@pytest.mark.parametrize(
    "written, words",
    [
        ("tomorrow", "is no time; write it as"),
        ("25:00", "is no time of day"),
        ("2026-11-24 10:59", "over already"),
        ("2036-11-24 10:00", "at most 366d"),
        ("9999-12-31 23:59", "at most 366d"),
        ("0001-01-01 00:00", "no time that a calendar holds"),
        ("", "is no time"),
    ],
)
def test_a_time_that_cannot_be_meant_says_why(written: str, words: str) -> None:
    """What it is, and what to write instead."""
    with pytest.raises(ValueError, match=words):
        end_at(written, SHANGHAI, NOW)


def test_a_time_that_the_clocks_skip_never_comes() -> None:
    """2:30 on the night on which they go from 2:00 to 3:00."""
    march = datetime(2027, 3, 27, 12, tzinfo=UTC)
    with pytest.raises(ValueError, match="never comes in Europe/Berlin"):
        end_at("2027-03-28 02:30", BERLIN, march)


def test_of_a_time_that_comes_twice_the_later_is_meant() -> None:
    """A silence that ends too early wakes somebody."""
    october = datetime(2027, 10, 30, 12, tzinfo=UTC)
    assert datetime(2027, 10, 31, 1, 30, tzinfo=UTC) == end_at("2027-10-31 02:30", BERLIN, october)


@pytest.mark.parametrize(
    "span, words", [("0s", "over already"), ("367d", "at most"), ("2", "no span")]
)
def test_a_span_that_cannot_be_meant_says_why(span: str, words: str) -> None:
    """Nothing, more than a year, or no span at all."""
    with pytest.raises(ValueError, match=words):
        end_after(span, NOW)


def test_a_span_begins_now() -> None:
    """Two hours from now."""
    assert NOW + timedelta(hours=2) == end_after("2h", NOW)
