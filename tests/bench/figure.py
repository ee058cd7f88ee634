"""One measured number: what it is, its goal, and how it was got."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import NamedTuple


class BenchError(Exception):
    """Something could not be measured: why, in words for the table."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of the table.

    `met` is whether the goal was reached, `None` where there is none to compare with in this run.
    """

    what: str
    measured: str
    how: str
    goal: str = ""
    met: bool | None = None


class Pair(NamedTuple):
    """What was measured and what it is compared with, taken one right after the other."""

    ours: float
    theirs: float


def ratio(pairs: list[Pair]) -> float:
    """The median of the ratios: noise that both of a pair suffered falls out."""
    return median(pair.ours / pair.theirs for pair in pairs)


def percentile(values: list[float], share: float) -> float:
    """The value that `share` (0 to 1) of the values do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, round(share * len(ordered) + 0.5) - 1))]


def mib(size: float) -> str:
    """Bytes, for people."""
    return f"{size / 2**20:.0f} MiB"
