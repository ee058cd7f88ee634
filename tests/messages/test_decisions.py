"""What became of an event is said in words."""

from __future__ import annotations

from watcher.core.step import Decision
from watcher.core.why import Why
from watcher.messages.decisions import WORDS, reason_of


def test_every_reason_has_words_of_its_own() -> None:
    """Nobody has to read an identifier, and no two reasons sound the same."""
    assert set(Why) == set(WORDS)
    assert len(WORDS) == len(set(WORDS.values()))


def test_what_kept_it_from_being_told_is_named() -> None:
    """A silence, a window or another alert is found by its name."""
    told = reason_of(Decision(1, Why.SILENCED, by="s-17"))
    assert "a silence covers it (s-17)" == told
