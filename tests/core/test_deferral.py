"""Which cause a late message names."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.playbook import NOON
from watcher.core.deferral import (
    Because,
    Deferral,
    Wait,
    explains,
    is_late,
    main_cause,
    paced,
    read_deferral,
)
from watcher.core.pace import Limit

MINUTE = timedelta(minutes=1)
REFUSED = Deferral(Because.RECEIVER, "keyword not in content")
AWAY = Deferral(Because.AWAY)
ROBOT = Limit(most=18, window=MINUTE)


def wait(deferral: Deferral, begun: int, ended: int) -> Wait:
    return Wait(at(begun), at(ended), deferral)


def at(minute: int) -> datetime:
    return NOON + minute * MINUTE


@pytest.mark.parametrize(
    "waits, expected",
    [
        ([], None),
        ([wait(REFUSED, 0, 40)], REFUSED),
        ([wait(REFUSED, -90, 19)], None),
        ([wait(REFUSED, 0, 15), wait(AWAY, 15, 40)], AWAY),
        ([wait(REFUSED, 0, 1), wait(AWAY, 10, 14), wait(REFUSED, 20, 39)], REFUSED),
        ([wait(REFUSED, 30, 90)], None),
        ([wait(AWAY, -20, 90)], AWAY),
    ],
)
def test_the_cause_that_explains_half_is_named(
    waits: list[Wait], expected: Deferral | None
) -> None:
    """A glitch of a second is not blamed for an hour; spans count only while the message waited."""
    assert expected == main_cause(waits, NOON, at(40))


def test_of_one_cause_the_longest_span_has_the_words() -> None:
    """A receiver that failed in two ways is told by the way that lasted."""
    other = Deferral(Because.RECEIVER, "HTTP 503")
    found = main_cause([wait(other, 0, 10), wait(REFUSED, 10, 40)], NOON, at(40))
    assert REFUSED == found


@pytest.mark.parametrize("begun, expected", [(18 * 8, None), (18 * 20, Because.LIMIT)])
def test_a_limit_is_blamed_for_the_attempts_that_went_before(
    begun: int, expected: Because | None
) -> None:
    """Eight minutes of others explain little of forty; twenty explain half."""
    found = main_cause([paced(ROBOT, begun, at(40))], NOON, at(40))
    assert expected == (found and found.because)
    assert expected is None or found == Deferral(Because.LIMIT, "18 in 1m")


@given(st.sampled_from(Because), st.text())
def test_what_is_saved_is_read_again(because: Because, detail: str) -> None:
    """Whatever a receiver said comes back as it was."""
    deferral = Deferral(because, detail)
    assert deferral == read_deferral(deferral.text)
    assert None is read_deferral(None)


def test_late_is_from_two_minutes_on() -> None:
    """A retry within seconds is no lateness worth a line."""
    assert not is_late(NOON, NOON + 2 * MINUTE - timedelta(microseconds=1))
    assert is_late(NOON, NOON + 2 * MINUTE)


def test_half_of_the_wait_is_enough() -> None:
    """From the middle of the wait on it is not the main cause any more."""
    assert explains(at(20), NOON, at(40))
    assert not explains(at(21), NOON, at(40))
