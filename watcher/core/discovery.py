"""Jobs that patterns find: new ones appear, and those that a whole listing lacks are gone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from watcher.core.alert import Signal
from watcher.core.alerting import end_all
from watcher.core.draft import Draft
from watcher.core.event import Event, Kind
from watcher.core.job import Job, JobRecord
from watcher.core.occurring import occur
from watcher.core.reading import Cause, Listing, Outage
from watcher.core.speak import tell
from watcher.core.subject import Subject, job_subject

FEW: Final = 5
"""A listing that has lost all of at least so many names is not believed."""


def take_listing(draft: Draft, listing: Listing) -> None:
    """Take in a whole listing: begin to watch what is new, end what is gone."""
    known = draft.state.jobs.get((listing.source, listing.job_type), {})
    found = {job.record.subject.job for job in known.values() if not job.record.exact}
    if len(found) >= FEW and not found & set(listing.names):
        draft.put_sight(listing.source, draft.sight(listing.source).lose(_lost(listing), draft.now))
        return
    sight = draft.sight(listing.source).list_again(listing.job_type, draft.now)
    draft.put_sight(listing.source, sight)
    names = set(listing.names)
    _appear(draft, listing, [name for name in dict.fromkeys(listing.names) if name not in known])
    gone = [
        job.record.subject
        for name, job in known.items()
        if not job.record.exact and name not in names and _was_lacking(job)
    ]
    forget(draft, listing.source, gone, Signal.GONE)
    _close(draft, listing)


def _lost(listing: Listing) -> Outage:
    return Outage(
        source=listing.source,
        job_type=listing.job_type,
        asked=(),
        cause=Cause.LISTING,
        detail="the listing has lost every job that it held before",
        listing=True,
    )


def _appear(draft: Draft, listing: Listing, names: Sequence[str]) -> None:
    source = draft.source(listing.source)
    plan = draft.plan.sources[listing.source]
    subjects = [
        job_subject(listing.source, listing.job_type, name)
        for name in names
        if plan.covers(listing.job_type, name)
    ]
    for subject in subjects:
        draft.put_job(JobRecord(subject=subject, exact=False))
        if listing.job_type in source.listed:
            occur(draft, _event(draft, subject, Kind.APPEARED))
    draft.put_sight(listing.source, draft.sight(listing.source).await_jobs(subjects))


def _was_lacking(job: Job) -> bool:
    """Whether the last reading lacked the job too, so that it is gone."""
    return job.record.absent is not None or job.record.run is None


def forget(draft: Draft, source: str, subjects: Sequence[Subject], signal: Signal) -> None:
    """Stop watching jobs of one source: all their alerts end for one reason."""
    for subject in subjects:
        for kind in draft.kinds_open(subject):
            event = _event(draft, subject, kind)
            tell(draft, subject, kind, end_all(draft, subject, kind, signal, event))
        draft.drop_job(subject)
    if subjects:
        draft.put_sight(source, draft.sight(source).forget(subjects))


def _event(draft: Draft, subject: Subject, kind: Kind) -> Event:
    record = draft.record(subject)
    return draft.event(
        kind,
        subject,
        0,
        previous=record.run if record else None,
    )


def _close(draft: Draft, listing: Listing) -> None:
    record = draft.source(listing.source)
    if listing.job_type not in record.listed:
        record = msgspec.structs.replace(record, listed=(*record.listed, listing.job_type))
        draft.put_source(record)
