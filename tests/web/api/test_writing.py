"""Answers as JSON, without secrets."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import msgspec

from watcher.telemetry.redaction import Redactor
from watcher.web.api.writing import written


class Inner(msgspec.Struct):
    said: str
    at: datetime


class Outer(msgspec.Struct):
    items: tuple[Inner, ...]
    names: dict[str, Any]
    kind: str = msgspec.field(name="from")
    nothing: None = None


def test_every_text_is_redacted_wherever_it_stands() -> None:
    """In items, in dicts, in their keys, in lists within; names of fields and times stay."""
    at = datetime(2026, 11, 22, 12, 0, 0, 500_000, tzinfo=UTC)
    value = Outer((Inner("key s3cr3t", at),), {"s3cr3t": ["s3cr3t", 1, None]}, "s3cr3t")
    expected = {
        "items": [{"said": "key ***", "at": "2026-11-22T12:00:00.500000Z"}],
        "names": {"***": ["***", 1, None]},
        "from": "***",
        "nothing": None,
    }
    assert expected == json.loads(written(value, Redactor(["s3cr3t"]).redact))


def test_a_secret_that_json_writes_otherwise_is_found() -> None:
    """It is looked for in the texts themselves, not in what JSON makes of them."""
    secret = 'a"\\\nb…'
    value = Inner(f"it is {secret}", datetime(2026, 11, 22, tzinfo=UTC))
    assert "it is ***" == json.loads(written(value, Redactor([secret]).redact))["said"]
