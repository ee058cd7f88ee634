"""Which of the jobs that fell belong together: one application, one error, or one moment."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import msgspec

from watcher.core.subject import Subject

DEFAULT_FEWEST: Final = 10
"""So many jobs that fall together are a storm, where the file says nothing else."""
DEFAULT_WITHIN: Final = timedelta(minutes=2)
"""Jobs that fall within this of each other may be one storm although they share nothing else."""


class Basis(StrEnum):
    """What the jobs of one incident have in common; the first that holds, in this order."""

    APPLICATION = "application"
    ERROR = "error"
    TIME = "time"


class Fallen(msgspec.Struct, frozen=True, gc=False):
    """A job that left RUNNING wrongly: since when, in which YARN application, with which error.

    `application` and `error` (a fingerprint) are "" where nothing is known of them.
    """

    subject: Subject
    since: datetime
    application: str = ""
    error: str = ""


class Storm(msgspec.Struct, frozen=True):
    """Jobs that fell together, oldest first, and what they share ("" where only the time)."""

    basis: Basis
    shared: str
    jobs: tuple[Fallen, ...]


class Incident(msgspec.Struct, frozen=True, omit_defaults=True):
    """A storm that was told of and goes on, as it is saved with its source.

    `id` is its alert's; `size` counts the jobs that belong to it, `down` those of them that are not
    right yet, `left` those that are right only because they are gone or meant to be down.  A job
    that belongs to it fell at `last_fell_at` last; one was right again at `back_at` last.
    `told_size` is the size that was told last, `error` the line that the jobs' errors share, `name`
    what people call `shared`.
    """

    id: str
    subject: Subject
    basis: Basis
    shared: str
    since: datetime
    last_fell_at: datetime
    size: int = 0
    down: int = 0
    left: int = 0
    told_size: int = 0
    back_at: datetime | None = None
    error: str = ""
    name: str = ""


def storms(fallen: Iterable[Fallen], fewest: int, within: timedelta) -> list[Storm]:
    """The storms among jobs that belong to none yet: by application first, then error, then time.

    Each job is in one at most.  Fewer than `fewest` are no storm; 0 finds none.
    """
    if fewest <= 0:
        return []
    left = sorted(fallen, key=_age)
    found: list[Storm] = []
    for basis in (Basis.APPLICATION, Basis.ERROR):
        if len(left) >= fewest:
            alike, left = _sharing(left, basis, fewest)
            found += alike
    return [*found, *_moments(left, fewest, within)]


def _age(job: Fallen) -> tuple[datetime, str]:
    return job.since, job.subject.lane


def shared_by(job: Fallen, basis: Basis) -> str:
    """What a job may share with others on that basis; "" for none."""
    if basis is Basis.APPLICATION:
        return job.application
    return job.error if basis is Basis.ERROR else ""


def _sharing(
    fallen: Sequence[Fallen], basis: Basis, fewest: int
) -> tuple[list[Storm], list[Fallen]]:
    """The storms of jobs that share something, and the jobs that are in none of them."""
    groups: dict[str, list[Fallen]] = {}
    for job in fallen:
        groups.setdefault(shared_by(job, basis), []).append(job)
    groups.pop("", None)
    large = {shared: jobs for shared, jobs in groups.items() if len(jobs) >= fewest}
    found = [Storm(basis, shared, tuple(jobs)) for shared, jobs in large.items()]
    return found, [job for job in fallen if shared_by(job, basis) not in large]


def _moments(fallen: Sequence[Fallen], fewest: int, within: timedelta) -> list[Storm]:
    """Where enough fell within the span of each other, with all that followed as closely."""
    found: list[Storm] = []
    begin = 0
    while begin + fewest <= len(fallen):
        if fallen[begin + fewest - 1].since - fallen[begin].since > within:
            begin += 1
            continue
        end = begin + fewest
        while end < len(fallen) and fallen[end].since - fallen[end - 1].since <= within:
            end += 1
        found.append(Storm(Basis.TIME, "", tuple(fallen[begin:end])))
        begin = end
    return found


def home_of(job: Fallen, incidents: Iterable[Incident], within: timedelta) -> Incident | None:
    """The incident that a further job belongs to: the one whose cause it shares, as above."""
    going = tuple(incidents)
    for basis in (Basis.APPLICATION, Basis.ERROR):
        mine = shared_by(job, basis)
        for one in going:
            if mine and one.basis is basis and one.shared == mine:
                return one
    near = (one for one in going if one.basis is Basis.TIME and _is_near(job, one, within))
    return max(near, key=lambda one: (one.last_fell_at, one.id), default=None)


def _is_near(job: Fallen, incident: Incident, within: timedelta) -> bool:
    return incident.since - within <= job.since <= incident.last_fell_at + within


def cause_of(storm: Storm) -> str:
    """The name that tells an incident from the others of its source, while they last."""
    shared = storm.shared or storm.jobs[0].since.isoformat(timespec="milliseconds")
    return f"{storm.basis}:{shared}"
