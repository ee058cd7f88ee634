"""The English words are English."""

from __future__ import annotations

from watcher.messages.english import WORDS


def test_no_word_is_left_in_another_script() -> None:
    """A translation pasted into the wrong table is seen."""
    allowed = set("–…·→")
    assert [] == [
        key for key, text in WORDS.items() if not set(text) - allowed <= set(map(chr, range(128)))
    ]
