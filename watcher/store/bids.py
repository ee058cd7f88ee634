"""What a person bids a running service: to look at a channel's outbox, and to try it at once.

A bid is a row of `meta`, left by a command in the transaction that changes the outbox and taken by
the channel's next turn.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sqlalchemy import Connection, bindparam, delete, select

from watcher.store.engine import insert_new, replace_into
from watcher.store.schema import meta

TRY: Final = "try"
LOOK: Final = "look"
PREFIX: Final = "bid:"

_ONE: Final = select(meta.c.value).where(meta.c.name == bindparam("of"))
_ALL: Final = select(meta.c.name).where(meta.c.name >= PREFIX, meta.c.name < f"{PREFIX[:-1]};")
_TAKE: Final = delete(meta).where(meta.c.name == bindparam("of"))


def leave_bids(connection: Connection, channels: Iterable[str], bid: str) -> None:
    """Bid the service to look at these channels, or to try them; to try is never taken back."""
    put = replace_into(meta) if bid == TRY else insert_new(meta)
    if rows := [{"name": f"{PREFIX}{channel}", "value": bid} for channel in channels]:
        connection.execute(put, rows)


def read_bids(connection: Connection) -> frozenset[str]:
    """The channels for which a bid waits."""
    return frozenset(name.removeprefix(PREFIX) for name in connection.scalars(_ALL))


def take_bid(connection: Connection, channel: str) -> bool:
    """Whether a person asked to try the channel now; what was asked is done with."""
    of = {"of": f"{PREFIX}{channel}"}
    bid = connection.scalar(_ONE, of)
    if bid is not None:
        connection.execute(_TAKE, of)
    return bid == TRY
