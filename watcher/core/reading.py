"""What one request to a source gave: a snapshot, a listing, or an outage of its names."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Final

import msgspec

from watcher.core.run_summary import RunSummary


class Cause(StrEnum):
    """Why a request gave nothing that can be judged; each has its words in `watcher/messages/`."""

    THROTTLED = "throttled"
    SIGNATURE = "signature"
    CREDENTIALS = "credentials"
    PERMISSION = "permission"
    CLOCK = "clock"
    ADDRESS = "address"
    DNS = "dns"
    TLS = "tls"
    CONNECTION = "connection"
    TIMEOUT = "timeout"
    UNAVAILABLE = "unavailable"
    REDIRECT = "redirect"
    GARBLED = "garbled"
    TOO_LARGE = "too-large"
    EMPTY = "empty"
    LISTING = "listing"
    REFUSED = "refused"
    BROKEN = "broken"
    """A fault of our own, which its log explains."""


PERMANENT: Final = frozenset(
    {Cause.SIGNATURE, Cause.CREDENTIALS, Cause.PERMISSION, Cause.ADDRESS, Cause.REFUSED}
)
"""Causes that no retry mends: `blind` is due at once and the source slows to a poll a minute."""


class Snapshot(msgspec.Struct, frozen=True, gc=False):
    """A whole answer: the run summaries of those of `asked` that the API knows.

    `runs` is in the answer's order and may repeat a name (the last one counts).
    """

    source: str
    job_type: str
    asked: Sequence[str]
    runs: Sequence[RunSummary]


class Outage(msgspec.Struct, frozen=True, gc=False):
    """A request that failed, came in half or cannot be believed: its names keep what they had.

    `detail` is one line for people, free of secrets.  `listing` says that what failed was the
    discovery of names, in which case `asked` is empty.  `clock_ahead` is how far our clock is ahead
    of the server's (negative: behind), where the answer said so and that is the cause.
    """

    source: str
    job_type: str
    asked: Sequence[str]
    cause: Cause
    detail: str = ""
    listing: bool = False
    clock_ahead: timedelta | None = None

    @property
    def permanent(self) -> bool:
        """Whether trying again cannot help until somebody changes something."""
        return self.cause in PERMANENT


class Listing(msgspec.Struct, frozen=True, gc=False):
    """A whole listing of one job type: the committed jobs that this source's patterns find."""

    source: str
    job_type: str
    names: Sequence[str]


Reading = Snapshot | Outage | Listing
