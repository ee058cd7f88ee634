"""Judges answers that are no success: why, whether trying again can help, and when (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final

import msgspec

from watcher.core.reading import Cause
from watcher.core.span import format_span
from watcher.ports import HttpAnswer
from watcher.retry_after import parse_http_date, parse_retry_after
from watcher.sources.foas import lenient
from watcher.sources.foas.lenient import Plain, UnreadableError

LONGEST_MESSAGE: Final = 300
"""Characters of the API's own words that are shown."""

TOLERANCE: Final = timedelta(minutes=15)
"""How far from its own clock the API takes a request's time."""

QUOTED_REQUEST: Final = "string to sign"
"""After these words SignatureDoesNotMatch quotes what was signed, the security token included."""

NONCE_USED: Final = "SignatureNonceUsed"

CODES: Final = (
    ("Throttling", Cause.THROTTLED),
    ("ServiceUnavailable", Cause.UNAVAILABLE),
    ("InternalError", Cause.UNAVAILABLE),
    (NONCE_USED, Cause.UNAVAILABLE),
    ("InvalidTimeStamp", Cause.CLOCK),
    ("SignatureDoesNotMatch", Cause.SIGNATURE),
    ("IncompleteSignature", Cause.SIGNATURE),
    ("InvalidSignatureMethod", Cause.SIGNATURE),
    ("InvalidAccessKeyId", Cause.CREDENTIALS),
    ("MissingAccessKeyId", Cause.CREDENTIALS),
    ("InvalidSecurityToken", Cause.CREDENTIALS),
    ("MissingSecurityToken", Cause.CREDENTIALS),
    ("Forbidden", Cause.PERMISSION),
    ("NoPermission", Cause.PERMISSION),
    ("InvalidApi", Cause.ADDRESS),
    ("InvalidProduct", Cause.ADDRESS),
    ("InvalidVersion", Cause.ADDRESS),
    ("InvalidProtocol", Cause.ADDRESS),
    ("UnsupportedHTTPMethod", Cause.ADDRESS),
    ("ContentMD5NotMatched", Cause.SIGNATURE),
    ("Missing", Cause.REFUSED),
    ("Invalid", Cause.REFUSED),
)
"""Causes by the beginning of the Code, the first that fits; statuses differ between products."""

STATUSES: Final = (
    (HTTPStatus.TOO_MANY_REQUESTS, Cause.THROTTLED),
    (HTTPStatus.UNAUTHORIZED, Cause.CREDENTIALS),
    (HTTPStatus.FORBIDDEN, Cause.PERMISSION),
    (HTTPStatus.NOT_FOUND, Cause.ADDRESS),
    (HTTPStatus.REQUEST_TIMEOUT, Cause.TIMEOUT),
)
"""Causes by status, where no Code decides."""

PASSING: Final = frozenset({Cause.THROTTLED, Cause.UNAVAILABLE, Cause.TIMEOUT})
"""Causes in an answer that may be gone at the next try."""


class Refusal(msgspec.Struct, frozen=True):
    """What an answer that is no success means.

    `detail` is one line for people; it may quote the request and must be redacted.  `retryable`
    says that a new try may pass, `once` that only the first new try may.  `retry_after` is how
    long the server asks to be left alone, `clock_ahead` how far our clock is ahead of the
    server's where that is the cause.
    """

    cause: Cause
    detail: str
    retryable: bool = False
    once: bool = False
    retry_after: timedelta | None = None
    clock_ahead: timedelta | None = None


class _Complaint(msgspec.Struct, frozen=True):
    code: str | None = None
    message: str | None = None
    request_id: str | None = None


def carries_error(answer: HttpAnswer) -> bool:
    """Whether a 200 answer holds an error's Code in place of records."""
    return _read_complaint(answer).code is not None


def judge_refusal(answer: HttpAnswer, now: datetime) -> Refusal:
    """What an answer that is no success means, by its Code first and its status second."""
    complaint = _read_complaint(answer)
    cause, ahead = _cause_of(complaint.code, answer.status), _clock_ahead(answer, now)
    if cause is Cause.SIGNATURE and ahead is not None and abs(ahead) > TOLERANCE:
        # Some gateways find the signature wrong before they look at its time.
        cause = Cause.CLOCK
    nonce_used = (complaint.code or "").startswith(NONCE_USED)
    return Refusal(
        cause=cause,
        detail=_describe(answer, complaint) + _advice(cause, ahead),
        retryable=cause in PASSING,
        once=nonce_used,
        retry_after=_retry_after(answer.headers, now) if cause in PASSING else None,
        clock_ahead=ahead if cause is Cause.CLOCK else None,
    )


def _clock_ahead(answer: HttpAnswer, now: datetime) -> timedelta | None:
    """How far our clock is ahead of the answer's Date; `None` where it bears none."""
    theirs = parse_http_date(answer.headers.get("date", ""))
    return None if theirs is None else now - theirs


def _cause_of(code: str | None, status: int) -> Cause:
    lower = (code or "").lower()
    for prefix, cause in CODES:
        if lower.startswith(prefix.lower()):
            return cause
    for known, cause in STATUSES:
        if status == known:
            return cause
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Cause.UNAVAILABLE
    if status >= HTTPStatus.BAD_REQUEST:
        return Cause.REFUSED
    return Cause.REDIRECT if status >= HTTPStatus.MULTIPLE_CHOICES else Cause.GARBLED


def _read_complaint(answer: HttpAnswer) -> _Complaint:
    try:
        tree = lenient.parse(answer.body, answer.headers.get("content-type", ""))
        return _complaint(tree)
    except UnreadableError:
        return _Complaint()


def _complaint(tree: Plain) -> _Complaint:
    if not isinstance(tree, Mapping):
        return _Complaint()
    return _Complaint(
        code=lenient.text(tree, "Code"),
        message=lenient.text(tree, "Message"),
        request_id=lenient.text(tree, "RequestId"),
    )


def _describe(answer: HttpAnswer, complaint: _Complaint) -> str:
    words = f"HTTP {answer.status}"
    if complaint.code:
        words += f" {_one_line(complaint.code)}"
    if complaint.message:
        words += f": {_one_line(complaint.message)}"
    if complaint.request_id:
        words += f" (RequestId {_one_line(complaint.request_id)})"
    if not complaint.code and "html" in answer.headers.get("content-type", ""):
        words += " with an HTML page, not from the API itself"
    return words


def _one_line(text: str) -> str:
    head = text.partition(QUOTED_REQUEST)[0].removesuffix("server ")
    line = " ".join("".join(c if c.isprintable() else " " for c in head).split())
    return line if len(line) <= LONGEST_MESSAGE else f"{line[: LONGEST_MESSAGE - 1]}…"


def _advice(cause: Cause, ahead: timedelta | None) -> str:
    if cause is Cause.REDIRECT:
        return "; redirects are never followed, because the signature would follow them"
    if cause is Cause.SIGNATURE:
        return "; check access_key_secret and signature"
    if cause is Cause.CLOCK and ahead is not None:
        return f"; {_skew(ahead)}"
    return ""


def _skew(ahead: timedelta) -> str:
    seconds = round(abs(ahead).total_seconds())
    direction = "fast" if ahead > timedelta(0) else "slow"
    return (
        f"our clock is off by {seconds} s ({direction}, {format_span(timedelta(seconds=seconds))})"
    )


def _retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """The longer of x-acs-retry-after (milliseconds, as the vendor's Tea SDK reads it) and
    Retry-After.
    """
    wishes = [parse_retry_after(headers.get("retry-after"), now)]
    milliseconds = headers.get("x-acs-retry-after", "").strip()
    if milliseconds.isascii() and milliseconds.isdigit():
        wishes.append(timedelta(milliseconds=min(int(milliseconds[:12]), 10**12)))
    return max((wish for wish in wishes if wish is not None), default=None)
