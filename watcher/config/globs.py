"""What two globs have in common, so that a rule that can match nothing is found before it runs."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Final

STAR: Final = "*"
ANY: Final = "?"

_MAGIC: Final = re.compile(r"[*?\[]")
# A set ends at the first `]` that is not its first member; without one, `[` is a plain sign.
_SIGN: Final = re.compile(r"\[!?+\]?+[^\]]*+\]|.", re.DOTALL)


def overlap(one: str, other: str) -> bool:
    """Whether some text fits both globs (of `fnmatch.fnmatchcase`; a plain name is a glob too)."""
    if not _begin_alike(one, other):
        return False
    mine, yours = _signs(one), _signs(other)
    reached = {(0, 0)}
    waiting = [(0, 0)]
    while waiting:
        i, j = waiting.pop()
        for place in _after(mine, yours, i, j):
            if place not in reached:
                reached.add(place)
                waiting.append(place)
    return (len(mine), len(yours)) in reached


def _begin_alike(one: str, other: str) -> bool:
    """Whether the plain beginnings agree; most globs of a large file differ there."""
    mine, yours = _MAGIC.split(one, 1)[0], _MAGIC.split(other, 1)[0]
    return mine.startswith(yours) or yours.startswith(mine)


def _after(mine: list[str], yours: list[str], i: int, j: int) -> Iterable[tuple[int, int]]:
    """The pairs of places that one more sign of a common text, or an ended star, can lead to."""
    if i < len(mine) and mine[i] == STAR:
        yield i + 1, j
        if j < len(yours):
            yield i, j + 1
    if j < len(yours) and yours[j] == STAR:
        yield i, j + 1
        if i < len(mine):
            yield i + 1, j
    if i < len(mine) and j < len(yours) and _share_a_sign(mine[i], yours[j]):
        yield i + 1, j + 1


def covers(outer: str, inner: str) -> bool:
    """Whether every text that fits `inner` fits `outer`; "no" also where that is hard to see."""
    wide, narrow = _signs(outer), _signs(inner)
    # ends[j]: the signs of `wide` so far admit every text of the first j signs of `narrow`.
    ends = [True] + [False] * len(narrow)
    for sign in wide:
        if sign == STAR:
            first = ends.index(True) if True in ends else len(ends)
            ends = [j >= first for j in range(len(ends))]
        else:
            ends = [False, *(ends[j] and _admits(sign, narrow[j]) for j in range(len(narrow)))]
    return ends[-1]


def overlap_any(some: Iterable[str], others: Iterable[str]) -> bool:
    """Whether any of the one overlaps any of the other."""
    my_names, my_globs = _sorted_out(tuple(some))
    names, globs = _sorted_out(tuple(others))
    return (
        not my_names.isdisjoint(names)
        or any(overlap(one, other) for one in my_globs for other in (*names, *globs))
        or any(overlap(one, other) for one in my_names for other in globs)
    )


@lru_cache(maxsize=4096)
def _sorted_out(some: tuple[str, ...]) -> tuple[frozenset[str], tuple[str, ...]]:
    """Plain names, of which a source may have thousands, apart from globs."""
    globs = tuple(one for one in some if _MAGIC.search(one))
    return frozenset(some).difference(globs), globs


def _signs(glob: str) -> list[str]:
    """A glob's parts, each for one character or a star: `a`, `?`, `*`, `[a-z]`."""
    return _SIGN.findall(glob)


def _admits(wide: str, narrow: str) -> bool:
    if narrow == STAR:
        return False
    plain = len(narrow) == 1 and narrow != ANY
    return wide in (ANY, narrow) or (plain and _fits(narrow, wide))


def _fits(character: str, sign: str) -> bool:
    if len(sign) == 1:
        return sign in (ANY, character)
    return fnmatchcase(character, sign)


def _share_a_sign(one: str, other: str) -> bool:
    if STAR in (one, other):
        return False
    if ANY in (one, other):
        return True
    # Sets of characters meet, if at all, at or next to an end of one of their ranges.
    return any(_fits(c, one) and _fits(c, other) for c in _candidates(one + other))


def _candidates(text: str) -> Iterable[str]:
    for character in text:
        for code in (ord(character) - 1, ord(character), ord(character) + 1):
            if 0 <= code <= 0x10FFFF:  # noqa: PLR2004  the last code point
                yield chr(code)
