"""What a terminal may be shown: text from elsewhere, without what could steer it or mislead."""

from __future__ import annotations

import re
from typing import Final

_STEERING: Final = (
    "\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f"  # control characters: escape sequences begin with them
    "\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069"  # they turn a text's direction
    "\\u2028\\u2029"  # line ends that not every program takes for one
    "\\u00ad\\u180e\\u200b\\u2060-\\u2065\\u206a-\\u206f\\ufeff\\ufff9-\\ufffb"  # invisible
    "\\U000e0000-\\U000e0fff"  # invisible too: they can write a text that nobody sees
    "\\ud800-\\udfff"  # no characters at all; no encoding takes them
)
_IN_TEXT: Final = re.compile(f"[{_STEERING}]")
_IN_LINE: Final = re.compile(f"[{_STEERING}\\t\\n]")


def printable(text: str) -> str:
    """The text with everything that steers a terminal spelt out as Python does; lines stay."""
    return _IN_TEXT.sub(_spelt, text)


def printable_line(text: str) -> str:
    """The same on one line: its tabs and line ends are spelt out too."""
    return _IN_LINE.sub(_spelt, text)


def printable_json(document: str) -> str:
    """The same JSON, with escapes for what JSON does not ask to escape and a terminal obeys."""
    return _IN_TEXT.sub(_escaped, document)


def _spelt(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode("ascii")


def _escaped(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i : i + 2].hex()}" for i in range(0, len(units), 2))
