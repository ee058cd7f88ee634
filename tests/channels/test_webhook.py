"""The generic webhook: exactly the body and headers of the contract."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final

import msgspec
import pytest
from pydantic import ValidationError
from standardwebhooks import Webhook as Library

from tests.channels.samples import WEBHOOK_SECRET, answer, channel_of
from tests.messages.samples import BEGAN_AT, RIGHT, TOLD_AT, WRONG, ended, notify, parcel
from watcher.channels.webhook import key_of, rfc3339
from watcher.clock import SystemClock
from watcher.core.delivery import Parcel
from watcher.core.event import Facts, Kind
from watcher.core.outcome import Fate
from watcher.core.trend import Heading


def sent(given_parcel: Parcel, **changes: Any) -> dict[str, Any]:
    body = channel_of("webhook", **changes).encode(given_parcel, TOLD_AT).body
    told: dict[str, Any] = json.loads(body)
    return told


DATA: Final[dict[str, Any]] = {
    "alert": "a1b2c3d4e5f60718293a4b5c6d7e8f90",
    "incident": None,
    "sequence": 12,
    "number": 1,
    "status": "firing",
    "reason": "began",
    "rule": "job-down",
    "severity": "critical",
    "verdict": "stopped",
    "trend": None,
    "source": "prod",
    "project": "test_project",
    "job": "orders_1",
    "job_type": "FLINK_STREAM",
    "labels": {"team": "orders"},
    "summary": (
        "prod/orders_1 has stopped, since 16:03: "
        "java.sql.SQLTransientConnectionException: pool-1 timed out after 30000ms"
    ),
    "run": {
        "expect_state": "RUNNING",
        "actual_state": "PAUSED",
        "instance_id": "177474",
        "engine_job_handler": "application_1564648959240_0125|6150954a90852814ce0c6eace9868691",
        "input_delay_ms": 300,
        "last_error_at": "2026-11-22T08:02:00.123Z",
    },
    "previous": {
        "expect_state": "RUNNING",
        "actual_state": "RUNNING",
        "instance_id": "177473",
        "engine_job_handler": ("application_1564648959240_0124 | 00a0954a90852814ce0c6eace9868600"),
        "input_delay_ms": 300,
        "last_error_message": None,
        "last_error_at": None,
    },
    "error": {
        "fingerprint": "SQLTransientConnectionException-24650f52e2c3ee2f",
        "class": "java.sql.SQLTransientConnectionException",
        "message": "pool-1 timed out after 30000ms",
        "frame": None,
        "first_seen_at": None,
        "times": None,
        "jobs": None,
    },
    "occurred_at": "2026-11-22T08:03:05.123Z",
    "detected_at": "2026-11-22T08:03:05.123Z",
}


def test_the_body_is_that_of_the_contract() -> None:
    """Every key of docs/webhook.md, in its order, and no other."""
    told = sent(parcel())
    assert ["type", "timestamp", "data"] == list(told)
    assert "state-mismatch.firing" == told["type"]
    assert "2026-11-22T08:09:05.123Z" == told["timestamp"]
    error = told["data"]["run"].pop("last_error_message")
    assert WRONG.last_error_message == error
    assert DATA == told["data"]
    assert list(DATA) == list(told["data"])


@pytest.mark.parametrize("kind", [Kind.BLIND, Kind.UNDELIVERABLE, Kind.RECONCILED])
def test_what_is_about_no_job_has_no_run(kind: Kind) -> None:
    """For a source or a channel the job's keys are null."""
    data = sent(parcel(notify(kind)))["data"]
    nulls = ("job", "job_type", "run", "previous", "verdict")
    assert dict.fromkeys(nulls) == {key: data[key] for key in nulls}


def test_a_job_of_an_incident_says_so() -> None:
    """It carries the id that the incident's own messages have as `alert`."""
    assert "1c1d" == sent(parcel(notify(incident="1c1d")))["data"]["incident"]
    whole = sent(parcel(notify(Kind.INCIDENT)))
    assert ("incident.firing", None) == (whole["type"], whole["data"]["job"])


def test_an_end_is_resolved() -> None:
    """Type, status and reason of an end, under the alert's same id."""
    told, began = sent(parcel(ended())), sent(parcel())
    assert "state-mismatch.resolved" == told["type"]
    assert ("resolved", "recovered") == (told["data"]["status"], told["data"]["reason"])
    assert began["data"]["alert"] == told["data"]["alert"]


def test_the_standard_library_verifies_a_fresh_message() -> None:
    """The receiver's side of Standard Webhooks accepts it and gives the body back."""
    sent_now = channel_of("webhook").encode(parcel(), SystemClock().now())
    verified = Library(WEBHOOK_SECRET).verify(sent_now.body.decode(), dict(sent_now.headers))
    assert "state-mismatch.firing" == verified["type"]
    assert "application/json" == sent_now.headers["Content-Type"]


def test_a_rotated_secret_signs_beside_the_new_one() -> None:
    """Two signatures while receivers change over, one after it, none without a secret."""
    cases: tuple[tuple[dict[str, Any], int], ...] = (
        ({}, 2),
        ({"previous_secret": None}, 1),
        ({"secret": None, "previous_secret": None}, 0),
    )
    for changes, expected in cases:
        headers = channel_of("webhook", **changes).encode(parcel(), TOLD_AT).headers
        assert expected == len(headers.get("webhook-signature", "").split())
        assert parcel().id == headers["webhook-id"]
        assert str(int(TOLD_AT.timestamp())) == headers["webhook-timestamp"]


RANDOM = bytes(range(24))


@pytest.mark.parametrize(
    "secret, expected",
    [
        ("whsec_" + base64.b64encode(RANDOM).decode(), RANDOM),
        (base64.b64encode(RANDOM).decode(), RANDOM),
        ("whsec_" + base64.b64encode(b"short").decode(), b"short"),
        (base64.b64encode(b"short").decode(), b"c2hvcnQ="),
        ("correct horse battery staple", b"correct horse battery staple"),
        ("密钥", "密钥".encode()),
    ],
)
def test_a_secret_is_base64_where_it_can_be_one(secret: str, expected: bytes) -> None:
    """As the standard's libraries read it; any other text counts as its own bytes."""
    assert expected == key_of(secret)


def test_more_headers_are_sent() -> None:
    """Such as Authorization; ours cannot be replaced."""
    headers = channel_of("webhook", headers={"X-Team": "data"}).encode(parcel(), TOLD_AT).headers
    assert "data" == headers["X-Team"]


@pytest.mark.parametrize(
    "changes, key",
    [
        ({"headers": {"webhook-id": "x"}}, "headers"),
        ({"headers": {"Content-Length": "0"}}, "headers"),
        ({"headers": {"X-A": "planted\r\nX-B: c"}}, "headers"),
        ({"headers": {"X A": "b"}}, "headers"),
        ({"secret": "whsec_planted*"}, "secret"),
        ({"secret": "  "}, "secret"),
        ({"previous_secret": ""}, "previous_secret"),
    ],
)
def test_bad_headers_and_secrets_are_faults_of_the_file(changes: dict[str, Any], key: str) -> None:
    """Found when the file is read, and not repeated in the fault."""
    with pytest.raises(ValidationError) as caught:
        channel_of("webhook", **changes)
    assert key == caught.value.errors()[0]["loc"][0]
    assert "planted" not in str(caught.value)


def test_a_long_error_is_cut_at_eight_kib() -> None:
    """On a whole character, with an ellipsis."""
    run = msgspec.structs.replace(WRONG, last_error_message="磁盘已满" * 10_000)
    error = sent(parcel(notify(run=run)))["data"]["run"]["last_error_message"]
    assert 8190 <= len(error.encode()) <= 8192
    assert error.endswith(("磁…", "盘…", "已…", "满…"))


def test_a_job_that_does_not_keep_still_is_told_in_numbers() -> None:
    """How often it has changed, or from when to when it was down."""
    flaps = sent(parcel(notify(Kind.FLAPPING, facts=Facts(changes=6, restarts=3))))
    assert {"changes": 6, "restarts": 3} == flaps["data"]["flapping"]
    down_at = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
    facts = Facts(down_at=down_at, up_at=down_at + timedelta(minutes=3))
    line = sent(parcel(notify(Kind.REDEPLOYMENT, facts=facts)))
    assert "redeployment.occurred" == line["type"]
    down = {"down_at": "2026-11-22T08:00:00.000Z", "up_at": "2026-11-22T08:03:00.000Z"}
    assert down == line["data"]["redeployment"]


def test_a_fallback_tells_what_travelled_in_the_chats_message() -> None:
    """The last eight of them, within the body's bound however long their errors are."""
    run = msgspec.structs.replace(WRONG, last_error_message="\x01" * 2048)
    error = msgspec.structs.replace(notify(Kind.NEW_ERROR).event, run=run)
    told = parcel(notify(run=run, previous=run, riders=(error,) * 30))
    data = sent(told)["data"]
    assert [("new-error", "2026-11-22T08:03:05.123Z", "PAUSED")] * 8 == [
        (one["kind"], one["occurred_at"], one["run"]["actual_state"]) for one in data["riders"]
    ]
    assert "orders_1" == data["job"]


def test_identity_survives_the_cut() -> None:
    """Errors are cut first: two of them full of escapes leave names and labels whole."""
    run = msgspec.structs.replace(WRONG, last_error_message="\x01" * 50_000)
    data = sent(parcel(notify(run=run, previous=run)))["data"]
    assert "orders_1" == data["job"]
    assert {"team": "orders"} == data["labels"]


def test_ids_are_text_and_no_time_is_null() -> None:
    """A number beyond 2^53 would be rounded by JavaScript; 0 is no time."""
    run = msgspec.structs.replace(RIGHT, instance_id=2**60 + 1, last_error_at=0)
    data = sent(parcel(notify(run=run)))["data"]
    assert str(2**60 + 1) == data["run"]["instance_id"]
    assert data["run"]["last_error_at"] is None


@pytest.mark.parametrize(
    "at, expected",
    [
        (datetime(2026, 11, 22, 8, 0, 0, 123_999, UTC), "2026-11-22T08:00:00.123Z"),
        (
            datetime(2026, 11, 22, 8, 0, tzinfo=timezone(timedelta(hours=8))),
            "2026-11-22T00:00:00.000Z",
        ),
        (datetime(33, 1, 2, tzinfo=UTC), "0033-01-02T00:00:00.000Z"),
    ],
)
def test_times_are_utc_with_milliseconds(at: datetime, expected: str) -> None:
    """RFC 3339, always with Z."""
    assert expected == rfc3339(at)


def test_a_refusal_shows_what_was_said() -> None:
    """A receiver's own words help whoever mends it."""
    outcome = channel_of("webhook").judge(answer(422, '{"error": "no field x"}'), TOLD_AT)
    assert Fate.REJECTED == outcome.fate
    assert 'the receiver rejects this message · HTTP 422: {"error": "no field x"}' == outcome.detail


@pytest.mark.parametrize(
    "facts, expected",
    [
        (Facts(), None),
        (
            Facts(slope_ms=40_000, heading=Heading(3_600_000, BEGAN_AT)),
            {
                "ms_per_minute": 40_000,
                "reaches_ms": 3_600_000,
                "reaches_at": "2026-11-22T08:03:05.123Z",
            },
        ),
        (
            Facts(slope_ms=-90_000),
            {"ms_per_minute": -90_000, "reaches_ms": None, "reaches_at": None},
        ),
    ],
)
def test_a_delay_carries_its_verdict_and_its_trend(
    facts: Facts, expected: dict[str, object] | None
) -> None:
    """A consumer need not read the summary to know where it goes."""
    data = sent(parcel(notify(Kind.INPUT_DELAY, verdict="growing", facts=facts)))["data"]
    assert ("growing", expected) == (data["verdict"], data["trend"])
