"""Counts wrong tokens and passwords by who brought them, so that guessing gets nowhere."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address
from math import ceil
from typing import Final

import msgspec

MOST: Final = 10
"""So many wrong ones …"""

WITHIN: Final = timedelta(minutes=1)
"""… in such a time, and no more are taken until it is over."""

REMEMBERED: Final = 1_000
"""How many are counted at once; the one that failed longest ago makes room."""


class Count(msgspec.Struct):
    """How often someone was wrong since a time."""

    since: datetime
    wrong: int = 0


class Failures:
    """The counts, each for one minute at a time."""

    def __init__(self) -> None:
        self._counts: OrderedDict[str, Count] = OrderedDict()

    def note(self, who: str, now: datetime) -> bool:
        """One more was wrong; whether it is one to log: the first, or the one that fills it."""
        count = self._count(who, now)
        count.wrong += 1
        self._counts[who] = count
        self._counts.move_to_end(who)
        while len(self._counts) > REMEMBERED:
            self._counts.popitem(last=False)
        return count.wrong in {1, MOST}

    def wait(self, who: str, now: datetime) -> int:
        """For how many seconds no more are taken from them; 0 where one may try."""
        count = self._count(who, now)
        if count.wrong < MOST:
            return 0
        return max(1, ceil((count.since + WITHIN - now).total_seconds()))

    def forgive(self, who: str) -> None:
        """They were right: begin anew."""
        self._counts.pop(who, None)

    def _count(self, who: str, now: datetime) -> Count:
        count = self._counts.get(who)
        if count is None or not count.since <= now < count.since + WITHIN:
            return Count(now)
        return count


def counted_as(peer: str) -> str:
    """By what a peer is counted: an IPv6 host has a whole /64 to change addresses in."""
    try:
        address = ip_address(peer.partition("%")[0])
    except ValueError:
        return peer
    if isinstance(address, IPv6Address) and address.ipv4_mapped is None:
        return f"{IPv6Address(int(address) >> 64 << 64)}/64"
    return str(address)
