"""What statuses and broken connections mean, and what is shown of answers."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.channels.samples import answer
from tests.messages.samples import CHINESE, ENGLISH, TOLD_AT
from watcher.channels.outcomes import (
    EXCERPT_CHARACTERS,
    by_status,
    excerpt,
    retry_after,
    robot_name,
    secrets_of,
    succeeded,
    unreachable,
)
from watcher.core.outcome import Fate
from watcher.core.reading import Cause
from watcher.ports import TransportError

LASTING = {Cause.ADDRESS, Cause.REDIRECT, Cause.REFUSED, Cause.PERMISSION, Cause.CREDENTIALS}


@pytest.mark.parametrize("cause", list(Cause))
def test_a_failure_of_transport_is_tried_again_unless_somebody_must_mend_it(cause: Cause) -> None:
    """A wrong address waits for its operator; everything else may pass."""
    outcome = unreachable(TransportError(cause, "connect to hooks.example.com\nfailed"))
    assert (Fate.REFUSED if cause in LASTING else Fate.RETRY) == outcome.fate
    assert "connect to hooks.example.com failed" == outcome.detail
    assert outcome.status is None


def test_the_detail_says_what_to_do_in_the_operators_language() -> None:
    """A status alone helps nobody."""
    said = answer(404)
    assert (
        "nothing takes messages at this address; check `url` · HTTP 404"
        == by_status(said, TOLD_AT, ENGLISH).detail
    )
    assert "该地址没有接收方；请检查 `url` · HTTP 404" == by_status(said, TOLD_AT, CHINESE).detail


@pytest.mark.parametrize(
    "value, expected",
    [
        (None, None),
        ("soon", None),
        ("-5", None),
        ("120", timedelta(minutes=2)),
        ("Sun, 22 Nov 2026 08:10:05 GMT", timedelta(seconds=59, microseconds=876_544)),
        ("86400", timedelta(hours=1)),
    ],
)
def test_retry_after_is_read_and_capped(value: str | None, expected: timedelta | None) -> None:
    """Seconds or a date, at most an hour; anything else is as if it were not there."""
    headers = {} if value is None else {"retry-after": value}
    assert expected == retry_after(answer(503, b"", headers), TOLD_AT)


def test_a_throttle_without_a_time_stays_a_throttle() -> None:
    """429 alone makes the channel wait; a failing server without a time is just tried again."""
    assert Fate.THROTTLED == by_status(answer(429), TOLD_AT, ENGLISH).fate
    assert Fate.RETRY == by_status(answer(503), TOLD_AT, ENGLISH).fate


@pytest.mark.parametrize("status, expected", [(200, True), (204, True), (199, False), (301, False)])
def test_only_2xx_succeeds(status: int, expected: bool) -> None:
    """A redirect is not followed and no success."""
    assert expected == succeeded(answer(status))


def test_a_robots_name_hides_its_token() -> None:
    """Equal tokens give equal names, and no token can be read from one."""
    assert robot_name("slack", "secret-token") == robot_name("slack", "secret-token")
    assert robot_name("slack", "secret-token") != robot_name("slack", "secret-tokem")
    assert "secret" not in robot_name("slack", "secret-token")


def test_echoed_secrets_are_left_out_of_an_excerpt() -> None:
    """The whole address, its path, its parts, decoded ones too."""
    url = "https://h.example/services/T0AAAA/planted1?key=plan%20ted2"
    secrets = secrets_of(url, "planted3")
    for echo in (
        url,
        "/services/T0AAAA/planted1",
        "planted1",
        "plan ted2",
        "plan%20ted2",
        "planted3",
    ):
        shown = excerpt(f"Cannot POST {echo}, sorry", secrets)
        assert "plan" not in shown
        assert shown.startswith("Cannot POST")
        assert shown.endswith("sorry")


@pytest.mark.parametrize(
    "echo",
    ["pl%C3%A1nted%2F%2B%3D%3D", '"pl\\u00e1nted/+=="', "pl\u200bánted/+==", "plánted/+\u2066=="],
)
def test_echoes_in_another_spelling_are_left_out_too(echo: str) -> None:
    """A receiver may encode what it repeats, or put in what nobody sees."""
    shown = excerpt(f"bad key {echo}, sorry", secrets_of("https://h.example/", "plánted/+=="))
    assert "bad key ***, sorry" == shown.replace('"', "")


def test_an_excerpt_is_one_short_line() -> None:
    """An error page of megabytes does not fill the log."""
    shown = excerpt(b"<html>\n" + b"x" * 10_000_000, ())
    assert EXCERPT_CHARACTERS == len(shown)
    assert shown.startswith("<html> xxx")
