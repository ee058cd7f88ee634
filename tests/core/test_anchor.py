"""How far the wall was set between two looks, where that can be known."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.core.playbook import NOON
from watcher.core.anchor import MOST, Anchor

HOUR = timedelta(hours=1)
NONE = timedelta(0)


@pytest.mark.parametrize(
    "boot, later_boot, by, expected",
    [
        ("one", "one", NONE, NONE),
        ("one", "one", MOST, NONE),
        ("one", "one", -MOST, NONE),
        ("one", "one", HOUR, HOUR),
        ("one", "one", -HOUR, -HOUR),
        ("one", "two", HOUR, None),
        ("one", None, HOUR, None),
        (None, None, HOUR, None),
        (None, None, timedelta(seconds=3), NONE),
    ],
)
def test_a_drift_is_known_within_one_boot(
    boot: str | None, later_boot: str | None, by: timedelta, expected: timedelta | None
) -> None:
    """Five seconds are no drift; monotonic times of different boots cannot be compared."""
    assert expected == Anchor(NOON, boot).drift_to(Anchor(NOON + by, later_boot))


def test_an_anchor_that_was_set_says_when_and_by_how_much() -> None:
    """What was followed is no drift any more, and stays to be shown."""
    found = Anchor(NOON, "one").set_by(HOUR, NOON + HOUR)
    assert Anchor(NOON + HOUR, "one", NOON + HOUR, HOUR) == found
    assert NONE == found.drift_to(Anchor(NOON + HOUR, "one"))
