"""What two globs have in common."""

from __future__ import annotations

from fnmatch import fnmatchcase
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.config.globs import covers, overlap

GLOBS = st.lists(
    st.sampled_from(["*", "?", "a", "b", "c", "[ab]", "[!a]", "[a-c]", "[", "]", "[]", "[z-a]"]),
    max_size=4,
).map("".join)
TEXTS = tuple("".join(signs) for length in range(5) for signs in product("abcd[]", repeat=length))


@pytest.mark.parametrize(
    "one, other, expected",
    [
        ("orders_*", "orders_1", True),
        ("orders_*", "*_1", True),
        ("orders_*", "payments", False),
        ("a?c", "abc", True),
        ("a?c", "ac", False),
        ("[a-c]x", "[c-e]x", True),
        ("[a-c]x", "[d-f]x", False),
        ("[!a]", "[!b]", True),
        ("[!a]", "a", False),
        ("*", "", True),
        ("订单*", "*_1", True),
    ],
)
def test_overlap(one: str, other: str, expected: bool) -> None:
    """Two globs overlap where some text fits both, whichever comes first."""
    assert (expected, expected) == (overlap(one, other), overlap(other, one))


@pytest.mark.parametrize(
    "outer, inner, expected",
    [
        ("*", "orders_*", True),
        ("orders_*", "orders_a*", True),
        ("orders_a*", "orders_*", False),
        ("orders_?", "orders_1", True),
        ("orders_1", "orders_?", False),
        ("*_daily", "orders_*_daily", True),
        ("orders_*", "*", False),
        ("a*b*", "ab", True),
    ],
)
def test_covers(outer: str, inner: str, expected: bool) -> None:
    """A glob covers another where every text of the inner one fits it."""
    assert expected == covers(outer, inner)


@given(GLOBS, GLOBS)
def test_overlap_misses_no_common_text(one: str, other: str) -> None:
    """A rule that can match is never called vain: any text that fits both globs is an overlap."""
    common = any(fnmatchcase(text, one) and fnmatchcase(text, other) for text in TEXTS)
    assert not common or overlap(one, other)


@given(GLOBS, GLOBS)
def test_covers_promises_nothing_false(outer: str, inner: str) -> None:
    """A job that some rule is said to cover fits that rule."""
    if covers(outer, inner):
        assert [] == [t for t in TEXTS if fnmatchcase(t, inner) and not fnmatchcase(t, outer)]


@given(GLOBS)
def test_glob_overlaps_what_it_matches(glob: str) -> None:
    """Any text that fits a glob, taken as a name without wildcards, overlaps it."""
    plain = [text for text in TEXTS if "[" not in text and fnmatchcase(text, glob)]
    assert all(overlap(glob, text) for text in plain[:50])


@given(GLOBS, GLOBS)
def test_disjoint_plain_endings_do_not_overlap(one: str, other: str) -> None:
    """The test is no mere yes: globs that end in different letters have nothing in common."""
    assert not overlap(one + "x", other + "y")
