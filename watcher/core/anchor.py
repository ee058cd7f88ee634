"""How the wall clock stands against monotonic time, and how far it was set between two looks."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import msgspec

MOST: Final = timedelta(seconds=5)
"""Wall and monotonic time may drift so far apart before the clocks are moved."""


class Anchor(msgspec.Struct, frozen=True):
    """How the wall stood against monotonic time, saved so that a later start can compare.

    `offset` is wall time less monotonic time, as a time: the wall at monotonic 0.  `boot` names the
    machine's run in which that monotonic time counts, where that is known.  `moved_at` and
    `moved_by` tell of the last time that the wall was set.
    """

    offset: datetime
    boot: str | None = None
    moved_at: datetime | None = None
    moved_by: timedelta | None = None

    def drift_to(self, later: Anchor) -> timedelta | None:
        """How far the wall was set since; `None` where another boot leaves that unknown."""
        by = later.offset - self.offset
        if abs(by) <= MOST:
            return timedelta(0)
        return by if self.boot is not None and self.boot == later.boot else None

    def set_by(self, by: timedelta, at: datetime) -> Anchor:
        """The anchor after the wall was set by so much, at the time `at` that it then showed."""
        return msgspec.structs.replace(self, offset=self.offset + by, moved_at=at, moved_by=by)
