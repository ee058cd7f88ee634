"""What is remembered of one job between two readings."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec

from watcher.core.run_summary import RunSummary
from watcher.core.runs import Runs
from watcher.core.storm import Incident
from watcher.core.subject import Subject


class Clock(msgspec.Struct, frozen=True, gc=False):
    """How long one trouble has lasted: from `since`, first told of by `event`.

    `previous` is what the job was before; `standing` says that the first reading of its source
    already showed the trouble.
    """

    since: datetime
    event: int
    previous: RunSummary | None = None
    standing: bool = False


class Mark(msgspec.Struct, frozen=True, gc=False):
    """The last identity of a stream job that ran, to tell a restart from a first start.

    `handler` is the last known EngineJobHandler without blanks.  `down`: seen not RUNNING since.
    `covered`: the present way down and up has been counted.  `replanned`: ExpectState changed
    since it was last RUNNING.
    """

    instance: int | str | None
    handler: str | None
    down: bool = False
    covered: bool = False
    replanned: bool = False


class Change(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A reading that showed another ActualState, or a `restart`, although nobody had asked."""

    at: datetime
    restart: bool = False


class PlannedStop(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A stop that somebody asked for, while it may yet turn out to be a redeployment.

    ExpectState left RUNNING at `since` and was RUNNING again at `back_at`.  The job was first seen
    not RUNNING at `down_at`; `anew`: it has another Id since.
    """

    since: datetime
    down_at: datetime | None = None
    back_at: datetime | None = None
    anew: bool = False


class JobRecord(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One job as it is saved: its last judged run summary and what its history adds to it.

    `run` is `None` until a first good reading.  `exact`: named in the file, not found by a pattern.
    `error_at` is the latest LastErrorTime seen (ms), `fingerprints` the last eight, newest last.
    `ran`, `stood`: see `verdict.judge`.  `wrong` and `absent` are the clocks of state-mismatch and
    missing, `runs` a batch job's past.  `changes` are the last ones that count for `flapping`,
    oldest first; `stop` is the planned stop that goes on; `incident` is the one that the job last
    fell in, which may be over.
    """

    subject: Subject
    run: RunSummary | None = None
    entered_at: datetime | None = None
    exact: bool = True
    error_at: int = 0
    fingerprints: tuple[str, ...] = ()
    ran: bool = False
    stood: bool = False
    mark: Mark | None = None
    wrong: Clock | None = None
    absent: Clock | None = None
    changes: tuple[Change, ...] = ()
    stop: PlannedStop | None = None
    incident: str | None = None
    runs: Runs | None = None


class CatchUp(msgspec.Struct, frozen=True):
    """What is found to have changed while nobody looked, until every job has been seen again."""

    since: datetime
    restarted: tuple[str, ...] = ()
    down: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()


class SourceRecord(msgspec.Struct, frozen=True):
    """One source as it is saved.

    `read_at` is the last good reading (kept to half a minute), `whole` whether every job has been
    read once, `listed` the job types whose first discovery is done, `blind` the clock of a
    blindness that goes on, `catching_up` what changed while nobody looked, being collected,
    `frozen` the clock of a time in which nothing changes, `seen_again_at` the last end of a
    blindness that was told, `incidents` those that go on.
    """

    name: str
    read_at: datetime | None = None
    whole: bool = False
    listed: tuple[str, ...] = ()
    blind: Clock | None = None
    catching_up: CatchUp | None = None
    frozen: Clock | None = None
    seen_again_at: datetime | None = None
    incidents: tuple[Incident, ...] = ()


ALWAYS: Final = float("-inf")
NEVER: Final = float("inf")


class Job:
    """A job in memory: its record and what is not worth saving.

    From `look_at` on (epoch seconds) a reading is looked at although nothing in it has changed:
    `ALWAYS` while a clock of it runs or it is out of sight, `NEVER` while nothing waits for time.
    `low` and `high` bound the input delays (ms) at which no rule's judgement changes.  `in_sight`
    says that the last reading of it was good.
    """

    __slots__ = ("high", "in_sight", "look_at", "low", "record", "run")

    def __init__(self, record: JobRecord) -> None:
        """Take a record, new or loaded: out of sight until a first good reading."""
        self.record = record
        self.run = record.run
        self.look_at = ALWAYS
        self.in_sight = False
        self.low = 0
        self.high = 0

    def entered_before(self, at: datetime) -> bool:
        """Whether its run summary is older than a time."""
        return self.record.entered_at is None or self.record.entered_at < at
