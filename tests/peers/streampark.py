"""What Apache StreamPark would send (apache/streampark, FlinkAppHttpWatcher; peers §1a).

| rule | from |
|---|---|
| a job that is FAILED is told once, then it is no longer watched | §1a rows 1 and 44 |
| a job that is CANCELED is told once, unless StreamPark stopped it | §1a rows 1, 2 |
| a job that cannot be asked for 30 s is LOST: told once, then not watched | §1a row 5; #2479 |
| jobs of a session cluster that go with it: the cluster's one message | §1a row 9; #2423 |
| no message when it is over, no reminder, no error text, no delay | §1a rows 3, 4, 7, 8 |

Read in its favour: every stop that ExpectState asked for is taken for StreamPark's own; a job that
runs again was started from StreamPark, which watches it anew (after LOST only a new instance is:
#2818); LOST is told once although its code alerts twice; a cluster has an alert of its own;
a batch run that ends well is not told as CANCELED.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tests.peers.looks import Look, Seen, Sent

LOST_AFTER = 30.0
STOPPED = ("TERMINATED", "PAUSED")
TOGETHER = 2
"""So many jobs in one application make it a session cluster."""


@dataclass
class _Watched:
    """What StreamPark keeps of one job, in memory."""

    watched: bool = True
    lost: bool = False
    instance: int | None = None
    unseen_since: float | None = None


def streampark(looks: Iterable[Look]) -> list[Sent]:
    """The messages for what was seen."""
    kept: dict[str, _Watched] = {}
    return [sent for look in looks for sent in _at_one_look(look, kept)]


def _at_one_look(look: Look, kept: dict[str, _Watched]) -> Iterator[Sent]:
    seen = look.jobs or {}
    ended: dict[str, str] = {}
    for name in list(dict.fromkeys([*kept, *seen])):
        job = kept.setdefault(name, _Watched())
        if state := _judge(job, seen.get(name), look.at):
            ended[name] = state
    yield from _alerts(look.at, ended, seen)


def _judge(job: _Watched, seen: Seen | None, at: float) -> str | None:
    """The end state that is told now."""
    if seen is None:
        return _unseen(job, at)
    job.unseen_since = None
    if not job.watched:
        _watch_again(job, seen)
        return None
    job.instance = seen.instance
    state = _state(seen)
    if state in ("FAILED", "CANCELED", "FINISHED"):
        job.watched = False
        own = state == "CANCELED" and seen.expect in STOPPED
        return None if own or state == "FINISHED" else state
    return None


def _unseen(job: _Watched, at: float) -> str | None:
    if job.unseen_since is None:
        job.unseen_since = at
    if not job.watched or at - job.unseen_since < LOST_AFTER:
        return None
    job.watched, job.lost = False, True
    return "LOST"


def _watch_again(job: _Watched, seen: Seen) -> None:
    started = seen.actual == "RUNNING" and (not job.lost or seen.instance != job.instance)
    if started:
        job.watched, job.lost, job.instance = True, False, seen.instance


def _state(seen: Seen) -> str:
    """What Flink's own REST API would call it."""
    if seen.actual in STOPPED:
        return "CANCELED"
    return {"SUCCESS": "FINISHED"}.get(seen.actual, seen.actual)


def _alerts(at: float, ended: dict[str, str], seen: dict[str, Seen] | object) -> Iterator[Sent]:
    clusters: dict[str, list[str]] = defaultdict(list)
    jobs = seen if isinstance(seen, dict) else {}
    for name, job in jobs.items():
        clusters[job.application].append(name)
    held: set[str] = set()
    for application, names in clusters.items():
        if len(names) >= TOGETHER and all(name in ended for name in names):
            held.update(names)
            yield Sent(at, tuple(names), ("state",), f"cluster {application} LOST")
    for name, state in ended.items():
        if name not in held:
            yield Sent(at, (name,), ("state",), f"{name} {state}")
