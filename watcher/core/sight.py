"""What is known of a source while the process runs: which of its jobs are not seen, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

import msgspec

from watcher.core.reading import PERMANENT, Cause, Outage
from watcher.core.subject import Subject, job_subject


class Gap(msgspec.Struct, frozen=True, gc=False):
    """Readings that fail, without a good one between: from `since` to the last one, `at`.

    `good_at` is the last good answer before, where one came since the start.  Cause, detail and
    `clock_ahead` are those of the last failure.
    """

    since: datetime
    at: datetime
    good_at: datetime | None
    cause: Cause
    detail: str
    clock_ahead: timedelta | None = None

    @property
    def permanent(self) -> bool:
        """Whether trying again cannot help until somebody changes something."""
        return self.cause in PERMANENT

    def moved_by(self, by: timedelta) -> Gap:
        """The same gap after the wall clock was set by so much."""
        good_at = None if self.good_at is None else self.good_at + by
        return msgspec.structs.replace(
            self, since=self.since + by, at=self.at + by, good_at=good_at
        )


class Sight(msgspec.Struct, frozen=True):
    """A source's view of its jobs.

    `dark` holds the jobs without a good answer since the start or since their last outage, with
    the gap that they are in (`None`: not asked yet).  `unlisted` holds the job types whose
    discovery failed, likewise.  `last` is the last outage's gap, also when it is over, `listed_at`
    each job type's last whole listing.
    """

    dark: Mapping[Subject, Gap | None] = MappingProxyType({})
    unlisted: Mapping[str, Gap] = MappingProxyType({})
    listed_at: Mapping[str, datetime] = MappingProxyType({})
    last: Gap | None = None

    @property
    def cause(self) -> Cause | None:
        """The last outage's cause."""
        return self.last.cause if self.last else None

    @property
    def detail(self) -> str | None:
        """The last outage's detail."""
        return self.last.detail if self.last else None

    def moved_by(self, by: timedelta) -> Sight:
        """The same view after the wall clock was set by so much."""
        return Sight(
            dark={job: gap and gap.moved_by(by) for job, gap in self.dark.items()},
            unlisted={name: gap.moved_by(by) for name, gap in self.unlisted.items()},
            listed_at={name: at + by for name, at in self.listed_at.items()},
            last=self.last and self.last.moved_by(by),
        )

    def await_jobs(self, subjects: Iterable[Subject]) -> Sight:
        """With jobs that have not been asked for yet."""
        return msgspec.structs.replace(self, dark=dict.fromkeys(subjects) | dict(self.dark))

    def lose(self, outage: Outage, now: datetime, good_at: datetime | None = None) -> Sight:
        """After an outage of some names, or of a listing.

        `good_at` is the last outcome of the same request: a good one for those of its names that
        were in sight until now.
        """
        dark, unlisted = dict(self.dark), dict(self.unlisted)
        known, gap = None, _further(None, outage, now, good_at)
        if outage.listing:
            listed_at = self.listed_at.get(outage.job_type)
            gap = _further(unlisted.get(outage.job_type), outage, now, listed_at)
            unlisted[outage.job_type] = gap
        for name in outage.asked:
            subject = job_subject(outage.source, outage.job_type, name)
            # Most often one gap serves all names of a request; a source may have many.
            if (before := dark.get(subject)) is not known:
                known, gap = before, _further(before, outage, now, good_at)
            dark[subject] = gap
        return msgspec.structs.replace(self, dark=dark, unlisted=unlisted, last=gap)

    def forget(self, subjects: Iterable[Subject]) -> Sight:
        """Without jobs that a good answer has held, or that are not watched any more."""
        gone = set(subjects)
        dark = {job: gap for job, gap in self.dark.items() if job not in gone}
        return msgspec.structs.replace(self, dark=dark)

    def keep_listings(self, job_types: Iterable[str]) -> Sight:
        """Without the failed discoveries of job types that are not discovered any more."""
        kept = set(job_types)
        unlisted = {name: gap for name, gap in self.unlisted.items() if name in kept}
        return msgspec.structs.replace(self, unlisted=unlisted)

    def list_again(self, job_type: str, now: datetime) -> Sight:
        """After a whole listing of a job type."""
        unlisted = {name: gap for name, gap in self.unlisted.items() if name != job_type}
        listed_at = {**self.listed_at, job_type: now}
        return msgspec.structs.replace(self, unlisted=unlisted, listed_at=listed_at)


def _further(gap: Gap | None, outage: Outage, now: datetime, good_at: datetime | None) -> Gap:
    """The gap with one more failure; one that begins now where there was none."""
    return Gap(
        since=gap.since if gap else now,
        at=now,
        good_at=gap.good_at if gap else good_at,
        cause=outage.cause,
        detail=outage.detail,
        clock_ahead=outage.clock_ahead,
    )
