"""Cutting text to bytes, characters and UTF-16 units."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.messages.cut import cut_bytes, cut_chars, cut_units, units

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "vectors" / "channel_vectors.json").read_text()
)["utf8_truncation"]

ESCAPED = st.lists(
    st.sampled_from(["&amp;", "&lt;", "&gt;", "a", "磁", "😀", "\\\\", "\\n", "\\u78c1"])
).map("".join)


@pytest.mark.parametrize(
    "case", VECTORS["cases"], ids=lambda case: f"{case['in']}-{case['max_bytes']}"
)
def test_bytes_are_cut_as_the_golden_vectors_say(case: dict[str, Any]) -> None:
    """The whole text where it fits, else whole characters and the ellipsis."""
    cut = cut_bytes(case["in"], case["max_bytes"])
    assert case["out"] == cut
    assert case["out_bytes"] == len(cut.encode())


@given(st.text(), st.integers(0, 40))
def test_no_cut_exceeds_its_bound_or_splits_a_character(text: str, most: int) -> None:
    """Each measure keeps its own bound, and what is kept is a beginning of the text."""
    for cut, size in (
        (cut_bytes(text, most), lambda t: len(t.encode())),
        (cut_chars(text, most), len),
        (cut_units(text, most), units),
    ):
        assert size(cut) <= most
        assert cut == text or text.startswith(cut.removesuffix("…"))


@given(st.text(), st.integers(0, 40))
def test_what_fits_is_left_alone(text: str, more: int) -> None:
    """A text within its bound is not touched."""
    assert text == cut_bytes(text, len(text.encode()) + more)
    assert text == cut_chars(text, len(text) + more)
    assert text == cut_units(text, units(text) + more)


@given(ESCAPED, st.integers(0, 60))
def test_an_escape_sequence_is_never_split(text: str, most: int) -> None:
    """Half an entity would show as rubbish; half a backslash escape would swallow what follows."""
    kept = cut_chars(text, most).removesuffix("…")
    for sequence in ("&amp;", "&lt;", "&gt;", "\\\\", "\\n", "\\u78c1"):
        kept = kept.replace(sequence, "")
    assert set() == set(kept) - set("a磁😀")


def test_astral_characters_count_two_units() -> None:
    """Slack counts as JavaScript does."""
    assert 5 == units("a😀磁b") == len("a😀磁b".encode("utf-16-le")) // 2
    assert "a😀…" == cut_units("a😀😀😀", 5)


def test_a_lone_surrogate_does_not_break_the_cut() -> None:
    """JSON can hold half a character; cutting must not raise for it."""
    assert "\ud800…" == cut_bytes("\ud800" * 5, 6)
