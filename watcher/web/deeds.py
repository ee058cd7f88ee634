"""What people did to the outbox, kept for a while so that the page after it can tell of it."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime
from secrets import token_urlsafe
from typing import Final

import msgspec
from aiohttp import web

from watcher.store.by_hand import Deed, Item, Order, Verb

MOST_ITEMS: Final = 200
"""Deliveries of one deed that are shown; the others are counted."""
MOST_DEEDS: Final = 64


class Account(msgspec.Struct, frozen=True):
    """What an order comes, or has come, to: `messages` of so many `items` are `done`.

    `done` and `left` are the first of `items` and `others`.  `unknown` are ids that no row has.
    """

    verb: Verb
    messages: int
    items: int
    others: int
    done: tuple[Item, ...]
    left: tuple[Item, ...]
    unknown: tuple[str, ...] = ()
    by: str = ""
    at: datetime | None = None


def account_of(order: Order, deed: Deed, by: str = "", at: datetime | None = None) -> Account:
    """A deed as it is shown."""
    return Account(
        order.verb,
        messages=sum(len(item.messages) + len(item.ends) for item in deed.done),
        items=len(deed.done),
        others=len(deed.left),
        done=deed.done[:MOST_ITEMS],
        left=deed.left[:MOST_ITEMS],
        unknown=(*deed.unknown, *deed.ambiguous),
        by=by,
        at=at,
    )


class Deeds:
    """The latest deeds, each under a key that nobody guesses."""

    def __init__(self) -> None:
        """Nothing was done yet."""
        self._kept: OrderedDict[str, Account] = OrderedDict()

    def keep(self, account: Account) -> str:
        """Keep one, and forget the oldest where there are many; returns its key."""
        key = token_urlsafe(12)
        self._kept[key] = account
        while len(self._kept) > MOST_DEEDS:
            self._kept.popitem(last=False)
        return key

    def find(self, key: str) -> Account | None:
        """The deed of a key; `None` where it is forgotten or never was."""
        return self._kept.get(key)


DEEDS: Final = web.AppKey("deeds", Deeds)
