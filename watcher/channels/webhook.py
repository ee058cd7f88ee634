"""The generic webhook: one JSON body a notification, signed as Standard Webhooks say."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import Annotated, Final, Literal

import msgspec
from pydantic import AfterValidator, Field, SecretStr, StringConstraints

from watcher.channels.outcomes import by_status, excerpt, robot_name, secrets_of
from watcher.channels.table import ChannelTable
from watcher.core.delivery import Parcel
from watcher.core.event import Event, Facts, Kind
from watcher.core.notification import Notification
from watcher.core.outcome import Fate, Outcome
from watcher.core.pace import Limit
from watcher.core.run_summary import RunSummary, error_time
from watcher.core.trace import bared, class_of, deepest_cause, own_frame
from watcher.messages import plain
from watcher.messages.cut import cut_bytes, cut_chars
from watcher.messages.error import FRAME_CHARACTERS, fresh_error, name_of
from watcher.messages.render import summarise
from watcher.messages.times import epoch_time
from watcher.messages.wording import Wording
from watcher.ports import Channel, HttpAnswer, HttpRequest

KIND: Final = "webhook"
MOST_BYTES: Final = 20_000
SHRUNK_BYTES: Final = 4_000
ERROR_BYTES: Final = 8_192
ERROR_STEPS: Final = (ERROR_BYTES, 4_096, 2_048, 1_024, 256)
"""How long errors may be, tried in turn until the body fits."""
LAST_RESORT_CHARACTERS: Final = 64
LAST_RESORT_LABELS: Final = 10
MOST_RIDERS: Final = 8
PREFIX: Final = "whsec_"
FEWEST_KEY_BYTES: Final = 24
"""Standard Webhooks' keys have 24 to 64 bytes; shorter base64 is taken for a text."""

_TAKEN: Final = frozenset({"content-type", "content-length", "host", "transfer-encoding"})
_HEADER_VALUE = re.compile(r"[\x20-\x7e]*")


def _check_name(name: str) -> str:
    if name.lower() in _TAKEN or name.lower().startswith("webhook-"):
        raise ValueError(f"the header {name} is set by watcher itself")
    return name


def _check_value(value: SecretStr) -> SecretStr:
    if not _HEADER_VALUE.fullmatch(value.get_secret_value()):
        raise ValueError("a header's value is of printable ASCII characters, on one line")
    return value


def _check_secret(secret: SecretStr) -> SecretStr:
    text = secret.get_secret_value().strip()
    if not text:
        raise ValueError("an empty secret signs nothing; leave the key out")
    if text.startswith(PREFIX) and _decoded(text.removeprefix(PREFIX)) is None:
        raise ValueError(f"what follows {PREFIX} is no base64")
    return SecretStr(text)


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True) or None
    except (binascii.Error, ValueError):
        return None


HeaderName = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]+$"), AfterValidator(_check_name)
]
HeaderValue = Annotated[SecretStr, AfterValidator(_check_value)]
Secret = Annotated[SecretStr, AfterValidator(_check_secret)]


class Table(ChannelTable):
    """`[channels.NAME]` of kind `webhook`."""

    kind: Literal["webhook"]
    """Any HTTP receiver; one notification in each request."""

    secret: Secret | None = None
    """Signs each request (Standard Webhooks): "whsec_" and base64, or base64 of 24 bytes or more,
    else the text's own bytes.  Without it nothing is signed."""

    previous_secret: Secret | None = None
    """The secret before, while receivers change over: both sign."""

    headers: Mapping[HeaderName, HeaderValue] = Field(default_factory=dict, max_length=20)
    """More headers for each request, such as Authorization; their values are kept secret."""


def key_of(secret: str) -> bytes:
    """The bytes that a secret's text stands for, as Standard Webhooks libraries read it.

    They decode base64 with and without the prefix; a text that cannot be such a key (no base64, or
    less than 24 bytes of it) counts as its own bytes.
    """
    if secret.startswith(PREFIX):
        return _decoded(secret.removeprefix(PREFIX)) or secret.encode()
    decoded = _decoded(secret)
    return decoded if decoded and len(decoded) >= FEWEST_KEY_BYTES else secret.encode()


def signature(key: bytes, webhook_id: str, timestamp: int, body: bytes) -> str:
    """One `v1,…` signature of Standard Webhooks 1.0.0 over id, seconds and the exact body."""
    said = f"{webhook_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, said, "sha256")).decode()


def build(name: str, table: Table, words: Wording) -> Channel:
    """The codec of one receiver."""
    return Webhook(name, table, words.in_language(table.language))


class Webhook:
    """Codec of one generic webhook."""

    bundles = False
    in_flight = 32
    limit: Limit | None = None

    def __init__(self, name: str, table: Table, words: Wording) -> None:
        self.name = name
        self.timeout = table.timeout
        self._table = table
        self._words = words
        self.robot = robot_name(KIND, table.url.get_secret_value())
        self._keys = tuple(key_of(secret) for secret in self._signing())

    def __repr__(self) -> str:
        return f"Webhook({self.name!r}, {self.robot})"

    def encode(self, parcel: Parcel, now: datetime) -> HttpRequest:
        """The request for one attempt, as `ports.Channel` promises."""
        body = body_of(parcel, self._words)
        return HttpRequest(
            method="POST",
            url=self._table.url.get_secret_value(),
            headers=self._headers(parcel.id, body, now),
            body=body,
        )

    def judge(self, answer: HttpAnswer, now: datetime) -> Outcome:
        """The status table of `outcomes`; for a refusal, the beginning of what was said."""
        outcome = by_status(answer, now, self._words)
        if outcome.fate is Fate.DELIVERED:
            return outcome
        said = excerpt(answer.body, self._secrets())
        detail = f"{outcome.detail}: {said}" if said else outcome.detail
        return Outcome(outcome.fate, detail, status=outcome.status, retry_after=outcome.retry_after)

    def _headers(self, webhook_id: str, body: bytes, now: datetime) -> dict[str, str]:
        timestamp = int(now.timestamp())
        headers = {name: value.get_secret_value() for name, value in self._table.headers.items()}
        headers |= {
            "Content-Type": "application/json",
            "webhook-id": webhook_id,
            "webhook-timestamp": str(timestamp),
        }
        signatures = [signature(key, webhook_id, timestamp, body) for key in self._keys]
        if signatures:
            headers["webhook-signature"] = " ".join(signatures)
        return headers

    def _signing(self) -> Iterator[str]:
        for secret in (self._table.secret, self._table.previous_secret):
            if secret is not None:
                yield secret.get_secret_value()

    def _secrets(self) -> tuple[str, ...]:
        values = [value.get_secret_value() for value in self._table.headers.values()]
        tokens = [value.rpartition(" ")[2] for value in values]
        return secrets_of(self._table.url.get_secret_value(), *self._signing(), *values, *tokens)


def body_of(parcel: Parcel, words: Wording) -> bytes:
    """The JSON body, at most 20,000 bytes, the same at each attempt: errors are cut first."""
    notification = parcel.notifications[0]
    most = SHRUNK_BYTES if parcel.shrink else MOST_BYTES
    body = b""
    for error_bytes in ERROR_STEPS:
        body = _json(_document(notification, parcel.made_at, words, error_bytes))
        if len(body) <= most:
            return body
    if len(body) <= MOST_BYTES:
        return body
    few = dict(islice(notification.labels.items(), LAST_RESORT_LABELS))
    fewer = msgspec.structs.replace(notification, labels=few)
    return _json(_shorter(_document(fewer, parcel.made_at, words, ERROR_STEPS[-1])))


Document = dict[str, object]


def _document(
    notification: Notification, made_at: datetime, words: Wording, error_bytes: int
) -> Document:
    return {
        "type": notification.type,
        "timestamp": rfc3339(made_at),
        "data": _data(notification, made_at, words, error_bytes),
    }


def _data(
    notification: Notification, made_at: datetime, words: Wording, error_bytes: int
) -> Document:
    event, subject = notification.event, notification.subject
    return {
        "alert": notification.alert,
        "incident": notification.incident,
        "sequence": notification.sequence,
        "number": notification.number,
        "status": notification.status,
        "reason": notification.reason,
        "rule": notification.rule,
        "severity": notification.severity.word,
        "verdict": event.verdict,
        "trend": _trend(event.facts),
        "source": subject.source,
        "project": notification.project,
        "job": subject.job,
        "job_type": subject.job_type,
        "labels": dict(notification.labels),
        "summary": summarise(notification, made_at, words),
        "run": _run(event.run, error_bytes),
        "previous": _run(event.previous, error_bytes),
        "error": _error(notification),
        "occurred_at": rfc3339(event.occurred_at),
        "detected_at": rfc3339(event.detected_at),
        **_special(event),
        **_riders(notification, error_bytes),
    }


def _riders(notification: Notification, error_bytes: int) -> Document:
    """What a chat's message tells besides, where this receiver is that chat's fallback."""
    told = [
        {
            "kind": rider.kind,
            "occurred_at": rfc3339(rider.occurred_at),
            "run": _run(rider.run, error_bytes),
        }
        for rider in notification.riders[-MOST_RIDERS:]
    ]
    return {"riders": told} if told else {}


def _special(event: Event) -> Document:
    """What only events of one kind say."""
    facts = event.facts
    if event.kind is Kind.FLAPPING:
        return {"flapping": {"changes": facts.changes, "restarts": facts.restarts}}
    if event.kind is Kind.REDEPLOYMENT and facts.down_at and facts.up_at:
        down = {"down_at": rfc3339(facts.down_at), "up_at": rfc3339(facts.up_at)}
        return {"redeployment": down}
    return {}


def _trend(facts: Facts) -> Document | None:
    """How an input delay changes, and where that leads; `None` where nothing is known of it."""
    if facts.slope_ms is None:
        return None
    goal = facts.heading
    return {
        "ms_per_minute": facts.slope_ms,
        "reaches_ms": None if goal is None else goal.to_ms,
        "reaches_at": None if goal is None else rfc3339(goal.at),
    }


def _run(run: RunSummary | None, error_bytes: int) -> Document | None:
    if run is None:
        return None
    error, at = run.last_error_message, epoch_time(error_time(run))
    return {
        "expect_state": run.expect_state,
        "actual_state": run.actual_state,
        "instance_id": None if run.instance_id is None else str(run.instance_id),
        "engine_job_handler": run.engine_job_handler,
        "input_delay_ms": run.input_delay_ms,
        "last_error_message": None if error is None else cut_bytes(error, error_bytes),
        "last_error_at": None if at is None else rfc3339(at),
    }


def _error(notification: Notification) -> Document | None:
    """The error that goes with what is told; an end has none, nor has what no error makes."""
    event, known = notification.event, notification.known
    text = event.run.last_error_message if event.run else None
    if not text or not fresh_error(notification):
        return None
    root = bared(deepest_cause(text))
    name = class_of(root)
    return {
        "fingerprint": name_of(notification, text),
        "class": name or None,
        "message": plain.short_line(root.removeprefix(name).lstrip(": "), plain.ERROR_CHARACTERS)
        or None,
        "frame": plain.short_line(own_frame(text), FRAME_CHARACTERS) or None,
        "first_seen_at": rfc3339(known.first_seen_at) if known else None,
        "times": known.times if known else None,
        "jobs": known.jobs if known else None,
    }


def rfc3339(at: datetime) -> str:
    """A time in UTC with milliseconds: `2026-11-22T08:00:00.123Z`."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def _json(document: object) -> bytes:
    """Compact UTF-8; what UTF-8 cannot write (a lone surrogate) becomes U+FFFD."""
    try:
        return msgspec.json.encode(document)
    except (UnicodeEncodeError, OverflowError):
        whole = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
        return plain.writable(whole).encode()


def _shorter(value: object) -> object:
    """Every text cut: what is left when names and labels alone fill the body."""
    if isinstance(value, str):
        return cut_chars(value, LAST_RESORT_CHARACTERS)
    if isinstance(value, dict):
        return {_shorter(key): _shorter(inner) for key, inner in value.items()}
    return value
