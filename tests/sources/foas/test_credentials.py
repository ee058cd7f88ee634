"""Keys that nobody sees."""

from __future__ import annotations

from watcher.sources.foas.credentials import Credentials

KEYS = Credentials("planted-id", "planted-secret", "planted-token")


def test_no_repr_shows_a_key() -> None:
    """Neither repr nor str of the keys holds any of them."""
    assert "planted" not in f"{KEYS} {KEYS!r} {[KEYS]}"


def test_a_text_is_redacted() -> None:
    """Every key is replaced wherever a text quotes it."""
    assert "a *** b *** c ***" == KEYS.redact("a planted-id b planted-secret c planted-token")


def test_without_token_nothing_else_is_replaced() -> None:
    """An absent token does not match everything."""
    assert "plain" == Credentials("id", "secret").redact("plain")
