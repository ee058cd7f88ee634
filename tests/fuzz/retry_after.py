"""Retry-After and HTTP-dates: a bounded wait, a time in UTC, or nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Final

from hypothesis import strategies as st

from tests.fuzz.target import Target
from tests.fuzz.written import NOW, WAITS
from watcher.retry_after import LONGEST, parse_http_date, parse_retry_after


def check(written: bytes) -> None:
    text = written.decode("utf-8", "surrogateescape")
    wait, at = parse_retry_after(text, NOW), parse_http_date(text)
    if wait is not None:
        assert timedelta(0) <= wait <= LONGEST
        assert wait <= (parse_retry_after(text, NOW - timedelta(seconds=5)) or timedelta(0))
    digits = text.strip()
    if digits.isascii() and digits.isdigit():
        assert timedelta(seconds=min(int(digits[-4000:]), 10**9)) == wait or len(digits) > 4000
    elif at is None:
        assert wait is None
    if at is not None:
        check_date(at)


def check_date(at: datetime) -> None:
    """A time in UTC that means the same when it is written as RFC 9110 asks and read again."""
    assert at.tzinfo is UTC
    if at.year >= 1000:
        assert at.replace(microsecond=0) == parse_http_date(format_datetime(at, usegmt=True))


PARTS: Final = st.sampled_from(
    (
        *("Sun", ",", " ", "22", "Nov", "2026", "08", ":", "03", "05", "GMT", "+0000", "-2359"),
        *("99", "0", "-", "+9999", "1994", "Sunday", "Z", "EST", "\t", "(x)", ".", "AM", "+"),
    )
)
DATES: Final = st.datetimes(timezones=st.just(UTC)).map(lambda at: format_datetime(at, usegmt=True))
ZONES: Final = st.integers(-9999, 9999).map(lambda zone: f"{zone:+05d}")
TARGET: Final = Target(
    check,
    st.one_of(
        st.sampled_from(WAITS),
        st.integers().map(str),
        DATES,
        st.builds(lambda date, zone: date.replace("GMT", zone), DATES, ZONES),
        st.lists(PARTS, max_size=14).map("".join),
    ).map(str.encode),
    longest=200,
)
