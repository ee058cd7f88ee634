"""Tables and codecs of every kind of channel, with planted secrets."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from tests.messages.samples import ENGLISH
from watcher.channels.registry import KINDS, build_channel
from watcher.messages.wording import Wording
from watcher.ports import Channel, HttpAnswer

DINGTALK_TOKEN = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0"
DINGTALK_SECRET = "SEC0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcd"
SLACK_PATH = "T0PLANTED/B0PLANTED/planted1slack2token3xyz"
WEBHOOK_TOKEN = "planted-webhook-token-42"
WEBHOOK_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PREVIOUS_SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"
HEADER_SECRET = "planted-bearer-credential-77"

TABLES: Final[Mapping[str, dict[str, Any]]] = MappingProxyType(
    {
        "dingtalk": {
            "kind": "dingtalk",
            "url": f"https://oapi.dingtalk.com/robot/send?access_token={DINGTALK_TOKEN}",
            "secret": DINGTALK_SECRET,
            "at_mobiles": ["13800000000"],
            "at_user_ids": ["user123"],
        },
        "slack": {
            "kind": "slack",
            "url": f"https://hooks.slack.com/services/{SLACK_PATH}",
            "mentions": ["<!here>", "<@U012AB3CD>"],
        },
        "webhook": {
            "kind": "webhook",
            "url": f"https://hooks.example.com/watcher?token={WEBHOOK_TOKEN}",
            "secret": WEBHOOK_SECRET,
            "previous_secret": PREVIOUS_SECRET,
            "headers": {"Authorization": f"Bearer {HEADER_SECRET}"},
        },
    }
)
"""One table for each kind, as the file gives it."""

SECRETS: Final = MappingProxyType(
    {
        "dingtalk": (DINGTALK_TOKEN, DINGTALK_SECRET),
        "slack": (SLACK_PATH, "planted1slack2token3xyz"),
        "webhook": (WEBHOOK_TOKEN, WEBHOOK_SECRET, PREVIOUS_SECRET, HEADER_SECRET),
    }
)
"""What must never show, by kind."""


def channel_of(kind: str, words: Wording = ENGLISH, **changes: Any) -> Channel:
    """A codec of that kind, of its table with changes; `None` leaves a key out."""
    table = {key: value for key, value in (TABLES[kind] | changes).items() if value is not None}
    return build_channel("oncall", KINDS[kind].table.model_validate(table), words)


def answer(
    status: int = 200, body: bytes | str = b"", headers: dict[str, str] | None = None
) -> HttpAnswer:
    """What a receiver said."""
    whole = body.encode() if isinstance(body, str) else body
    return HttpAnswer(status=status, headers=headers or {}, body=whole)
