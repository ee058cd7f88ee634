"""May this be sent now? A sliding window over the saved beginnings of attempts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec


class Limit(msgspec.Struct, frozen=True):
    """At most `most` attempts to one robot may begin in any `window`."""

    most: int
    window: timedelta


CROWD: Final = Limit(most=12, window=timedelta(minutes=1))
"""So many messages in such a time are as many as people read one by one; what waits then goes as
digests, for which every robot's own limit leaves room."""


def next_start(limit: Limit, begun: Sequence[datetime], now: datetime) -> datetime:
    """The earliest time, not before `now`, at which one more attempt keeps the limit.

    `begun` holds the beginnings of earlier attempts, oldest first; those after `now` (a clock that
    was set back) count as now.
    """
    inside = [min(at, now) for at in begun if at > now - limit.window]
    if len(inside) < limit.most:
        return now
    return inside[len(inside) - limit.most] + limit.window
