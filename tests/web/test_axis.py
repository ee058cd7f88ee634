"""Where times and delays lie, and which ones are written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.web.axis import DELAYS, MOST_LINES, MOST_TIMES, Times, delay_lines

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def test_a_time_lies_by_its_share_and_never_outside() -> None:
    """Beginning, middle and end; what is beyond stays at the edge."""
    times = Times(NOON, NOON + DAY, UTC, left=100, right=200)
    asked = (NOON, NOON + DAY / 2, NOON + DAY, NOON - DAY, NOON + 3 * DAY)
    assert [100, 150, 200, 100, 200] == [times.at(one) for one in asked]


def test_ticks_are_round_in_the_files_zone() -> None:
    """Midnight by its date, where it is midnight for people."""
    times = Times(NOON, NOON + DAY, ZoneInfo("Asia/Shanghai"))
    written = [text for _, text in times.ticks()]
    assert ["21:00", "11-23", "03:00", "06:00", "09:00", "12:00", "15:00", "18:00"] == written


@pytest.mark.parametrize("span", ["6h", "24h", "7d", "30d"])
def test_ticks_are_few(span: str) -> None:
    """There is room for each."""
    hours = {"6h": 6, "24h": 24, "7d": 168, "30d": 720}[span]
    times = Times(NOON, NOON + timedelta(hours=hours), UTC)
    assert 3 <= len(list(times.ticks())) <= MOST_TIMES + 1


@given(st.integers(1, DELAYS[-1] * MOST_LINES))
def test_delay_lines_are_few_and_reach_the_highest(highest: int) -> None:
    """From zero in equal steps to what is not less than it."""
    lines = delay_lines(highest)
    assert 0 == lines[0]
    assert lines[-1] >= highest
    assert len(lines) <= MOST_LINES + 1
    assert 1 == len({later - one for one, later in pairwise(lines)})


def test_texts_at_the_edges_turn_inwards() -> None:
    """A tick's text is never cut."""
    times = Times(NOON, NOON + DAY, UTC)
    assert ["start", "middle", "end"] == [times.anchor(x) for x in (1.0, 500.0, 999.0)]
