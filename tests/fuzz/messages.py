"""Notifications as the store keeps them, with any text in them: every channel can send them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final

import msgspec
from hypothesis import strategies as st

from tests.channels.samples import channel_of
from tests.contracts.test_channel import SIZES, notifications
from tests.fuzz.target import Target
from tests.messages.samples import BOTH, TOLD_AT, parcel
from watcher.channels.registry import KINDS
from watcher.core.deferral import LATE_AFTER, Because, Deferral
from watcher.core.delivery import Parcel
from watcher.core.notification import Notification
from watcher.ports import Channel

MOST: Final = 100
EARLIEST, LATEST = datetime(1970, 1, 2, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
LINK: Final = re.compile(r"<https?://[^\s<>|]*\|")
MENTION: Final = re.compile(r"<!here>|<@U012AB3CD>")

_decode: Final = msgspec.json.Decoder(list[Notification]).decode


def check(written: bytes) -> None:
    try:
        told = _decode(written)[:MOST]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return
    if not told or not all(map(is_possible, told)):
        return
    assert told == _decode(msgspec.json.encode(told))
    for shrink in (False, True):
        check_parcel(parcel(*told, shrink=shrink), TOLD_AT)
    because = Deferral(Because.RECEIVER, told[0].rule)
    check_parcel(parcel(*told, deferred=because), TOLD_AT + 3 * LATE_AFTER)


def is_possible(notification: Notification) -> bool:
    """Whether the core could have made its times; it makes aware ones, within our centuries."""
    event = notification.event
    times = [event.detected_at, event.occurred_at, event.facts.last_good_at]
    times += [notification.began_at, notification.ended_at, notification.hold_until]
    known = [at for at in times if at is not None]
    return all(at.tzinfo is not None and at.utcoffset() == timedelta(0) for at in known) and all(
        EARLIEST <= at <= LATEST for at in known
    )


@cache
def channels() -> tuple[tuple[str, Channel], ...]:
    return tuple((kind, channel_of(kind, words)) for kind in KINDS for words in BOTH)


def check_parcel(whole: Parcel, now: datetime) -> None:
    for kind, channel in channels():
        alone = msgspec.structs.replace(whole, notifications=whole.notifications[:1])
        given = whole if channel.bundles else alone
        body = channel.encode(given, now).body
        assert body == channel.encode(given, now).body
        SIZES[kind](body)
        said = json.loads(body.decode())
        assert not any("\ud800" <= sign <= "\udfff" for text in texts_of(said) for sign in text)
        CHECKS[kind](said, mention=any(one.mention for one in given.notifications))


def texts_of(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from texts_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts_of(inner)
    elif isinstance(value, str):
        yield value


def check_dingtalk(said: Any, *, mention: bool) -> None:
    """Nobody is mentioned, and nothing is linked, but by us."""
    text = said["markdown"]["text"]
    mentions = text.rpartition("\n\n")[2] if mention else ""
    assert mentions == ("@13800000000 @user123" if mention else "")
    assert not set("@<>`") & set(text.removesuffix(mentions))
    assert text.count("](") <= 1
    assert "![" not in text


def check_slack(said: Any, *, mention: bool) -> None:
    """Every `<` begins one of our mentions or links, and every `&` an escape."""
    sections = [block["text"]["text"] for block in said["blocks"] if block["type"] == "section"]
    for number, text in enumerate(sections):
        rest = LINK.sub("", text, count=1)
        rest = MENTION.sub("", rest) if mention and number == 0 else rest
        assert "<" not in rest
        assert re.sub(r"&(amp|lt|gt);", "", text).count("&") == 0
    assert "<" not in said["text"]


def check_webhook(said: Any, *, mention: bool) -> None:
    assert ["type", "timestamp", "data"] == list(said)


CHECKS: Final = {"dingtalk": check_dingtalk, "slack": check_slack, "webhook": check_webhook}


def _written(told: list[Notification]) -> bytes:
    try:
        return msgspec.json.encode(told)
    except (UnicodeEncodeError, OverflowError):
        return b"[]"


TARGET: Final = Target(
    check, st.lists(notifications(), min_size=1, max_size=5).map(_written), longest=20_000
)
