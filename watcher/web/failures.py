"""Counts wrong tokens and passwords by who brought them, so that guessing gets nowhere."""

from __future__ import annotations

from collections import OrderedDict
from contextlib import suppress
from datetime import UTC, datetime, timedelta
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


LINES: Final = 20
"""So many lines of the log are worth it in one such time, whoever is wrong."""


class Failures:
    """The counts, each for one minute at a time."""

    def __init__(self) -> None:
        self._counts: OrderedDict[str, Count] = OrderedDict()
        self._lines = Count(datetime.min.replace(tzinfo=UTC))

    @property
    def counted(self) -> int:
        """How many are counted now."""
        return len(self._counts)

    def note(self, who: str, now: datetime) -> bool:
        """One more was wrong; whether to log it: the first, and the one after which all wait."""
        count = self._count(who, now)
        count.wrong += 1
        self._counts[who] = count
        self._counts.move_to_end(who)
        while len(self._counts) > REMEMBERED:
            self._counts.popitem(last=False)
        return count.wrong in {1, MOST} and self._has_line(now)

    def wait(self, who: str, now: datetime) -> int:
        """For how many seconds no more are taken from them; 0 where one may try."""
        count = self._count(who, now)
        if count.wrong < MOST:
            return 0
        return max(1, ceil((count.since + WITHIN - now).total_seconds()))

    def _has_line(self, now: datetime) -> bool:
        if not _lasts(self._lines, now):
            self._lines = Count(now)
        self._lines.wrong += 1
        return self._lines.wrong <= LINES

    def _count(self, who: str, now: datetime) -> Count:
        count = self._counts.get(who)
        return count if count is not None and _lasts(count, now) else Count(now)


def _lasts(count: Count, now: datetime) -> bool:
    return count.since <= now < count.since + WITHIN


def counted_as(peer: str) -> str:
    """By what a peer is counted: an IPv6 host has a whole /64 to change addresses in."""
    try:
        address = ip_address(peer.partition("%")[0])
    except ValueError:
        return peer
    if address.is_loopback:
        return str(address)
    mapped = getattr(address, "ipv4_mapped", None)
    if mapped is not None:
        return str(mapped)
    if isinstance(address, IPv6Address):
        return f"{IPv6Address(int(address) >> 64 << 64)}/64"
    return str(address)


def is_here(peer: str) -> bool:
    """Whether a peer is this machine itself."""
    try:
        return ip_address(peer.partition("%")[0]).is_loopback
    except ValueError:
        return False


def address_in(told: str) -> str | None:
    """The address that a proxy tells, without a port: a new one would be counted by itself."""
    plain = told.strip()
    host, _, port = plain.rpartition(":")
    for one in (plain, host if port.isdecimal() else "", plain.strip("[]")):
        with suppress(ValueError):
            return str(ip_address(one.removeprefix("[").removesuffix("]")))
    return None
