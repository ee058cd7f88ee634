"""A difference between two snapshots that someone may want to know."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import msgspec

from watcher.core.run_summary import RunSummary
from watcher.core.subject import Subject
from watcher.core.trend import Heading


class Kind(StrEnum):
    """The kinds of events, in the words of the configuration's `on`."""

    STATE_MISMATCH = "state-mismatch"
    NEW_ERROR = "new-error"
    STATE_CHANGE = "state-change"
    RESTART = "restart"
    INPUT_DELAY = "input-delay"
    MISSING = "missing"
    APPEARED = "appeared"
    BLIND = "blind"
    FROZEN = "frozen"
    UNDELIVERABLE = "undeliverable"
    RECONCILED = "reconciled"
    INCIDENT = "incident"
    UNWRITABLE = "unwritable"
    FLAPPING = "flapping"
    REDEPLOYMENT = "redeployment"
    BATCH_LATE = "batch-late"
    CONFIG_REFUSED = "config-refused"


NAMEABLE: Final = tuple(kind for kind in Kind if kind is not Kind.UNWRITABLE)
"""Kinds that a rule's `on` may name; while nothing can be saved no rule is asked."""

LASTING: Final = frozenset(
    {
        Kind.STATE_MISMATCH,
        Kind.INPUT_DELAY,
        Kind.BATCH_LATE,
        Kind.MISSING,
        Kind.BLIND,
        Kind.FROZEN,
        Kind.UNDELIVERABLE,
        Kind.UNWRITABLE,
        Kind.FLAPPING,
        Kind.INCIDENT,
        Kind.CONFIG_REFUSED,
    }
)
"""Kinds that begin and end; the others just occur."""

JOB_KINDS: Final = frozenset(
    {
        Kind.STATE_MISMATCH,
        Kind.NEW_ERROR,
        Kind.STATE_CHANGE,
        Kind.RESTART,
        Kind.INPUT_DELAY,
        Kind.BATCH_LATE,
        Kind.MISSING,
        Kind.APPEARED,
        Kind.FLAPPING,
        Kind.REDEPLOYMENT,
    }
)
"""Kinds that are about one job; `blind`, `frozen`, `reconciled` and `incident` are about a source,
`undeliverable` is about a channel, `unwritable` and `config-refused` about the watcher itself."""


class Restart(StrEnum):
    """How a stream job came to run anew."""

    REDEPLOYED = "redeployed"
    RESUBMITTED = "resubmitted"
    FAILED_OVER = "failed-over"
    BOUNCED = "bounced"


class Facts(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """What an event says beside the run summaries; which fields are set depends on its kind.

    `cause` and `detail` explain `blind`, `undeliverable` and `unwritable`; `affected` of `total`
    jobs, `last_good_at` and `clock_ahead` (of the server's; negative: behind) belong to `blind`;
    `restarted`, `down` and `errors` (job names) to `reconciled`; `answers` (how many in a row were
    the same) of `total` jobs to `frozen`; `changes` and `restarts` `over` a span to `flapping`;
    `down_at` and `up_at` to `redeployment`; of `config-refused`, `detail` has a fault a line, some
    of `total`;
    `threshold_ms`, `slope_ms` (of change in a minute, where
    that is clear), `heading` and `polls` (readings that were the same) to `input-delay`;
    `deadline_at`, `last_good_at` (the last success), `run_ms` and `usual_ms` (how long the run
    lasts, and how long one usually does) to `batch-late`.

    To `incident` belong `affected` of `total` jobs, of which `back` are right again and `left` only
    gone or meant to be down; `basis` says what they share, `shared` what that is called, `spread`
    how far apart they fell, `detail` the line that their errors share, `names` some of those that
    are down, the gravest first.
    """

    restart: Restart | None = None
    cause: str | None = None
    detail: str | None = None
    affected: int | None = None
    total: int | None = None
    last_good_at: datetime | None = None
    restarted: tuple[str, ...] = ()
    down: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    threshold_ms: int | None = None
    clock_ahead: timedelta | None = None
    answers: int | None = None
    changes: int | None = None
    restarts: int | None = None
    over: timedelta | None = None
    down_at: datetime | None = None
    up_at: datetime | None = None
    basis: str | None = None
    shared: str | None = None
    spread: timedelta | None = None
    names: tuple[str, ...] = ()
    back: int | None = None
    left: int = 0
    slope_ms: int | None = None
    heading: Heading | None = None
    polls: int | None = None
    deadline_at: datetime | None = None
    run_ms: int | None = None
    usual_ms: int | None = None


NO_FACTS: Final = Facts()


class Event(msgspec.Struct, frozen=True, gc=False):
    """Something that happened, before any rule was asked.

    `id` grows by one in each store.  `occurred_at` is LastErrorTime where the event rests on it,
    else equal to `detected_at`, the time of the reading.  `fingerprint` belongs to `new-error`,
    `verdict` to `state-mismatch`, `input-delay` and `batch-late`.
    """

    id: int
    kind: Kind
    subject: Subject
    detected_at: datetime
    occurred_at: datetime
    run: RunSummary | None = None
    previous: RunSummary | None = None
    verdict: str | None = None
    fingerprint: str | None = None
    facts: Facts = NO_FACTS
