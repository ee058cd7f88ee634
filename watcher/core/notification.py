"""The decision to tell one channel one thing, with all that its text needs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Final

import msgspec

from watcher.core.event import Event
from watcher.core.rule import Severity
from watcher.core.subject import Subject
from watcher.core.why import Why


class Status(StrEnum):
    """Where the alert stands when this is told."""

    FIRING = "firing"
    RESOLVED = "resolved"
    OCCURRED = "occurred"


class Reason(StrEnum):
    """Why this is told now."""

    BEGAN = "began"
    AGAIN = "again"
    WORSE = "worse"
    REMINDER = "reminder"
    ESCALATED = "escalated"
    SILENCE_ENDED = "silence-ended"
    RECOVERED = "recovered"
    PLANNED = "planned"
    GONE = "gone"
    UNWATCHED = "unwatched"
    TEST = "test"


BEGINNINGS: Final = frozenset({Reason.BEGAN, Reason.AGAIN, Reason.WORSE})
"""Reasons that may mention people."""


class Known(msgspec.Struct, frozen=True, gc=False):
    """What the store knows of an error: first seen when, how often, by how many jobs; with this."""

    fingerprint: str
    first_seen_at: datetime
    times: int
    jobs: int


class Quiet(msgspec.Struct, frozen=True, gc=False):
    """What kept an alert quiet until now: a silence (its id) or a window (its name), in `by`.

    `hidden` is how much it has hidden on that channel, a beginning that is told only now included.
    """

    why: Why
    by: str | None
    hidden: int


class Notification(msgspec.Struct, frozen=True, gc=False):
    """One thing to tell one channel; saved whole, so that its text never needs anything else.

    `alert` stays the same from an alert's beginning to its end; `number` counts the messages of
    that alert, `sequence` those to this channel about this subject, both from 1.  `began_at` is
    the beginning of the trouble, `ended_at` its end.  `standing` marks what a source's first
    reading already showed.  `held` counts equal events that were not told before this one,
    `count` the events that made a counting alert fire.  `absorbs` names the beginning that this
    end replaces where that has had no attempt; `absorbed` says that it did.  `fallback_for` is
    the channel that could not be told.  `known` is what the store knows of the error that goes with
    it, filled in as it is saved.  `quiet` is what hid what is told as `silence-ended`.  `riders`
    are the events of the same job that this message tells too, their texts cut to 2 KiB.
    `incident` is the one that the job belongs to.  `group` and `hold_until` are for bundling (chat
    only).
    """

    id: str
    channel: str
    alert: str
    sequence: int
    number: int
    status: Status
    reason: Reason
    rule: str
    severity: Severity
    event: Event
    project: str | None = None
    labels: Mapping[str, str] = {}
    link: str | None = None
    began_at: datetime | None = None
    ended_at: datetime | None = None
    standing: bool = False
    mention: bool = False
    held: int = 0
    count: int | None = None
    absorbs: str | None = None
    absorbed: bool = False
    fallback_for: str | None = None
    incident: str | None = None
    known: Known | None = None
    quiet: Quiet | None = None
    group: str | None = None
    hold_until: datetime | None = None
    riders: tuple[Event, ...] = ()

    @property
    def subject(self) -> Subject:
        """What it is about."""
        return self.event.subject

    @property
    def type(self) -> str:
        """`KIND.STATUS`, as the generic webhook names it."""
        return f"{self.event.kind}.{self.status}"


def digest(*parts: object) -> str:
    """A 32-hex-digit id of what is said: equal parts give equal ids, in any process at any time."""
    text = "\x1f".join("" if part is None else str(part) for part in parts)
    return sha256(text.encode()).hexdigest()[:32]
