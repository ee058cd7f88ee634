"""What an answer that is no success means."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from watcher.core.reading import Cause
from watcher.ports import HttpAnswer
from watcher.sources.foas.errors import Refusal, carries_error, judge_refusal

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
JSON, XML = "application/json;charset=utf-8", "text/xml;charset=utf-8"


def refuse(status: int, code: str | None = None, message: str = "", **headers: str) -> HttpAnswer:
    body = {"RequestId": "B545121D", "HostId": "h", "Code": code, "Message": message}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return HttpAnswer(status, {"content-type": JSON, **named}, json.dumps(body).encode())


def judge(status: int, code: str | None = None, message: str = "", **headers: str) -> Refusal:
    return judge_refusal(refuse(status, code, message, **headers), NOW)


CODES = [
    ("Throttling", 400, Cause.THROTTLED, True),
    ("Throttling.User", 400, Cause.THROTTLED, True),
    ("Throttling.Api", 503, Cause.THROTTLED, True),
    ("Throttling.User", 403, Cause.THROTTLED, True),
    ("throttling.user", 200, Cause.THROTTLED, True),
    ("ServiceUnavailable", 503, Cause.UNAVAILABLE, True),
    ("InternalError", 500, Cause.UNAVAILABLE, True),
    ("SignatureNonceUsed", 400, Cause.UNAVAILABLE, True),
    ("InvalidTimeStamp.Expired", 400, Cause.CLOCK, False),
    ("InvalidTimeStamp.Format", 400, Cause.CLOCK, False),
    ("SignatureDoesNotMatch", 400, Cause.SIGNATURE, False),
    ("SignatureDoesNotMatch", 403, Cause.SIGNATURE, False),
    ("IncompleteSignature", 400, Cause.SIGNATURE, False),
    ("InvalidSignatureMethod", 400, Cause.SIGNATURE, False),
    ("ContentMD5NotMatched", 400, Cause.SIGNATURE, False),
    ("InvalidAccessKeyId.NotFound", 404, Cause.CREDENTIALS, False),
    ("InvalidAccessKeyId.Inactive", 400, Cause.CREDENTIALS, False),
    ("InvalidSecurityToken.Expired", 400, Cause.CREDENTIALS, False),
    ("InvalidSecurityToken.Malformed", 500, Cause.CREDENTIALS, False),
    ("MissingSecurityToken", 400, Cause.CREDENTIALS, False),
    ("Forbidden.RAM", 403, Cause.PERMISSION, False),
    ("Forbidden", 400, Cause.PERMISSION, False),
    ("NoPermission", 403, Cause.PERMISSION, False),
    ("InvalidApi.NotFound", 404, Cause.ADDRESS, False),
    ("InvalidProduct.NotFound", 404, Cause.ADDRESS, False),
    ("InvalidVersion", 400, Cause.ADDRESS, False),
    ("InvalidProtocol.NeedSsl", 400, Cause.ADDRESS, False),
    ("UnsupportedHTTPMethod", 403, Cause.ADDRESS, False),
    ("MissingJobNames", 400, Cause.REFUSED, False),
    ("InvalidParameter.Format", 400, Cause.REFUSED, False),
    ("SomethingNew", 400, Cause.REFUSED, False),
    ("SomethingNew", 503, Cause.UNAVAILABLE, True),
    (None, 400, Cause.REFUSED, False),
    (None, 401, Cause.CREDENTIALS, False),
    (None, 403, Cause.PERMISSION, False),
    (None, 404, Cause.ADDRESS, False),
    (None, 408, Cause.TIMEOUT, True),
    (None, 429, Cause.THROTTLED, True),
    (None, 500, Cause.UNAVAILABLE, True),
    (None, 504, Cause.UNAVAILABLE, True),
    (None, 302, Cause.REDIRECT, False),
    (None, 304, Cause.REDIRECT, False),
    (None, 204, Cause.GARBLED, False),
]


@pytest.mark.parametrize("code, status, cause, retryable", CODES)
def test_the_code_decides_first_and_the_status_second(
    code: str | None, status: int, cause: Cause, retryable: bool
) -> None:
    """Statuses differ between products; what the code says goes before them."""
    refusal = judge(status, code)
    assert (cause, retryable) == (refusal.cause, refusal.retryable)


def test_a_used_nonce_is_tried_again_once() -> None:
    """A second collision is no chance."""
    assert [True, False] == [judge(400, c).once for c in ("SignatureNonceUsed", "InternalError")]


def test_the_detail_names_status_code_message_and_request() -> None:
    """What the vendor's support asks for is in the words."""
    detail = judge(403, "Forbidden.RAM", "User not\n authorized.").detail
    assert "HTTP 403 Forbidden.RAM: User not authorized. (RequestId B545121D)" == detail


@pytest.mark.parametrize(
    "body",
    [
        "<Error><RequestId>B5</RequestId><Code>Throttling</Code><Message>slow</Message></Error>",
        """<?xml version="1.0"?><XResponse><requestId>B5</requestId><code>Throttling</code>
            <message><![CDATA[slow]]></message></XResponse>""",
    ],
)
def test_an_error_in_xml(body: str) -> None:
    """XML errors are read whatever their root is called."""
    refusal = judge_refusal(HttpAnswer(400, {"content-type": XML}, body.encode()), NOW)
    assert (Cause.THROTTLED, "HTTP 400 Throttling: slow (RequestId B5)") == (
        refusal.cause,
        refusal.detail,
    )


def test_an_html_page() -> None:
    """A gateway's page is unavailability, and its tags are not shown."""
    body = b"<html><head><title>502 Bad Gateway</title></head></html>"
    refusal = judge_refusal(HttpAnswer(502, {"content-type": "text/html"}, body), NOW)
    assert (Cause.UNAVAILABLE, True) == (refusal.cause, refusal.retryable)
    assert "HTTP 502 with an HTML page, not from the API itself" == refusal.detail


@pytest.mark.parametrize("body", [b"", b"\xff\x00", b"[1]", b'{"Code": {"a": 1}}', b"<a"])
@pytest.mark.parametrize("content_type", [JSON, XML, ""])
def test_any_body_is_judged_by_its_status(body: bytes, content_type: str) -> None:
    """A body that says nothing leaves the status to decide."""
    refusal = judge_refusal(HttpAnswer(503, {"content-type": content_type}, body), NOW)
    assert (Cause.UNAVAILABLE, "HTTP 503") == (refusal.cause, refusal.detail)


def test_what_was_signed_is_not_shown() -> None:
    """SignatureDoesNotMatch quotes the string to sign, token and all; the words end before it."""
    message = "not matched. server string to sign is:GET\nx-acs-security-token:planted"
    detail = judge(400, "SignatureDoesNotMatch", message).detail
    assert "planted" not in detail
    assert "check access_key_secret" in detail


def test_a_long_message_is_cut() -> None:
    """One line for people stays one line."""
    detail = judge(400, "X", "m" * 10_000).detail
    assert len(detail) < 400


@pytest.mark.parametrize(
    "date, words",
    [
        ("Sun, 22 Nov 2026 07:40:00 GMT", "our clock is off by 1200 s (fast, 20m)"),
        ("Sun, 22 Nov 2026 09:00:00 GMT", "our clock is off by 3600 s (slow, 1h)"),
    ],
)
def test_a_wrong_clock_is_measured(date: str, words: str) -> None:
    """An expired timestamp says how far our clock is from the answer's Date."""
    assert judge(400, "InvalidTimeStamp.Expired", date=date).detail.endswith(words)


@pytest.mark.parametrize(
    "date, cause, ahead",
    [
        ("Sun, 22 Nov 2026 07:44:59 GMT", Cause.CLOCK, timedelta(seconds=901)),
        ("Sun, 22 Nov 2026 09:00:00 GMT", Cause.CLOCK, -timedelta(hours=1)),
        ("Sun, 22 Nov 2026 07:45:00 GMT", Cause.SIGNATURE, None),
        ("no date", Cause.SIGNATURE, None),
    ],
)
def test_a_signature_refused_with_a_wrong_clock_is_a_wrong_clock(
    date: str, cause: Cause, ahead: timedelta | None
) -> None:
    """More than the tolerance from the answer's Date, the time is the reason and not the key."""
    refusal = judge(400, "SignatureDoesNotMatch", date=date)
    assert (cause, ahead) == (refusal.cause, refusal.clock_ahead)


def test_other_causes_say_nothing_of_the_clock() -> None:
    """A throttled answer with an odd Date is throttled."""
    refusal = judge(400, "Throttling.User", date="Sun, 22 Nov 2026 09:00:00 GMT")
    assert (Cause.THROTTLED, None) == (refusal.cause, refusal.clock_ahead)


def test_a_wrong_clock_without_date() -> None:
    """Without a Date header nothing is made up."""
    assert "off by" not in judge(400, "InvalidTimeStamp.Expired").detail


def test_a_redirect_says_that_it_is_not_followed() -> None:
    """Whoever reads it knows that the address must be corrected."""
    assert "never followed" in judge(302).detail


@pytest.mark.parametrize(
    "headers, wait",
    [
        ({}, None),
        ({"retry_after": "30"}, 30.0),
        ({"x_acs_retry_after": "1500"}, 1.5),
        ({"retry_after": "1", "x_acs_retry_after": "2500"}, 2.5),
        ({"retry_after": "9", "x_acs_retry_after": "2500"}, 9.0),
        ({"x_acs_retry_after": "-5"}, None),
        ({"x_acs_retry_after": "9" * 5000}, 999_999_999.999),
        ({"retry_after": "Sun, 22 Nov 2026 08:00:07 GMT"}, 7.0),
    ],
)
def test_how_long_the_server_asks_to_be_left_alone(
    headers: dict[str, str], wait: float | None
) -> None:
    """x-acs-retry-after is in milliseconds, Retry-After in seconds or a date; the longer counts."""
    expected = None if wait is None else timedelta(seconds=wait)
    assert expected == judge(400, "Throttling", **headers).retry_after


def test_a_permanent_refusal_asks_for_no_wait() -> None:
    """Retry-After counts only where trying again can help."""
    assert judge(403, "Forbidden", retry_after="30").retry_after is None


def test_an_error_inside_a_success() -> None:
    """A 200 that carries a Code is an error; one that carries none is not."""
    bodies = [b'{"Code":"Throttling"}', b'{"RequestId":"x"}', b"<html>"]
    found = [carries_error(HttpAnswer(200, {"content-type": JSON}, body)) for body in bodies]
    assert [True, False, False] == found
