"""Whether an input delay grows or falls, how fast, and where that leads."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import combinations
from math import sqrt
from statistics import median
from typing import Final

import msgspec

MINUTE: Final = timedelta(minutes=1)
MOST: Final = 12
FEWEST: Final = 4
"""So many samples are kept at most, and needed at least for a trend."""
SPACING: Final = timedelta(seconds=45)
WINDOW: Final = timedelta(minutes=10)
LONGEST: Final = timedelta(hours=1)
"""Samples older than `WINDOW` stay only where a source is read so rarely that few are newer, and
none stays longer than this."""
SHORTEST: Final = timedelta(minutes=2)
"""What a trend needs to be seen over."""
SURE: Final = 1.64
"""How many standard deviations chance must be away (Mann-Kendall, one in twenty)."""
SLOWEST: Final = 1000
"""Slower than a second a minute is nothing that anybody would call growing (ms a minute) …"""
SHARE: Final = 10
"""… nor is what changes less than one in so many of the delay within an hour."""
FARTHEST: Final = timedelta(days=2)
"""What lies further ahead is no forecast."""
NEAREST: Final = timedelta(minutes=2)
"""A milestone that is reached sooner than this is passed when people read of it."""
STEEPEST: Final = 10**12

_MILESTONE_MINUTES: Final = (15, 30, 60, 120, 360, 720, 1440, 2880, 10080)
MILESTONES: Final = tuple(minutes * 60_000 for minutes in _MILESTONE_MINUTES)
"""The round delays (ms) of which a growing one is said when it reaches them."""

Sample = tuple[datetime, int]


class Heading(msgspec.Struct, frozen=True, gc=False):
    """Where a trend leads: a delay (ms), and when that is reached."""

    to_ms: int
    at: datetime


def sample(samples: tuple[Sample, ...], at: datetime, delay_ms: int) -> tuple[Sample, ...]:
    """The samples with one more, where the last one is old enough; the oldest ones leave."""
    if samples and at - samples[-1][0] < SPACING:
        return samples
    kept = (*samples, (at, delay_ms))[-MOST:]
    newer = tuple(one for one in kept if at - one[0] <= WINDOW)
    if len(newer) >= FEWEST:
        return newer
    return tuple(one for one in kept[-FEWEST:] if at - one[0] <= LONGEST)


def slope(samples: tuple[Sample, ...], at: datetime, delay_ms: int) -> int | None:
    """How fast the delay has changed until now (ms a minute, negative where it falls).

    `None` where there are too few samples, chance could have made them, their end does not go
    where the whole does, or the change is too slow to matter.
    """
    points = samples if samples and samples[-1][0] >= at else (*samples, (at, delay_ms))
    if len(points) < FEWEST or points[-1][0] - points[0][0] < SHORTEST:
        return None
    rate = _rate(points)
    clear = abs(rate) >= max(SLOWEST, delay_ms / SHARE / 60)
    if not clear or not _is_sure(points) or rate * _rate(points[-3:]) <= 0:
        return None
    return int(min(max(rate, -STEEPEST), STEEPEST))


def _rate(points: tuple[Sample, ...]) -> float:
    """The median of the slopes between all pairs, which single odd values do not bend."""
    return median(
        (there - here) / ((then - now) / MINUTE)
        for (now, here), (then, there) in combinations(points, 2)
    )


def _is_sure(points: tuple[Sample, ...]) -> bool:
    """Whether values without any trend would hardly come in this order."""
    steps = [there - here for (_, here), (_, there) in combinations(points, 2)]
    score = abs(sum((step > 0) - (step < 0) for step in steps))
    n = len(points)
    return (score - 1) / sqrt(n * (n - 1) * (2 * n + 5) / 18) >= SURE


def heading(slope_ms: int, delay_ms: int, recover_ms: int, now: datetime) -> Heading | None:
    """Where a trend leads: up to the next round delay, or down to where the alert ends."""
    goals = MILESTONES if slope_ms > 0 else (recover_ms,)
    for goal in goals:
        minutes = (goal - delay_ms) / slope_ms
        if minutes > FARTHEST / MINUTE:
            return None
        if minutes > 0 and (slope_ms < 0 or minutes >= NEAREST / MINUTE):
            return Heading(goal, now + minutes * MINUTE)
    return None
