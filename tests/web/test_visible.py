"""Text of others, with all that hides in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.web.visible import visible


@pytest.mark.parametrize(
    "text, shown",
    [
        ("orders_1", "orders_1"),
        ("turn\u202eover", "turn⟨U+202E⟩over"),
        ("\x1b[31mred", "⟨U+001B⟩[31mred"),
        ("zero\u200bwidth", "zero⟨U+200B⟩width"),
        ("half \ud800", "half ⟨U+D800⟩"),
        ("two\nlines", "two\nlines"),
        ("订单 👩\u200d💻", "订单 👩\u200d💻"),
    ],
)
def test_what_hides_is_shown_by_its_number(text: str, shown: str) -> None:
    """Marks that turn, colour or hide text stand there to be seen; scripts stay as they are."""
    assert shown == visible(text)


@given(st.text())
def test_what_is_shown_can_be_written(text: str) -> None:
    """UTF-8 takes it, and nothing of it is lost."""
    assert len(visible(text).encode()) >= len(text)
