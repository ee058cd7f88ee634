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
    more: dict[str, Any]
    said: str = msgspec.field(name="from")
    nothing: None = None


def test_every_text_is_redacted_wherever_it_stands() -> None:
    """In items, in dicts, in lists within; names of fields and times stay."""
    at = datetime(2026, 11, 22, 12, 0, 0, 500_000, tzinfo=UTC)
    value = Outer((Inner("key s3cr3t", at),), {"a": ["s3cr3t", 1, None]}, "s3cr3t")
    expected = {
        "items": [{"said": "key ***", "at": "2026-11-22T12:00:00.500000Z"}],
        "more": {"a": ["***", 1, None]},
        "from": "***",
        "nothing": None,
    }
    assert expected == json.loads(written(value, Redactor(["s3cr3t"]).redact))


class Named(msgspec.Struct):
    job: str
    jobs: tuple[str, ...]
    labels: dict[str, str]
    inner: dict[str, Any]


def test_names_stay_what_they_are() -> None:
    """A program asks by them; that a secret is the same word is a coincidence."""
    value = Named("demo", ("demo",), {"team": "demo"}, {"source": "demo", "detail": "of demo"})
    expected = {
        "job": "demo",
        "jobs": ["demo"],
        "labels": {"team": "demo"},
        "inner": {"source": "demo", "detail": "of ***"},
    }
    assert expected == json.loads(written(value, Redactor(["demo"]).redact))


def test_a_secret_that_json_writes_otherwise_is_found() -> None:
    """It is looked for in the texts themselves, not in what JSON makes of them."""
    secret = 'a"\\\nb…'
    value = Inner(f"it is {secret}", datetime(2026, 11, 22, tzinfo=UTC))
    assert "it is ***" == json.loads(written(value, Redactor([secret]).redact))["said"]
