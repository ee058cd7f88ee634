"""What a run leaves to be judged: readings, what arrived, the kills, and the ledger's word.

All of it is seen from outside the watcher: the simulated API's own record of its jobs and answers,
what the receivers took, when each process died, which polls its log calls complete, and which sends
its file says were begun and not settled when it died.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

WEBHOOK = "audit"
CHAT = "oncall"
IN_FLIGHT = {WEBHOOK: 32, CHAT: 1}
"""The most sends that may be under way to each channel (DESIGN, promise 2)."""


class Seen(NamedTuple):
    """What one answer says of a job; `error_at` is LastErrorTime, 0 for none."""

    expect: str = "RUNNING"
    actual: str = "RUNNING"
    instance: int = 1
    handler: str = "application_1|a"
    error_at: int = 0


@dataclass(frozen=True)
class Reading:
    """One answer of the simulated API, at a time in seconds since 1970.

    `completed` says that the process which asked logged its poll as good.  Any other reading is in
    doubt: the process died before, so that it may or may not have been saved.
    """

    number: int
    at: float
    jobs: Mapping[str, Seen]
    completed: bool = True


@dataclass(frozen=True)
class Arrival:
    """One request that reached a receiver, from the watcher's `life`-th process.

    `taken` says that the receiver has the message, `lost` that it did not say so.
    """

    channel: str
    life: int
    id: str
    body: bytes
    at: float
    taken: bool = True
    lost: bool = False

    @cached_property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def data(self) -> Any:
        """What a generic webhook tells."""
        return self.json["data"]

    @property
    def text(self) -> str:
        """What a DingTalk robot shows."""
        return str(self.json["markdown"]["text"])


@dataclass(frozen=True)
class Kill:
    """How a life ended, and by channel the ids of the sends that were under way.

    Under way is what a receiver got from that process and what its file calls begun and unsettled.
    """

    life: int
    under_way: Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Evidence:
    """Everything about one run; `chat_jobs` are those that the chat hears of.

    `troubles` is what kept the run from going as planned, `books` what the ledger did not balance.
    """

    readings: tuple[Reading, ...]
    arrivals: tuple[Arrival, ...]
    kills: tuple[Kill, ...] = ()
    chat_jobs: frozenset[str] = frozenset()
    troubles: tuple[str, ...] = ()
    books: tuple[str, ...] = ()
