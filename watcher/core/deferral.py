"""Why a delivery had to wait: of all causes, the one that explains at least half of its wait."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import msgspec

from watcher.core.pace import Limit
from watcher.core.span import format_span

LATE_AFTER: Final = timedelta(minutes=2)
"""A message that is told later than this after it was decided says so, and why."""
HALF: Final = 2


class Because(StrEnum):
    """What kept a delivery back: its receiver, the limit of its robot, that no watcher ran, its own
    failed attempts, others before it, that the clock was set, or that it was dead until a person
    retried it.
    """

    RECEIVER = "receiver"
    LIMIT = "limit"
    AWAY = "away"
    ATTEMPTS = "attempts"
    OTHERS = "others"
    CLOCK = "clock"
    DEAD = "dead"


class Deferral(msgspec.Struct, frozen=True):
    """A cause, and what is known of it in the words of whoever said it ("" for nothing more)."""

    because: Because
    detail: str = ""

    @property
    def text(self) -> str:
        """The same as it is saved: `receiver: HTTP 503`."""
        return f"{self.because}: {self.detail}" if self.detail else self.because.value


class Wait(msgspec.Struct, frozen=True):
    """A span of time in which nothing could go, and why."""

    since: datetime
    until: datetime
    deferral: Deferral


def read_deferral(text: str | None) -> Deferral | None:
    """What `Deferral.text` has written."""
    if text is None:
        return None
    because, _, detail = text.partition(": ")
    return Deferral(Because(because), detail)


def is_late(made_at: datetime, now: datetime) -> bool:
    """Whether a message that is told now must say that it is late, and why."""
    return now - made_at >= LATE_AFTER


def explains(since: datetime, made_at: datetime, now: datetime) -> bool:
    """Whether what has kept it back since then makes up at least half of its wait."""
    return (now - since) * HALF >= now - made_at


def main_cause(waits: Sequence[Wait], made_at: datetime, now: datetime) -> Deferral | None:
    """The cause that kept back the most of what was made then; `None` where all explain too little.

    Its words are those of its longest span.
    """
    total: defaultdict[Because, timedelta] = defaultdict(timedelta)
    longest: dict[Because, tuple[timedelta, Deferral]] = {}
    for wait in waits:
        span, because = _overlap(wait, made_at, now), wait.deferral.because
        total[because] += span
        if because not in longest or span > longest[because][0]:
            longest[because] = (span, wait.deferral)
    if not total:
        return None
    most = max(total, key=lambda because: total[because])
    return longest[most][1] if explains(now - total[most], made_at, now) else None


def paced(limit: Limit, begun: int, now: datetime) -> Wait:
    """The wait that a limit makes for who follows so many attempts: they took that long."""
    detail = f"{limit.most} in {format_span(limit.window)}"
    return Wait(now - limit.window * begun / limit.most, now, Deferral(Because.LIMIT, detail))


def _overlap(wait: Wait, made_at: datetime, now: datetime) -> timedelta:
    return max(min(wait.until, now) - max(wait.since, made_at), timedelta(0))
