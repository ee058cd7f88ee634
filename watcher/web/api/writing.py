"""Writes answers as JSON, without secrets."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import msgspec

_encode = msgspec.json.Encoder().encode


def written(value: object, redact: Callable[[str], str]) -> bytes:
    """The JSON of an answer, with every text in it redacted."""
    plain = msgspec.to_builtins(value, builtin_types=(datetime,))
    seen: dict[str, str] = {}

    def clean(text: str) -> str:
        # States, kinds and names come again and again.
        found = seen.get(text)
        if found is None:
            found = seen[text] = redact(text)
        return found

    return _encode(_cleaned(plain, clean))


def _cleaned(value: object, clean: Callable[[str], str]) -> object:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {_cleaned(name, clean): _cleaned(inner, clean) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned(inner, clean) for inner in value]
    return value
