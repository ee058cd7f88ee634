"""How spans of time are written: a whole number and a unit."""

from __future__ import annotations

import re
from datetime import timedelta
from types import MappingProxyType
from typing import Final

UNITS: Final = MappingProxyType(
    {
        "ms": timedelta(milliseconds=1),
        "s": timedelta(seconds=1),
        "m": timedelta(minutes=1),
        "h": timedelta(hours=1),
        "d": timedelta(days=1),
    }
)
"""The units from the smallest to the largest."""

LONGEST: Final = timedelta(days=36_500)
"""A hundred years; longer spans are slips of the keyboard and would leave the calendar."""

PATTERN: Final = r"^\s*[0-9]+(ms|s|m|h|d)\s*$"
"""What a span looks like, for a JSON Schema."""

_WRITTEN = re.compile(r"\s*([0-9]{1,15})(ms|s|m|h|d)\s*", re.ASCII)
_ALLOWED = 'write a whole number and a unit: "500ms", "10s", "5m", "1h" or "2d"'


def parse_span(text: str) -> timedelta:
    """The span that `text` writes; `ValueError` with what is allowed where it writes none."""
    written = _WRITTEN.fullmatch(text)
    if written is None:
        raise ValueError(f"{text!r} is no span; {_ALLOWED}")
    number, unit = int(written[1]), UNITS[written[2]]
    if number > LONGEST // unit:
        raise ValueError(f"{text!r} is too long; at most {format_span(LONGEST)}")
    return number * unit


def format_span(span: timedelta) -> str:
    """The shortest writing of `span`, rounded to milliseconds: `parse_span` reads it back.

    `ValueError` for a negative span, which no writing means.
    """
    if span < timedelta(0):
        raise ValueError("a span is never negative")
    milliseconds = round(span / UNITS["ms"])
    for unit in reversed(UNITS):
        number, rest = divmod(milliseconds, UNITS[unit] // UNITS["ms"])
        if number and not rest:
            return f"{number}{unit}"
    return "0s"
