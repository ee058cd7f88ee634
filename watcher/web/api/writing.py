"""Writes answers as JSON, without secrets."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

import msgspec
from msgspec.structs import fields

_encode: Final = msgspec.json.Encoder().encode

NAMES: Final = frozenset(
    {
        *("id", "alert", "incident", "bundle", "fingerprint", "fingerprints"),
        *("source", "sources", "project", "job_type", "job", "jobs", "lane"),
        *("channel", "rule", "rules", "name", "names", "notify", "fallback"),
        *("kind", "kinds", "type", "state", "status", "phase", "severity", "verdict", "on"),
        *("expect_state", "actual_state", "instance_id"),
    }
)
"""What programs go by stays as it is, though some secret be the same word; texts of others do not.

These are names of the file and of the jobs, ids and words of ours.
"""

Redact = Callable[[str], str]


def written(value: msgspec.Struct, redact: Redact) -> bytes:
    """The JSON of an answer, with every text in it redacted that is no name; for a thread."""
    clean = _remembering(redact)
    # Item by item: each call of msgspec's keeps the event loop from going on until it is done.
    whole = {
        field.encode_name: [_written(one, field.encode_name, clean) for one in part]
        if isinstance(part := getattr(value, field.name), tuple)
        else _written(part, field.encode_name, clean)
        for field in fields(value)
    }
    return _encode(whole)


def _written(part: object, name: str, clean: Redact) -> msgspec.Raw:
    plain = msgspec.to_builtins(part, builtin_types=(datetime,))
    return msgspec.Raw(_encode(_cleaned(plain, name, clean)))


def _remembering(redact: Redact) -> Redact:
    """The same, quicker for states, kinds and names, which come again and again."""
    seen: dict[str, str] = {}

    def clean(text: str) -> str:
        found = seen.get(text)
        if found is None:
            found = seen[text] = redact(text)
        return found

    return clean


def _cleaned(value: object, name: str, clean: Redact) -> object:
    """The value that stands under a name."""
    if isinstance(value, str):
        return value if name in NAMES else clean(value)
    if isinstance(value, dict):
        if name == "labels":
            return value
        return {key: _cleaned(inner, str(key), clean) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned(inner, name, clean) for inner in value]
    return value
