"""What is known of a source while the process runs: which of its jobs are not seen, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType

import msgspec

from watcher.core.reading import Outage
from watcher.core.subject import Subject, job_subject


class Sight(msgspec.Struct, frozen=True):
    """A source's view of its jobs.

    `dark` holds the jobs without a good answer since the start or since their last outage, with
    the time of their first failed reading (`None`: not asked yet).  `unlisted` holds the job types
    whose discovery failed, likewise.  `cause` and `detail` are those of the last outage, `refused`
    whether it was a permanent refusal.  `listed_at` is each job type's last whole listing.
    """

    dark: Mapping[Subject, datetime | None] = MappingProxyType({})
    unlisted: Mapping[str, datetime] = MappingProxyType({})
    listed_at: Mapping[str, datetime] = MappingProxyType({})
    cause: str | None = None
    detail: str | None = None
    refused: bool = False

    def await_jobs(self, subjects: Iterable[Subject]) -> Sight:
        """With jobs that have not been asked for yet."""
        return msgspec.structs.replace(self, dark=dict.fromkeys(subjects) | dict(self.dark))

    def lose(self, outage: Outage, now: datetime) -> Sight:
        """After an outage of some names, or of a listing."""
        dark, unlisted = dict(self.dark), dict(self.unlisted)
        if outage.listing:
            unlisted.setdefault(outage.job_type, now)
        for name in outage.asked:
            subject = job_subject(outage.source, outage.job_type, name)
            dark[subject] = dark.get(subject) or now
        return msgspec.structs.replace(
            self,
            dark=dark,
            unlisted=unlisted,
            cause=outage.cause,
            detail=outage.detail,
            refused=self.refused or outage.permanent,
        )

    def regain(self, subjects: Iterable[Subject]) -> Sight:
        """After a good answer for these jobs; what was refused before is not any more."""
        seen = set(subjects)
        dark = {job: since for job, since in self.dark.items() if job not in seen}
        return msgspec.structs.replace(self, dark=dark, refused=False)

    def forget(self, subjects: Iterable[Subject]) -> Sight:
        """Without jobs that are not watched any more."""
        gone = set(subjects)
        dark = {job: since for job, since in self.dark.items() if job not in gone}
        return msgspec.structs.replace(self, dark=dark)

    def keep_listings(self, job_types: Iterable[str]) -> Sight:
        """Without the failed discoveries of job types that are not discovered any more."""
        kept = set(job_types)
        unlisted = {name: since for name, since in self.unlisted.items() if name in kept}
        return msgspec.structs.replace(self, unlisted=unlisted)

    def list_again(self, job_type: str, now: datetime) -> Sight:
        """After a whole listing of a job type."""
        unlisted = {name: since for name, since in self.unlisted.items() if name != job_type}
        listed_at = {**self.listed_at, job_type: now}
        return msgspec.structs.replace(self, unlisted=unlisted, listed_at=listed_at)
