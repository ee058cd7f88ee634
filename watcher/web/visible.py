"""Makes text of others visible: what would turn its direction, hide or move it becomes a mark."""

from __future__ import annotations

import unicodedata
from typing import Final

_KEPT: Final = frozenset("\n\t\u200c\u200d")
"""Lines and tabs are shown as such; joiners belong to some scripts' and emoji's spelling."""
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


def visible(text: object) -> str:
    """The text with each invisible character as its code point: `⟨U+202E⟩`.

    A person then sees that a name is not what it seems, and none turns the rest of its line.
    """
    written = str(text)
    if written.isascii() and written.isprintable():
        return written
    return "".join(map(_shown, written))


def _shown(char: str) -> str:
    if char in _KEPT or unicodedata.category(char) not in _INVISIBLE:
        return char
    return f"⟨U+{ord(char):04X}⟩"
