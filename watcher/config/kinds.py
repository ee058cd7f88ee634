"""Which tables there are for sources, accounts and channels, from the registries."""

from __future__ import annotations

from collections.abc import Mapping

from watcher.channels.registry import KINDS
from watcher.channels.table import ChannelTable
from watcher.sources.foas.endpoint import endpoint_of
from watcher.sources.foas.table import AccountTable
from watcher.sources.foas.table import FoasTable as SourceTable
from watcher.sources.registry import SOURCE_KINDS

__all__ = [
    "AccountTable",
    "ChannelTable",
    "SourceTable",
    "address_of",
    "bundles",
    "channel_tables",
    "source_tables",
]


def source_tables() -> Mapping[str, type[SourceTable]]:
    """The model of a `[sources.X]` table of each kind."""
    return {name: kind.table for name, kind in SOURCE_KINDS.items()}


def channel_tables() -> Mapping[str, type[ChannelTable]]:
    """The model of a `[channels.X]` table of each kind."""
    return {name: kind.table for name, kind in KINDS.items()}


def bundles(table: ChannelTable) -> bool:
    """Whether several notifications go to such a channel as one message."""
    return KINDS[table.kind].bundles


def address_of(table: SourceTable, account: AccountTable | None) -> str:
    """The base address that a source is asked at: its own, or that of its region."""
    region = table.region if account is None else account.region
    return table.endpoint or endpoint_of(region or "")
