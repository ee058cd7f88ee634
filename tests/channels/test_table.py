"""The keys that all channels share."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from tests.channels.samples import TABLES
from tests.tree import keys_without_a_word
from watcher.channels.registry import KINDS
from watcher.channels.table import ChannelTable

TOKEN = "planted-token-in-an-address"


def read(kind: str, **changes: Any) -> ChannelTable:
    return KINDS[kind].table.model_validate(TABLES[kind] | changes)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_defaults_are_those_of_the_contract(kind: str) -> None:
    """10 s for an attempt, a day to live, nobody else to tell, the file's language."""
    table = read(kind)
    assert timedelta(seconds=10) == table.timeout
    assert table.fallback is None
    assert table.language is None
    assert kind == table.kind


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize(
    "changes, key",
    [
        ({"urll": "x"}, "urll"),
        ({"timeout": "31s"}, "timeout"),
        ({"timeout": "0s"}, "timeout"),
        ({"timeout": 10}, "timeout"),
        ({"language": "fr"}, "language"),
        ({"timezone": "UTC"}, "timezone"),
        ({"fallback": 1}, "fallback"),
        ({"url": f"ftp://x.example/{TOKEN}"}, "url"),
        ({"url": f"https:///{TOKEN}"}, "url"),
        ({"url": TOKEN}, "url"),
        ({"url": f"https://user:{TOKEN}@x.example/"}, "url"),
        ({"url": f"https://x.example:port/{TOKEN}"}, "url"),
        ({"url": f"https://x.example/{TOKEN} b"}, "url"),
        ({"url": f"https://x.example/{TOKEN}\nb"}, "url"),
        ({"url": f"https://x.example/{TOKEN}#b"}, "url"),
        ({"url": f"https://x.example/{TOKEN}/磁"}, "url"),
    ],
)
def test_faults_name_their_key_and_no_secret(kind: str, changes: dict[str, Any], key: str) -> None:
    """A slip is found at its key, and the address that holds a token is not repeated."""
    with pytest.raises(ValidationError) as caught:
        read(kind, **changes)
    assert [(key,)] == [fault["loc"] for fault in caught.value.errors()]
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_each_key_is_described(kind: str) -> None:
    """Every key is explained where it stands."""
    assert [] == keys_without_a_word(KINDS[kind].table)


@pytest.mark.parametrize(
    "written, expected",
    [
        ("https://x.example", "https://x.example/"),
        ("https://x.example?token=a", "https://x.example/?token=a"),
        ("  http://127.0.0.1:8080/a?b=c ", "http://127.0.0.1:8080/a?b=c"),
    ],
)
def test_an_address_always_has_a_path(written: str, expected: str) -> None:
    """So that what is shown of a request, its host, never holds the query."""
    assert SecretStr(expected) == read("webhook", url=written).url
