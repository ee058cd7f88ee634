"""Reads how long a server asks to be left alone (RFC 9110, 10.2.3)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

LONGEST: Final = timedelta(seconds=1_000_000_000)
"""What a longer wish counts as; callers have bounds of their own."""


def parse_retry_after(value: str | None, now: datetime) -> timedelta | None:
    """The wait that a Retry-After header asks for: delay-seconds or an HTTP-date.

    A date that has passed is a wait of nothing; `None` for what is neither, which is to be ignored.
    """
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return _bounded(text)
    at = parse_http_date(text)
    return None if at is None else min(max(at - now, timedelta(0)), LONGEST)


def parse_http_date(text: str) -> datetime | None:
    """The time that a Date header (or any HTTP-date, obsolete forms too) names; `None` for none."""
    try:
        at = parsedate_to_datetime(text)
        # The last hours of the year 9999 have no name in UTC.
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _bounded(digits: str) -> timedelta:
    if len(digits.lstrip("0")) > len("1000000000"):
        return LONGEST
    return min(timedelta(seconds=int(digits)), LONGEST)
