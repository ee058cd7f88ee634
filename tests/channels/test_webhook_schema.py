"""The webhook's schema: every body that is ever sent is valid, and it says all that is in one."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, Final

import pytest
from jsonschema import Draft202012Validator

from tests.channels.samples import channel_of
from tests.messages.samples import BOTH, TOLD_AT, every_notification, parcel
from tests.messages.scenes import every_sample
from tests.tree import ROOT
from watcher.app.trial import sample
from watcher.channels.webhook_schema import webhook_schema
from watcher.core.notification import Notification
from watcher.messages.wording import Wording

SCHEMA: Final = webhook_schema()
NOW: Final = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


def closed(schema: Any) -> Any:
    """The same schema, which takes no key that it does not name."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {key: closed(value) for key, value in schema.items()}
    properties = isinstance(schema.get("properties"), dict) and "type" in schema
    return {**inner, "additionalProperties": False} if properties else inner


JUDGE: Final = Draft202012Validator(closed(SCHEMA))


def refusals(told: Notification, words: Wording) -> list[str]:
    body = channel_of("webhook", words).encode(parcel(told), TOLD_AT).body
    return [f"{error.json_path}: {error.message}" for error in JUDGE.iter_errors(json.loads(body))]


def test_it_is_a_schema() -> None:
    """Draft 2020-12 itself has nothing against it."""
    Draft202012Validator.check_schema(SCHEMA)


def test_the_file_in_the_documents_is_this_one() -> None:
    """docs/schema/webhook.schema.json is what `watcher schema webhook` prints."""
    written = (ROOT / "docs/schema/webhook.schema.json").read_text(encoding="utf-8")
    assert json.loads(written) == SCHEMA


@pytest.mark.parametrize("words", BOTH, ids=["en", "zh"])
def test_every_message_on_the_pages_is_valid(words: Wording) -> None:
    """Each scene of the golden pages, as the webhook tells it; no key is unnamed."""
    told = [(one.name, refusals(one.told, words)) for one in every_sample()]
    assert [] == [(name, said) for name, said in told if said]
    assert 100 < len(told)


def test_every_notification_that_channels_must_take_is_valid() -> None:
    """Those of the channels' contract, and the test message."""
    every = [*every_notification(), sample("audit", NOW)]
    assert [] == [said for told in every for said in refusals(told, BOTH[0])]


@pytest.mark.parametrize(
    "path, value",
    [
        (("type",), "state-mismatch.over"),
        (("timestamp",), "2026-11-22 08:00:00"),
        (("data", "sequence"), 0),
        (("data", "severity"), "grave"),
        (("data", "run", "instance_id"), 177474),
        (("data", "job"), 5),
        (("data", "labels"), None),
    ],
)
def test_what_is_never_sent_is_not_valid(path: tuple[str, ...], value: object) -> None:
    """The schema says something: words, types and forms that no body has are refused."""
    body = json.loads(channel_of("webhook").encode(parcel(sample("audit", NOW)), TOLD_AT).body)
    place = body
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    assert not Draft202012Validator(SCHEMA).is_valid(body)


def test_what_a_later_version_adds_is_no_breach() -> None:
    """Who validates what comes in is not broken by one more key."""
    body = json.loads(channel_of("webhook").encode(parcel(sample("audit", NOW)), TOLD_AT).body)
    body["data"]["one_more"] = 1
    assert Draft202012Validator(SCHEMA).is_valid(body)
