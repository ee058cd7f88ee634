"""What Dinky would send (DataLinkDC/dinky, JobAlertHandler and JobRefreshHandler; peers §1a).

| rule | from |
|---|---|
| FAILED, UNKNOWN, RESTARTING are told at each look that shows them | §1a row 1: no edges |
| of one job and rule at most 2 messages go in 60 s | §1a row 8; #4520 "by design", #3010 |
| a job that cannot be asked is UNKNOWN after 1 min, then not watched | §1a row 44; #946 |
| an exception that is new and at most 2 min old is told | §1a row 3 |
| a stop, planned or not, and a stream job that FINISHED are not told | §1a row 1 |
| no message when it is over, no delay in ms, no restart between two looks | §1a rows 4, 7; #1094 |

Read in its favour: a FAILED job leaves the pool a minute after its end, so that it is told twice,
not for ever; an exception is told once and not at each look; a job that runs again was started from
Dinky, which watches it anew (after UNKNOWN only a new instance is).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tests.peers.looks import Look, Seen, Sent

MOST, WINDOW = 2, 60.0
UNKNOWN_AFTER = 60.0
IN_POOL_AFTER_END = 60.0
YOUNG = 120.0
STATES = ("WAITING", "RUNNING", "PAUSED", "TERMINATED", "SUCCESS", "FAILED")
"""What it has a name for; anything else is UNKNOWN."""


@dataclass
class _Pooled:
    """What Dinky keeps of one job, in memory."""

    pooled: bool = True
    unknown: bool = False
    instance: int | None = None
    unseen_since: float | None = None
    failed_since: float | None = None
    ran_as: str | None = None
    error_at: float | None = None
    window_from: float | None = None
    counts: dict[str, int] = field(default_factory=dict)


def dinky(looks: Iterable[Look]) -> list[Sent]:
    """The messages for what was seen."""
    kept: dict[str, _Pooled] = {}
    sent: list[Sent] = []
    for look in looks:
        seen = look.jobs or {}
        for name in list(dict.fromkeys([*kept, *seen])):
            job = kept.setdefault(name, _Pooled())
            sent += _at_one_look(name, job, seen.get(name), look.at)
    return sent


def _at_one_look(name: str, job: _Pooled, seen: Seen | None, at: float) -> Iterator[Sent]:
    if seen is not None and not job.pooled:
        _pool_again(job, seen)
    if not job.pooled:
        return
    yield from _limited(name, job, _state(job, seen, at), at)
    if seen is not None:
        yield from _exception(name, job, seen, at)


def _pool_again(job: _Pooled, seen: Seen) -> None:
    if seen.actual == "RUNNING" and (not job.unknown or seen.instance != job.instance):
        job.pooled, job.unknown = True, False


def _state(job: _Pooled, seen: Seen | None, at: float) -> str | None:
    """The rule whose condition holds now; it leaves the pool where the job is done."""
    if seen is None:
        return _unseen(job, at)
    job.unseen_since, job.instance = None, seen.instance
    if seen.actual == "FAILED":
        return _failed(job, at)
    job.failed_since = None
    if seen.actual not in STATES:
        job.pooled, job.unknown = False, True
        return "UNKNOWN"
    if seen.actual == "RUNNING" or seen.expect != job.ran_as:
        job.ran_as = seen.expect if seen.actual == "RUNNING" else None
    restarts = seen.actual == "WAITING" and not seen.batch and job.ran_as == seen.expect
    return "RESTARTING" if restarts else None


def _unseen(job: _Pooled, at: float) -> str | None:
    if job.unseen_since is None:
        job.unseen_since = at
    if at - job.unseen_since < UNKNOWN_AFTER:
        return None
    job.pooled, job.unknown = False, True
    return "UNKNOWN"


def _failed(job: _Pooled, at: float) -> str | None:
    if job.failed_since is None:
        job.failed_since = at
    if at - job.failed_since < IN_POOL_AFTER_END:
        return "FAILED"
    job.pooled, job.failed_since = False, None
    return None


def _exception(name: str, job: _Pooled, seen: Seen, at: float) -> Iterator[Sent]:
    if seen.error_at is None or seen.error_at == job.error_at:
        return
    job.error_at = seen.error_at
    if at - seen.error_at <= YOUNG:
        yield from _limited(name, job, "EXCEPTION", at)


def _limited(name: str, job: _Pooled, rule: str | None, at: float) -> Iterator[Sent]:
    if rule is None:
        return
    if job.window_from is None or at - job.window_from >= WINDOW:
        job.window_from, job.counts = at, {}
    job.counts[rule] = job.counts.get(rule, 0) + 1
    if job.counts[rule] <= MOST:
        about = {"EXCEPTION": ("error",), "RESTARTING": ("state", "restart")}.get(rule, ("state",))
        yield Sent(at, (name,), about, f"{name} {rule}")
