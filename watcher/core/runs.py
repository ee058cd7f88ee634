"""What is remembered of a batch job's runs: when one last succeeded, and how long they take."""

from __future__ import annotations

from datetime import datetime, timedelta
from statistics import median
from typing import Final

import msgspec

from watcher.core.run_summary import OVER, RUNNING, SUCCESS, WAITING, RunSummary

KEPT: Final = 10
ENOUGH: Final = 3
"""So many runs' durations are kept, and needed before one is called usual."""
LEAST_EXCESS: Final = timedelta(minutes=5)
"""A run is not called long before it lasts so much longer than usual."""
FREE_SLACK: Final = timedelta(minutes=1)
SLACK_SHARE: Final = 10
"""A duration is known if its two ends lie within a minute, or within a tenth of it."""
_IN_PROGRESS: Final = frozenset({RUNNING, WAITING})
_MILLISECOND: Final = timedelta(milliseconds=1)


class Runs(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A batch job's past.

    `since` is when it was first seen, or asked for again after it was not to run.  `done_at` is
    when its last success was first seen, of the run `done_id`; `spent` names the rules for which
    that came after the deadline that it was for.  `begun_at` is when the present run, `run_id`,
    was first seen; it began at most `slack_ms` earlier, `None` where nobody looked.  `lasted_ms`
    are how long the last runs took that succeeded, newest last.
    """

    since: datetime
    done_at: datetime | None = None
    done_id: str | None = None
    spent: tuple[str, ...] = ()
    begun_at: datetime | None = None
    run_id: str | None = None
    slack_ms: int | None = None
    lasted_ms: tuple[int, ...] = ()

    @property
    def usual(self) -> timedelta | None:
        """How long a run usually takes; `None` while too few are known."""
        enough = len(self.lasted_ms) >= ENOUGH
        return median(self.lasted_ms) * _MILLISECOND if enough else None

    def long_at(self, factor: float) -> datetime | None:
        """From when on the present run is long: so many times the usual; `None` without either."""
        usual = self.usual
        if usual is None or self.begun_at is None:
            return None
        return self.begun_at + max(usual * factor, usual + LEAST_EXCESS)

    def moved_by(self, by: timedelta) -> Runs:
        """The same past after the wall clock was set by so much."""
        return msgspec.structs.replace(
            self,
            since=self.since + by,
            done_at=self.done_at and self.done_at + by,
            begun_at=self.begun_at and self.begun_at + by,
        )


def follow(
    runs: Runs | None,
    run: RunSummary,
    previous: RunSummary | None,
    now: datetime,
    gap: timedelta | None,
) -> Runs:
    """The past with one more good reading; `gap` is the time since the one before, where known.

    A success that is there at first sight is seen now, as nobody knows better.
    """
    before = Runs(since=now) if runs is None else _not_ahead(runs, now)
    previous = None if runs is None else previous
    instance = None if run.instance_id is None else str(run.instance_id)
    if run.actual_state in _IN_PROGRESS:
        return _go_on(before, instance, now, None if runs is None else gap)
    if run.actual_state not in OVER:
        return before
    if run.actual_state == SUCCESS and _is_new(before, instance, previous):
        before = _succeed(before, instance, now, gap)
    return msgspec.structs.replace(before, begun_at=None, run_id=None, slack_ms=None)


def _not_ahead(runs: Runs, now: datetime) -> Runs:
    """A past without anything in the future, which a clock that was set back leaves behind."""
    times = (runs.since, runs.done_at, runs.begun_at)
    if all(at is None or at <= now for at in times):
        return runs
    return msgspec.structs.replace(
        runs,
        since=min(runs.since, now),
        done_at=runs.done_at and min(runs.done_at, now),
        begun_at=runs.begun_at and min(runs.begun_at, now),
    )


def _go_on(runs: Runs, instance: str | None, now: datetime, gap: timedelta | None) -> Runs:
    if runs.begun_at is not None and not _differ(instance, runs.run_id):
        return msgspec.structs.replace(runs, run_id=runs.run_id or instance)
    slack = None if gap is None else gap // _MILLISECOND
    return msgspec.structs.replace(runs, begun_at=now, run_id=instance, slack_ms=slack)


def _is_new(runs: Runs, instance: str | None, previous: RunSummary | None) -> bool:
    """Whether a success is another one than the last; its Id says so, or that it was not there."""
    if instance and runs.done_id:
        return instance != runs.done_id
    return previous is None or previous.actual_state != SUCCESS


def _succeed(runs: Runs, instance: str | None, now: datetime, gap: timedelta | None) -> Runs:
    lasted = runs.lasted_ms
    if runs.begun_at is not None and not _differ(instance, runs.run_id):
        lasted = (*lasted, *_duration(runs, now - runs.begun_at, gap))[-KEPT:]
    return msgspec.structs.replace(runs, done_at=now, done_id=instance, spent=(), lasted_ms=lasted)


def _duration(runs: Runs, lasted: timedelta, gap: timedelta | None) -> tuple[int, ...]:
    """How long a run took (ms), where somebody looked when it began and when it ended."""
    if gap is None or runs.slack_ms is None:
        return ()
    known = gap + runs.slack_ms * _MILLISECOND <= max(FREE_SLACK, lasted / SLACK_SHARE)
    return (lasted // _MILLISECOND,) if known else ()


def _differ(one: str | None, other: str | None) -> bool:
    return bool(one and other and one != other)
