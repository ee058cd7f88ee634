"""What became of one attempt, told by what the receiver said."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Final

import msgspec


class Fate(StrEnum):
    """The six ends of an attempt.

    `retry`, `throttled` and `refused` are the channel's matter: every delivery waits while one
    probes.  `rejected` and `too-long` are the message's own matter.
    """

    DELIVERED = "delivered"
    RETRY = "retry"
    THROTTLED = "throttled"
    REFUSED = "refused"
    REJECTED = "rejected"
    TOO_LONG = "too-long"


CHANNEL_MATTERS: Final = frozenset({Fate.RETRY, Fate.THROTTLED, Fate.REFUSED})


class Outcome(msgspec.Struct, frozen=True, gc=False):
    """An attempt's fate, with its reason in words.

    `detail` is for people and free of secrets.  `code` is what the receiver itself said, such as
    `310000` or `invalid_blocks`.  `retry_after` is the least time to wait, where it was told or is
    known.  `status` is the HTTP status, where an answer came at all.
    """

    fate: Fate
    detail: str = ""
    code: str | None = None
    status: int | None = None
    retry_after: timedelta | None = None
