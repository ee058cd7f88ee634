"""Untrusted text made harmless to lines and encodings, before any channel's own escaping."""

from __future__ import annotations

import unicodedata
from typing import Final

from watcher.core.trace import bared, deepest_cause
from watcher.messages.cut import cut_chars

NAME_CHARACTERS: Final = 160
"""Names of jobs, sources and rules longer than this are cut."""
ERROR_CHARACTERS: Final = 300
"""An error's root line longer than this is cut."""

_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_JOINERS: Final = frozenset("\u200c\u200d")


def writable(text: str) -> str:
    """The text with what UTF-8 cannot write (lone surrogates) shown as U+FFFD."""
    if text.isascii():
        return text
    return "".join("\ufffd" if "\ud800" <= char <= "\udfff" else char for char in text)


def one_line(text: str) -> str:
    """The text on one line, without control characters and marks that turn its direction."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    return " ".join("".join(_visible(char) for char in writable(text)).split())


def short_line(text: str | None, most: int) -> str:
    """The text on one line of at most `most` characters; what lies far behind them is not read."""
    return cut_chars(one_line((text or "")[: 8 * most]), most)


def name(text: str | None) -> str:
    """A name on one line of a bounded length."""
    return short_line(text, NAME_CHARACTERS)


def root_line(text: str | None) -> str:
    """The class and message of an error's deepest cause, on one line of a bounded length."""
    return short_line(bared(deepest_cause(text or "")), ERROR_CHARACTERS)


def _visible(char: str) -> str:
    if char in _JOINERS or unicodedata.category(char) not in _INVISIBLE:
        return char
    return "" if unicodedata.category(char) == "Cf" else " "
