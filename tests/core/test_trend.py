"""Whether a delay grows or falls, and where that leads."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.playbook import NOON
from watcher.core.trend import (
    FEWEST,
    MOST,
    SPACING,
    STEEPEST,
    Heading,
    Sample,
    heading,
    sample,
    slope,
)

MINUTE = timedelta(minutes=1)


def line(per_minute: int, *, start: int = 600_000, n: int = 8) -> tuple[Sample, ...]:
    """A delay that changes evenly, read once a minute."""
    return tuple((NOON + i * MINUTE, start + i * per_minute) for i in range(n))


def slope_of(points: tuple[Sample, ...]) -> int | None:
    """The slope when the last point is the present reading."""
    at, delay = points[-1]
    return slope(points[:-1], at, delay)


@pytest.mark.parametrize("per_minute", [40_000, 2_000, -2_000, -90_000])
def test_an_even_change_is_its_own_slope(per_minute: int) -> None:
    """Milliseconds a minute, negative where it falls."""
    assert per_minute == slope_of(line(per_minute))


@pytest.mark.parametrize(
    "points",
    [
        line(40_000, n=1),
        line(40_000, n=FEWEST - 1),
        tuple((NOON + i * timedelta(seconds=20), 600_000 + i * 20_000) for i in range(6)),
        line(0),
        line(900),
        line(1_500, start=3_600_000),
        tuple((NOON + i * MINUTE, delay) for i, delay in enumerate([9, 1, 7, 3, 8, 2, 9, 1])),
        line(60_000) + tuple((NOON + (8 + i) * MINUTE, 900_000 - i * 60_000) for i in range(3)),
    ],
    ids=["one", "few", "short", "level", "slow", "slow for its size", "noise", "it has turned"],
)
def test_what_is_not_clear_is_no_trend(points: tuple[Sample, ...]) -> None:
    """Too few, too short, too slow, by chance, or over already: nothing is said."""
    assert None is slope_of(points)


def test_single_odd_values_do_not_bend_it() -> None:
    """One reading far off is no reason to say another rate."""
    points = list(line(40_000, n=10))
    points[4] = (points[4][0], 10)
    found = slope_of(tuple(points))
    assert found is not None
    assert 36_000 < found < 44_000


@given(st.integers(-120_000, 120_000), st.integers(0, 10_000), st.integers(0, 1000))
def test_it_finds_the_rate_in_noise_or_says_nothing(per_minute: int, noise: int, seed: int) -> None:
    """With noise of some seconds the rate that is told is near the true one."""
    chance = Random(seed)
    start = 10_000_000
    points = tuple(
        (at, d + chance.randint(-noise, noise)) for at, d in line(per_minute, n=10, start=start)
    )
    found = slope_of(points)
    if found is not None:
        assert abs(found - per_minute) <= 2 * noise + 1
    if abs(per_minute) > 20_000 and noise < 3_000:
        assert found is not None


def test_chance_alone_is_hardly_ever_a_trend() -> None:
    """Of delays that only wobble, fewer than one in ten looks like a trend."""
    chance = Random(7)
    told = [
        slope_of(tuple((NOON + i * MINUTE, chance.randint(500_000, 700_000)) for i in range(11)))
        for _ in range(500)
    ]
    assert sum(found is not None for found in told) < 50


delays = st.integers(0, 2**70)


@given(st.lists(st.tuples(st.integers(1, 4000), delays), max_size=40))
def test_samples_are_few_and_in_order(steps: list[tuple[int, int]]) -> None:
    """Whatever comes: bounded in number and age, apart from each other, and no slope breaks."""
    samples: tuple[Sample, ...] = ()
    now = NOON
    for seconds, delay in steps:
        now += timedelta(seconds=seconds)
        found = slope(samples, now, delay)
        assert found is None or abs(found) <= STEEPEST
        samples = sample(samples, now, delay)
        times = [at for at, _ in samples]
        assert len(samples) <= MOST
        assert all(now - at <= timedelta(hours=1) for at in times)
        assert all(b - a >= SPACING for a, b in pairwise(times))


def test_a_source_that_is_read_rarely_has_a_trend_too() -> None:
    """Every five minutes: the last four readings are kept although they are older than ten."""
    samples: tuple[Sample, ...] = ()
    for number in range(6):
        samples = sample(samples, NOON + number * 5 * MINUTE, 600_000 + number * 200_000)
    assert 40_000 == slope_of(samples)


@pytest.mark.parametrize(
    "slope_ms, delay_ms, expected",
    [
        (40_000, 720_000, Heading(900_000, NOON + timedelta(minutes=4.5))),
        (40_000, 840_000, Heading(1_800_000, NOON + timedelta(minutes=24))),
        (40_000, 3_000_000, Heading(3_600_000, NOON + timedelta(minutes=15))),
        (1_000, 10_000_000, None),
        (10_000, 10**15, None),
        (-90_000, 960_000, Heading(60_000, NOON + timedelta(minutes=10))),
        (-1, 10**12, None),
        (-1_000, 60_000, None),
    ],
)
def test_it_leads_to_the_next_round_delay_or_to_the_end(
    slope_ms: int, delay_ms: int, expected: Heading | None
) -> None:
    """Up to 15 min, 30 min, 1 h and so on, not at once and not in days; down to where it ends."""
    assert expected == heading(slope_ms, delay_ms, 60_000, NOON)


@given(st.integers(-STEEPEST, STEEPEST).filter(bool), delays, st.integers(0, 2**40))
def test_where_it_leads_lies_ahead(slope_ms: int, delay_ms: int, recover_ms: int) -> None:
    """Never a time that has passed, nor a delay on the other side."""
    found = heading(slope_ms, delay_ms, recover_ms, NOON)
    if found is not None:
        assert NOON <= found.at <= NOON + timedelta(days=2)
        assert (found.to_ms > delay_ms) is (slope_ms > 0)
