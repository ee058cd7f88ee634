"""What a word was probably meant to be."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Final

MANY: Final = 500
"""Of more names than these only the ones that begin most alike are compared: to compare 10,000
takes seconds, and a slip mostly comes after the first letters."""


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that `word` was probably meant to be, whatever its case; else `None`."""
    by_lower = {candidate.lower(): candidate for candidate in known}
    meant = word.lower()[:200]
    found = get_close_matches(meant, _alike(meant, [*by_lower]), n=1, cutoff=0.6)
    return by_lower[found[0]] if found else None


def _alike(word: str, names: list[str]) -> Sequence[str]:
    """At most `MANY` of the names, those next to the word in the alphabet."""
    if len(names) <= MANY:
        return names
    names.sort()
    place = bisect_left(names, word)
    first = max(0, min(place - MANY // 2, len(names) - MANY))
    return names[first : first + MANY]
