"""The kinds of channels: one line for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, TypeVar

import msgspec

from watcher.channels import dingtalk, slack, webhook
from watcher.channels.table import ChannelTable
from watcher.messages.wording import Wording
from watcher.ports import Channel

AnyTable = TypeVar("AnyTable", bound=ChannelTable)


class ChannelKind(msgspec.Struct, frozen=True):
    """One kind: `table` is the model of its table in the file, `build` makes the codec of it."""

    table: type[ChannelTable]
    build: Callable[[str, ChannelTable, Wording], Channel]
    bundles: bool


def _kind(
    table: type[AnyTable], build: Callable[[str, AnyTable, Wording], Channel], *, bundles: bool
) -> ChannelKind:
    def checked(name: str, given: ChannelTable, words: Wording) -> Channel:
        if not isinstance(given, table):
            raise TypeError(f"channel {name}: a {table.__module__} is built of its own table")
        return build(name, given, words)

    return ChannelKind(table, checked, bundles)


KINDS: Final[Mapping[str, ChannelKind]] = MappingProxyType(
    {
        dingtalk.KIND: _kind(dingtalk.Table, dingtalk.build, bundles=dingtalk.DingTalk.bundles),
        slack.KIND: _kind(slack.Table, slack.build, bundles=slack.Slack.bundles),
        webhook.KIND: _kind(webhook.Table, webhook.build, bundles=webhook.Webhook.bundles),
    }
)
"""Kind as the file writes it → its table and builder."""


def build_channel(name: str, table: ChannelTable, words: Wording) -> Channel:
    """The codec of a channel of any kind; `KeyError` for a kind that is not here."""
    return KINDS[table.kind].build(name, table, words)
