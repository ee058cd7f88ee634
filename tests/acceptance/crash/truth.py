"""What must be told of a job, worked out from the readings alone.

Written from DESIGN §3, not from the code: with `for`, `keep_firing_for` and `repeat_after` of zero
each reading that was saved decides at once what is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tests.acceptance.crash.evidence import Reading, Seen

RUNNING = "RUNNING"
GRAVE = ("stopped", "failed")


class Due(NamedTuple):
    """One message that a reading makes due, as far as it can be told from outside."""

    kind: str
    reason: str
    actual: str


@dataclass
class Memory:
    """What has been seen of one job up to some reading."""

    seen: Seen
    error_at: int
    fires: str | None = None
    stood: bool = False
    down: bool = False
    covered: bool = False
    replanned: bool = False
    instance: int = 0
    handler: str = ""

    @classmethod
    def of(cls, seen: Seen) -> Memory:
        """At first sight, which is a baseline; the runs begin with jobs that are right."""
        return cls(seen, seen.error_at, instance=seen.instance, handler=seen.handler)


def due(memory: Memory, now: Seen) -> list[Due]:
    """What a saved reading makes due of a job; `memory` takes the reading in."""
    before, replanned = memory.seen, now.expect != memory.seen.expect
    found: list[Due] = []
    if now.actual != before.actual:
        found.append(Due("state-change", "began", now.actual))
    if _restarts(memory, now, replanned=replanned):
        found.append(Due("restart", "began", now.actual))
    if now.error_at > memory.error_at:
        memory.error_at = now.error_at
        found.append(Due("new-error", "began", now.actual))
    stands = now.actual == before.actual == "PAUSED"
    memory.stood = stands and (now.expect == RUNNING if replanned else memory.stood)
    found += [
        Due("state-mismatch", reason, now.actual) for reason in _mismatch(memory, now, replanned)
    ]
    memory.seen = now
    return found


def verdict(now: Seen, *, stood: bool) -> str | None:
    """In which way a stream job is not what it should be, for the states that occur here."""
    if now.expect != RUNNING:
        return "zombie" if now.actual == RUNNING else None
    if now.actual == "PAUSED":
        return "stuck" if stood else "stopped"
    return "failed" if now.actual == "FAILED" else None


def _mismatch(memory: Memory, now: Seen, replanned: bool) -> Iterator[str]:
    if replanned and memory.fires:
        memory.fires = None
        yield "planned"
    wrong = verdict(now, stood=memory.stood)
    if wrong is None and memory.fires:
        memory.fires = None
        yield "recovered"
    elif wrong and not memory.fires:
        memory.fires = wrong
        yield "began"
    elif wrong in GRAVE and memory.fires not in GRAVE:
        memory.fires = wrong
        yield "worse"


def _restarts(memory: Memory, now: Seen, *, replanned: bool) -> bool:
    """One way down and up is one restart, none where ExpectState changed since the last RUNNING."""
    running = now.actual == RUNNING
    memory.replanned = memory.replanned or replanned
    anew = now.instance != memory.instance
    handed_over = now.handler != memory.handler and not memory.covered
    up_again = running and memory.down and not memory.covered
    restarts = not memory.replanned and (anew or handed_over or up_again)
    memory.instance, memory.handler = now.instance, now.handler
    memory.covered = not running and (memory.covered or restarts)
    memory.replanned = memory.replanned and not running
    memory.down = not running
    return restarts


def all_due(readings: Sequence[Reading]) -> Iterator[tuple[str, int, Due]]:
    """Job, reading's number and message for everything that these saved readings make due."""
    memories = {name: Memory.of(seen) for name, seen in readings[0].jobs.items()}
    for reading in readings[1:]:
        for name, seen in reading.jobs.items():
            for one in due(memories[name], seen):
                yield name, reading.number, one


def ends_wrong(readings: Sequence[Reading], job: str) -> bool:
    """Whether the last reading shows a job that is not what it should be."""
    return verdict(readings[-1].jobs[job], stood=False) is not None
