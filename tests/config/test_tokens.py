"""What of an address is a secret."""

from __future__ import annotations

import pytest

from watcher.config.tokens import tokens_in


@pytest.mark.parametrize(
    "url, tokens",
    [
        ("https://hooks.example.com/watcher", set()),
        ("https://hooks.example.com/a-long-plain-word", set()),
        ("https://hooks.slack.com/services/T0/B0/pLanted1Token", {"pLanted1Token"}),
        ("https://h/robot/send?access_token=abc&x=y%2Fz", {"abc", "y/z"}),
        ("https://h/a%2Db1cdefghijklm", {"a-b1cdefghijklm"}),
        ("http://[", set()),
        ("", set()),
    ],
)
def test_tokens_of_an_address(url: str, tokens: set[str]) -> None:
    """Values of the query, and what looks like no word in the path."""
    assert tokens == tokens_in(url)
