"""The lasting state behind events, as a table of transitions."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

import msgspec

from watcher.core.event import Kind
from watcher.core.notification import Reason
from watcher.core.run_summary import RunSummary
from watcher.core.subject import Subject
from watcher.core.why import Why


class Phase(StrEnum):
    """Prometheus's words for an alert's life; a pending one that does not last is `withdrawn`."""

    PENDING = "pending"
    FIRING = "firing"
    RESOLVED = "resolved"
    WITHDRAWN = "withdrawn"


class Signal(StrEnum):
    """What a Step says to an alert.

    `wrong`: the trouble is there, not long enough; `due`: long enough; `worse`: a graver verdict;
    `again`: a later run of the same batch job failed; `right`: a good reading without it, not long
    enough; `settled`: long enough; the others end it for their reason.
    """

    WRONG = "wrong"
    DUE = "due"
    WORSE = "worse"
    AGAIN = "again"
    RIGHT = "right"
    SETTLED = "settled"
    PLANNED = "planned"
    GONE = "gone"
    UNWATCHED = "unwatched"


TRANSITIONS: Final = MappingProxyType(
    {
        (Phase.PENDING, Signal.WRONG): (Phase.PENDING, None),
        (Phase.PENDING, Signal.DUE): (Phase.FIRING, Reason.BEGAN),
        (Phase.PENDING, Signal.WORSE): (Phase.PENDING, None),
        (Phase.PENDING, Signal.AGAIN): (Phase.PENDING, None),
        (Phase.PENDING, Signal.RIGHT): (Phase.WITHDRAWN, None),
        (Phase.PENDING, Signal.SETTLED): (Phase.WITHDRAWN, None),
        (Phase.PENDING, Signal.PLANNED): (Phase.WITHDRAWN, None),
        (Phase.PENDING, Signal.GONE): (Phase.WITHDRAWN, None),
        (Phase.PENDING, Signal.UNWATCHED): (Phase.WITHDRAWN, None),
        (Phase.FIRING, Signal.WRONG): (Phase.FIRING, None),
        (Phase.FIRING, Signal.DUE): (Phase.FIRING, None),
        (Phase.FIRING, Signal.WORSE): (Phase.FIRING, Reason.WORSE),
        (Phase.FIRING, Signal.AGAIN): (Phase.FIRING, Reason.AGAIN),
        (Phase.FIRING, Signal.RIGHT): (Phase.FIRING, None),
        (Phase.FIRING, Signal.SETTLED): (Phase.RESOLVED, Reason.RECOVERED),
        (Phase.FIRING, Signal.PLANNED): (Phase.RESOLVED, Reason.PLANNED),
        (Phase.FIRING, Signal.GONE): (Phase.RESOLVED, Reason.GONE),
        (Phase.FIRING, Signal.UNWATCHED): (Phase.RESOLVED, Reason.UNWATCHED),
    }
)
"""(phase, signal) → (next phase, what to tell), for every pair of a living phase and a signal."""


class Tally(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """How often a job that flaps has changed since it began, and how many of that were restarts."""

    changes: int = 0
    restarts: int = 0


class Refusal(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Why a file was refused: how many `faults` it has, and in `lines` the first of them."""

    lines: tuple[str, ...] = ()
    faults: int = 0


class Hush(msgspec.Struct, frozen=True, gc=False):
    """One channel that was not told of an alert's beginning, and the gate that stopped it.

    A gate that people closed also hushes what was told before, to be told when it opens.
    """

    channel: str
    why: Why
    by: str | None = None

    @property
    def gate(self) -> str:
        """The key of the gate, as `Gate.key`."""
        return f"{self.why}:{self.by}"


class Alert(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One rule's alert about one subject.

    `ordinal` counts this rule's alerts of this kind about this subject, from 1; `id` is made of it.
    `since` is the beginning of the trouble, `fired_at` when it became due, `right_since` the first
    good reading that showed it right again, `last_told_at` the last message (for reminders).
    `event` is the event's id, `verdict` the gravest one told (of `input-delay`: the present one),
    `instance` the run it speaks of (batch) or the deadline (`batch-late`), `times` the events of a
    counting rule, `previous` what the job was before, `standing` whether the trouble stood at its
    source's first reading,
    `hushed` the channels to be told as soon as their gate is open while it still fires,
    `tally` what a job has done that flaps, `refusal` what is wrong with a file.
    """

    id: str
    rule: str
    kind: Kind
    subject: Subject
    ordinal: int
    event: int
    since: datetime
    phase: Phase = Phase.PENDING
    fired_at: datetime | None = None
    right_since: datetime | None = None
    last_told_at: datetime | None = None
    verdict: str | None = None
    instance: str | None = None
    times: tuple[datetime, ...] = ()
    previous: RunSummary | None = None
    standing: bool = False
    hushed: tuple[Hush, ...] = ()
    tally: Tally | None = None
    refusal: Refusal | None = None

    @property
    def key(self) -> tuple[str, Kind]:
        """What tells it from the other alerts about its subject."""
        return (self.rule, self.kind)

    @property
    def fires(self) -> bool:
        """Whether it has become due and not ended."""
        return self.phase is Phase.FIRING


class Told(msgspec.Struct, frozen=True, gc=False):
    """What one channel has been told about one subject and kind while alerts fire.

    `alert`, `ordinal`, `owner` and `event` belong to the alert that was told first, by the rule
    `owner`; `rule` speaks now; `number` counts the messages; `began_at` is the beginning of what
    was told; `first` is the id of the first notification.  `folded`: that one was taken into an
    incident's beginning, so that this may begin anew.
    """

    channel: str
    kind: Kind
    subject: Subject
    alert: str
    ordinal: int
    owner: str
    rule: str
    severity: int
    number: int
    began_at: datetime
    first: str
    event: int
    folded: bool = False

    @property
    def key(self) -> tuple[str, Kind]:
        """What tells it from the other things told about its subject."""
        return (self.channel, self.kind)


def not_ahead(alert: Alert, now: datetime) -> Alert:
    """The alert with no beginning in the future, which a clock that was set back leaves behind.

    It counts as now; else nothing would fire, end or remind until the lost time has passed again.
    """
    times = (alert.since, alert.right_since, alert.last_told_at, alert.fired_at)
    if all(at is None or at <= now for at in times):
        return alert
    return msgspec.structs.replace(
        alert,
        since=min(alert.since, now),
        right_since=alert.right_since and min(alert.right_since, now),
        last_told_at=alert.last_told_at and min(alert.last_told_at, now),
        fired_at=alert.fired_at and min(alert.fired_at, now),
    )
