"""A few looks written by hand, for the tests of the peers."""

from __future__ import annotations

from collections.abc import Iterable

from tests.peers.looks import INTERVAL, Look, Seen

Row = tuple[str, str] | None
"""ExpectState and ActualState of one job; None where it is not in the answer."""


def looking(
    *rows: Row,
    instance: int = 1,
    error_at: float | None = None,
    batch: bool = False,
) -> list[Look]:
    """One look for each row, five seconds apart, at a job called payments."""
    return [
        Look(number * INTERVAL, _jobs(row, instance, error_at, batch))
        for number, row in enumerate(rows)
    ]


def _jobs(row: Row, instance: int, error_at: float | None, batch: bool) -> dict[str, Seen] | None:
    if row is None:
        return None
    expect, actual = row
    return {"payments": Seen(expect, actual, instance, "application_1", error_at, batch)}


def times(row: Row, number: int) -> Iterable[Row]:
    """The same look so many times."""
    return [row] * number
