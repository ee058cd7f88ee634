"""What an address asks for, however it is written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.core.event import Kind
from watcher.web.query import FURTHEST, LONGEST_TEXT, choice_of, number_of, text_of


def test_texts_are_cut_and_bare() -> None:
    """Without blanks around them, of a bounded length; what is no text is none."""
    assert "a b" == text_of({"q": "  a b "}, "q")
    assert LONGEST_TEXT == len(text_of({"q": "x" * 1000}, "q"))
    assert "" == text_of({}, "q")
    assert "" == text_of({"q": object()}, "q")


@pytest.mark.parametrize("written", ["", "nonsense", "RESTART", "restart\x00"])
def test_no_choice_is_none(written: str) -> None:
    """What is not among the words counts as not asked for."""
    assert choice_of({"kind": written}, "kind", Kind) is None


def test_a_choice() -> None:
    """A word that is among them."""
    assert Kind.RESTART is choice_of({"kind": " restart"}, "kind", Kind)


@pytest.mark.parametrize(
    "written, expected",
    [
        ("7", 7),
        ("0", 0),
        ("-1", None),
        ("1.5", None),
        ("٣", None),
        ("", None),
        ("9" * 99, FURTHEST),
    ],
)
def test_numbers(written: str, expected: int | None) -> None:
    """Whole numbers in plain digits, none so large that it would break a database."""
    assert expected == number_of({"n": written}, "n")


@given(st.text())
def test_any_text_is_read(written: str) -> None:
    """Nothing that an address can hold is an error."""
    text_of({"q": written}, "q")
    assert 0 <= (number_of({"q": written}, "q") or 0) <= FURTHEST
    choice_of({"q": written}, "q", Kind)
