"""Tokens of forms."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.web.forgery import is_token, make_token

KEY = b"k" * 32


def test_a_token_is_good_for_its_browser_and_process_alone() -> None:
    """Each one that was made, and no other."""
    tokens = {make_token(KEY, "browser") for _ in range(50)}
    assert 50 == len(tokens)
    assert all(is_token(KEY, "browser", token) for token in tokens)
    token = tokens.pop()
    assert not is_token(KEY, "other", token)
    assert not is_token(b"o" * 32, "browser", token)


def test_no_part_of_two_tokens_is_the_same() -> None:
    """A compressed page would tell by its size whether a guess of such a part is right."""
    one, other = make_token(KEY, "browser"), make_token(KEY, "browser")
    assert max(sum(a == b for a, b in zip(one, other, strict=True)), 0) < len(one) // 2


@pytest.mark.parametrize("token", ["", "x", "ä", "A" * 88, "=" * 88, "\ud800"])
def test_rubbish_is_no_token(token: str) -> None:
    """And breaks nothing."""
    assert not is_token(KEY, "browser", token)


@given(st.text(), st.text())
def test_what_nobody_made_is_no_token(binding: str, token: str) -> None:
    """Whatever it is."""
    assert not is_token(KEY, binding, token)
