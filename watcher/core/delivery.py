"""A row of the outbox: a notification, or a bundle of them, on its way to one channel."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

import msgspec

from watcher.core.deferral import Deferral
from watcher.core.notification import Notification


class Disposition(StrEnum):
    """Where a delivery stands."""

    WAITING = "waiting"
    LEASED = "leased"
    BUNDLED = "bundled"
    DELIVERED = "delivered"
    MERGED = "merged"
    DROPPED = "dropped"
    DEAD = "dead"


OPEN: Final = frozenset({Disposition.WAITING, Disposition.LEASED, Disposition.BUNDLED})
"""Dispositions that may still become a message."""


class Signal(StrEnum):
    """What happens to a delivery."""

    LEASE = "lease"
    RELEASE = "release"
    BUNDLE = "bundle"
    DISSOLVE = "dissolve"
    DELIVER = "deliver"
    MERGE = "merge"
    DROP = "drop"
    KILL = "kill"
    RETRY = "retry"
    REJOIN = "rejoin"


TRANSITIONS: Final = MappingProxyType(
    {
        (Disposition.WAITING, Signal.LEASE): Disposition.LEASED,
        (Disposition.WAITING, Signal.BUNDLE): Disposition.BUNDLED,
        (Disposition.WAITING, Signal.MERGE): Disposition.MERGED,
        (Disposition.WAITING, Signal.DROP): Disposition.DROPPED,
        (Disposition.WAITING, Signal.KILL): Disposition.DEAD,
        (Disposition.LEASED, Signal.RELEASE): Disposition.WAITING,
        (Disposition.LEASED, Signal.DELIVER): Disposition.DELIVERED,
        (Disposition.LEASED, Signal.KILL): Disposition.DEAD,
        (Disposition.LEASED, Signal.DISSOLVE): Disposition.DROPPED,
        (Disposition.BUNDLED, Signal.RELEASE): Disposition.WAITING,
        (Disposition.BUNDLED, Signal.DELIVER): Disposition.DELIVERED,
        (Disposition.BUNDLED, Signal.KILL): Disposition.DEAD,
        (Disposition.BUNDLED, Signal.DROP): Disposition.DROPPED,
        (Disposition.DEAD, Signal.RETRY): Disposition.WAITING,
        (Disposition.DEAD, Signal.REJOIN): Disposition.BUNDLED,
        (Disposition.DEAD, Signal.DROP): Disposition.DROPPED,
        (Disposition.DROPPED, Signal.RETRY): Disposition.WAITING,
    }
)
"""What may follow what; a pair that is not here does not happen.  A bundle is leased, settled and
dissolved like a single delivery, and takes its members (`bundled`) with it.  Only a person retries
what is dead (a bundle's members rejoin it); an end that was dropped because its beginning was never
told comes back with that."""


class Parcel(msgspec.Struct, frozen=True):
    """What is handed to a channel for one attempt, already saved as begun.

    `id` is the delivery's: a notification's own, or the hash of a bundle's members' ids; it stays
    the same over all attempts.  `shrink` asks for a shorter text after a refusal for length.
    `deferred` says why it had to wait, where it is late.
    """

    id: str
    channel: str
    attempt: int
    notifications: tuple[Notification, ...]
    made_at: datetime
    shrink: bool = False
    deferred: Deferral | None = None
