"""The chart of delays: its curve, its gaps and its thresholds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from defusedxml.ElementTree import fromstring

from watcher.store.views.past import Point
from watcher.web.axis import Times
from watcher.web.chart import MOST_POINTS, Limit, draw_delays, runs_of, thinned

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def points(*delays: int | None) -> tuple[Point, ...]:
    return tuple(Point(NOON + number * MINUTE, delay) for number, delay in enumerate(delays))


def draw(found: tuple[Point, ...], *limits: Limit) -> str:
    times = Times(NOON, NOON + 60 * MINUTE, UTC)
    return str(draw_delays(found, limits, times, lambda ms: f"{ms} ms", "T", "D"))


def test_a_drawing_has_a_title_and_units() -> None:
    """The axis says what it counts."""
    svg = fromstring(draw(points(100, 200)))
    assert ["T", "D"] == [svg.findtext("title"), svg.findtext("desc")]
    assert {"0 ms", "200 ms"} <= {text.text for text in svg.iter("text")}


def test_thresholds_are_lines_with_their_names() -> None:
    """Each with its rule's name; one far above all delays would press the curve flat."""
    svg = draw(points(100, 200), Limit(300, "behind"), Limit(50, "back", low=True))
    assert 2 == svg.count('class="limit')
    assert "behind" in svg
    assert "limit" not in draw(points(100, 200), Limit(10**9, "far"))


def test_a_threshold_is_text_whatever_it_is_called() -> None:
    """A rule's name is written by people."""
    assert "<b>" not in draw(points(100), Limit(100, "<b>bold</b>"))


def test_a_minute_without_a_delay_breaks_the_curve() -> None:
    """So does a time in which nobody looked."""
    later = tuple(Point(NOON + timedelta(minutes=30 + n), 5) for n in range(3))
    found = list(runs_of((*points(1, 2, None, 3, 4), *later)))
    assert [[1, 2], [3, 4], [5, 5, 5]] == [[point.delay_ms for point in run] for run in found]


def test_points_that_are_all_far_apart_are_one_curve() -> None:
    """A source that is asked each hour is not one gap after the other."""
    hourly = tuple(Point(NOON + timedelta(hours=n), n) for n in range(5))
    assert 1 == len(list(runs_of(hourly)))


def test_thinning_keeps_the_peaks() -> None:
    """Of a month of minutes few points are left, and the highest is among them."""
    found = thinned(points(*([5] * 20_000), 9_000, *([5] * 20_000)))
    assert len(found) <= MOST_POINTS
    assert 9_000 == max(point.delay_ms or 0 for point in found)


def test_one_point_alone_is_seen() -> None:
    """A line of one point would have no length."""
    assert "<circle" in draw(points(7))
