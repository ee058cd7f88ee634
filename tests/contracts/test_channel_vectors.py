"""Signatures and escapes are those of the vendors' own tools: the golden vectors."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
from standardwebhooks import Webhook

from tests.channels import samples
from tests.channels.samples import channel_of
from tests.messages.samples import TOLD_AT, parcel
from watcher.channels import dingtalk, slack, webhook

VECTORS: Final[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "vectors" / "channel_vectors.json").read_text()
)


def test_the_standards_own_library_verifies_our_signatures() -> None:
    """With the new key and with the one before, and not with another."""
    sent = channel_of("webhook").encode(parcel(), TOLD_AT)
    for secret in (samples.WEBHOOK_SECRET, samples.PREVIOUS_SECRET):
        library = Webhook(secret)
        said = msgspec.json.decode(sent.body)
        headers = {**sent.headers, "webhook-timestamp": sent.headers["webhook-timestamp"]}
        expected = library.sign(parcel().id, TOLD_AT, sent.body.decode())
        assert expected in headers["webhook-signature"].split()
        assert "state-mismatch.firing" == said["type"]


@pytest.mark.parametrize(
    "case", VECTORS["dingtalk"]["sign"]["cases"], ids=lambda c: c["sign_base64"]
)
def test_dingtalk_signs_as_the_golden_vectors(case: dict[str, Any]) -> None:
    """The signature, percent-encoded exactly once, in the query."""
    assert case["sign_base64"] == dingtalk.sign(case["secret"], case["timestamp_ms"])
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=case["timestamp_ms"])
    url = "https://oapi.dingtalk.com/robot/send?access_token=TOKEN"
    assert case["signed_url"] == dingtalk.signed_url(url, case["secret"], at)


@pytest.mark.parametrize("case", VECTORS["slack"]["escape"]["cases"], ids=lambda case: case["in"])
def test_slack_escapes_as_the_golden_vectors(case: dict[str, Any]) -> None:
    """Exactly three characters, ampersands first."""
    assert case["out"] == slack.escape(case["in"])


@pytest.mark.parametrize(
    "case", VECTORS["standard_webhooks"]["sign"], ids=lambda case: case["signature"]
)
def test_webhooks_sign_as_the_golden_vectors(case: dict[str, Any]) -> None:
    """Over id, seconds and the exact bytes, with the decoded secret."""
    signed = webhook.signature(
        webhook.key_of(case["secret"]),
        case["webhook_id"],
        case["webhook_timestamp"],
        case["body"].encode(),
    )
    assert case["signature"] == signed
