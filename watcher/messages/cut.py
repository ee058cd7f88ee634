"""Text within a bound, cut on a whole character and ended with `…`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

ELLIPSIS: Final = "…"

_ESCAPE: Final = re.compile(r"&(?:amp|lt|gt|quot|#\d{1,7});|\\u[0-9a-fA-F]{4}|\\.")
_LONGEST_ESCAPE: Final = 10


def cut_bytes(text: str, most: int) -> str:
    """At most `most` bytes of UTF-8, the `…` included; less than its three bytes leave nothing."""
    return _cut(text, most, _utf8_length)


def cut_chars(text: str, most: int) -> str:
    """At most `most` code points, the `…` included."""
    return _cut(text, most, len)


def cut_units(text: str, most: int) -> str:
    """At most `most` UTF-16 units, as JavaScript and Java count characters, the `…` included."""
    return _cut(text, most, units)


def units(text: str) -> int:
    """How many UTF-16 units a text has: an astral character counts two."""
    return len(text) + sum(char > "\uffff" for char in text)


def _utf8_length(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _cut(text: str, most: int, measure: Callable[[str], int]) -> str:
    if len(text) <= most and measure(text) <= most:
        return text
    room = most - measure(ELLIPSIS)
    if room < 0:
        return ""
    return text[: _outside_escapes(text, _longest_prefix(text, room, measure))] + ELLIPSIS


def _longest_prefix(text: str, room: int, measure: Callable[[str], int]) -> int:
    """How many code points fit; a code point measures at least one, so `room` bounds the search."""
    low, high = 0, min(len(text), room)
    while low < high:
        middle = (low + high + 1) // 2
        if measure(text[:middle]) <= room:
            low = middle
        else:
            high = middle - 1
    return low


def _outside_escapes(text: str, at: int) -> int:
    """The cut moved to the beginning of an escape sequence that it would split."""
    window = max(0, at - _LONGEST_ESCAPE)
    while window and text[window - 1] == "\\":
        window -= 1
    for escape in _ESCAPE.finditer(text, window, at + _LONGEST_ESCAPE):
        if escape.start() < at < escape.end():
            return escape.start()
    return at
