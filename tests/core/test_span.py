"""Spans as people write them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.core.span import LONGEST, format_span, parse_span


@pytest.mark.parametrize(
    "text, span",
    [
        ("500ms", timedelta(milliseconds=500)),
        ("10s", timedelta(seconds=10)),
        ("5m", timedelta(minutes=5)),
        ("1h", timedelta(hours=1)),
        ("2d", timedelta(days=2)),
        ("0s", timedelta(0)),
        (" 7s ", timedelta(seconds=7)),
        ("36500d", LONGEST),
    ],
)
def test_every_unit_is_read(text: str, span: timedelta) -> None:
    """Each unit of the contract means what it says."""
    assert span == parse_span(text)


@pytest.mark.parametrize("text", ["", "10", "s", "10 s", "1.5s", "-1s", "1h30m", "10S", "١s", "1w"])
def test_anything_else_is_refused_with_what_is_allowed(text: str) -> None:
    """A text that is no span is refused, and the words show how to write one."""
    with pytest.raises(ValueError, match='"500ms", "10s", "5m", "1h" or "2d"'):
        parse_span(text)


@pytest.mark.parametrize("text", ["36501d", "999999999999999d"])
def test_a_span_beyond_a_century_is_refused(text: str) -> None:
    """A slip of the keyboard does not leave the calendar."""
    with pytest.raises(ValueError, match="too long; at most 36500d"):
        parse_span(text)


@pytest.mark.parametrize(
    "span, text",
    [
        (timedelta(0), "0s"),
        (timedelta(milliseconds=1500), "1500ms"),
        (timedelta(seconds=90), "90s"),
        (timedelta(seconds=120), "2m"),
        (timedelta(hours=36), "36h"),
        (timedelta(days=2), "2d"),
    ],
)
def test_the_largest_unit_that_divides_is_written(span: timedelta, text: str) -> None:
    """A span is written as shortly as it can be without losing anything."""
    assert text == format_span(span)


def test_a_negative_span_is_not_written() -> None:
    """There is no writing of a negative span."""
    with pytest.raises(ValueError, match="never negative"):
        format_span(timedelta(seconds=-1))


@given(st.integers(min_value=0, max_value=LONGEST // timedelta(milliseconds=1)))
def test_what_is_written_is_read_back(milliseconds: int) -> None:
    """Writing and reading give the same span for every whole number of milliseconds."""
    span = timedelta(milliseconds=milliseconds)
    assert span == parse_span(format_span(span))
