"""Whether the answers to one request still move: the evidence for `frozen`, at next to no cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Final

import msgspec

from watcher.core.job import Job
from watcher.core.run_summary import RUNNING, RunSummary, delay_of

STILL_ANSWERS: Final = 10
"""So many answers in a row must be the same before anything is said."""

ENOUGH: Final = 2
"""Jobs whose input delay moved before, and that run and are behind while everything stands still.
Fewer prove nothing: the delay of a single idle job may well stand still."""

_delays: Final = attrgetter("input_delay_ms")


class Pulse(msgspec.Struct, frozen=True, gc=False):
    """How the answers to one request have moved.

    Since the reading at `since` they are the same; `still` more were.  `moved` says that this very
    reading showed a change.  `lively` is how many running jobs' delays moved in the last minute in
    which any did, `standing` how many run and are behind now, both counted up to `ENOUGH` only.
    Most readings end at one record, the `probe`th, whose `delay` has changed; `print` is a hash of
    all delays where that one has not.
    """

    since: datetime
    still: int = 0
    moved: bool = False
    lively: int = 0
    standing: int = 0
    probe: int = 0
    delay: int | None = None
    print: int | None = None


def beat(
    pulse: Pulse | None,
    runs: Sequence[RunSummary],
    jobs: Mapping[str, Job],
    now: datetime,
    *,
    changed: bool,
    minute: bool,
) -> Pulse:
    """The pulse after one more answer.

    `changed` says that something other than a delay did, `minute` that a new one has begun, from
    which on liveliness must be shown anew.
    """
    if pulse is None:
        return Pulse(now, delay=_delay_at(runs, 0))
    if changed:
        # Jobs that were stopped meanwhile are no evidence any more.
        return Pulse(now, moved=True, probe=pulse.probe, delay=_delay_at(runs, pulse.probe))
    if pulse.delay != _delay_at(runs, pulse.probe):
        return _move(pulse, runs, jobs, now, minute=minute)
    seen = hash(tuple(map(_delays, runs)))
    if pulse.print is None:
        # Whether others have moved since the last reading is not known.
        return msgspec.structs.replace(pulse, since=now, still=0, moved=False, print=seen)
    if seen != pulse.print:
        return _move(pulse, runs, jobs, now, minute=minute)
    still = pulse.still + 1
    standing = _count_standing(runs) if still == STILL_ANSWERS else pulse.standing
    return msgspec.structs.replace(pulse, still=still, moved=False, standing=standing)


def _move(
    pulse: Pulse,
    runs: Sequence[RunSummary],
    jobs: Mapping[str, Job],
    now: datetime,
    *,
    minute: bool,
) -> Pulse:
    # Who moved before a rest need not be among those that move after it.
    lively, probe = (0 if minute or pulse.still else pulse.lively), pulse.probe
    if lively < ENOUGH:
        moving = _moving(runs, jobs)
        lively = max(lively, len(moving))
        probe = moving[0] if moving else probe
    return Pulse(now, moved=True, lively=lively, probe=probe, delay=_delay_at(runs, probe))


def _delay_at(runs: Sequence[RunSummary], index: int) -> int | None:
    return runs[index].input_delay_ms if index < len(runs) else None


def _moving(runs: Sequence[RunSummary], jobs: Mapping[str, Job]) -> list[int]:
    """Where the first running jobs stand whose delay is not that of the minute's beginning."""
    found: list[int] = []
    for index, run in enumerate(runs):
        job = jobs.get(run.job_name)
        if job is not None and job.run is not None and _moves(job.run, run):
            found.append(index)
            if len(found) == ENOUGH:
                break
    return found


def _moves(old: RunSummary, run: RunSummary) -> bool:
    before, now = delay_of(old), delay_of(run)
    runs = run.actual_state == RUNNING == old.actual_state
    return runs and before is not None and now is not None and before != now


def _count_standing(runs: Sequence[RunSummary]) -> int:
    behind = sum(run.actual_state == RUNNING and (delay_of(run) or 0) > 0 for run in runs)
    return min(behind, ENOUGH)
