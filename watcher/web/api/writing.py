"""Writes answers as JSON, without secrets."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

import msgspec
from msgspec.structs import fields

_encode: Final = msgspec.json.Encoder().encode

Redact = Callable[[str], str]


def written(value: msgspec.Struct, redact: Redact) -> bytes:
    """The JSON of an answer, with every text in it redacted; for a thread."""
    clean = _remembering(redact)
    # Item by item: each call of msgspec's keeps the event loop from going on until it is done.
    whole = {
        field.encode_name: [_written(one, clean) for one in part]
        if isinstance(part := getattr(value, field.name), tuple)
        else _written(part, clean)
        for field in fields(value)
    }
    return _encode(whole)


def _written(part: object, clean: Redact) -> msgspec.Raw:
    plain = msgspec.to_builtins(part, builtin_types=(datetime,))
    return msgspec.Raw(_encode(_cleaned(plain, clean)))


def _remembering(redact: Redact) -> Redact:
    """The same, quicker for states, kinds and names, which come again and again."""
    seen: dict[str, str] = {}

    def clean(text: str) -> str:
        found = seen.get(text)
        if found is None:
            found = seen[text] = redact(text)
        return found

    return clean


def _cleaned(value: object, clean: Redact) -> object:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {_cleaned(name, clean): _cleaned(inner, clean) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned(inner, clean) for inner in value]
    return value
