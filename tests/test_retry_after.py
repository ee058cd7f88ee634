"""How long a server asks to be left alone."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from watcher.retry_after import parse_http_date, parse_retry_after

VECTORS = json.loads(
    (Path(__file__).parent / "vectors" / "channel_vectors.json").read_text(encoding="utf-8")
)["http"]["retry_after"]
NOW = datetime.fromisoformat(VECTORS["now"])


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: repr(case["value"]))
def test_golden_vectors(case: dict[str, Any]) -> None:
    """Seconds and all three forms of HTTP-date are read, and nothing else is."""
    seconds = case["seconds"]
    expected = None if seconds is None else timedelta(seconds=seconds)
    assert expected == parse_retry_after(case["value"], NOW)


def test_no_header_is_no_wish() -> None:
    """An absent header asks for nothing."""
    assert parse_retry_after(None, NOW) is None


@pytest.mark.parametrize(
    "value", ["²", "１", "Thu, 99 Oct 2026 12:00:30 GMT", "\x00", "0" * 5000 + "x"]
)
def test_nonsense_is_ignored(value: str) -> None:
    """What is neither a number nor a date never raises."""
    assert parse_retry_after(value, NOW) is None


def test_a_date_without_zone_is_utc() -> None:
    """HTTP-dates are always in GMT, whatever their form."""
    expected = datetime(2026, 10, 1, 12, 0, 30, tzinfo=UTC)
    assert expected == parse_http_date("Thu Oct  1 12:00:30 2026")
    assert expected == parse_http_date("Thu, 01 Oct 2026 14:00:30 +0200")
