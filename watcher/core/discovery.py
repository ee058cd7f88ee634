"""Jobs that patterns find: new ones appear, and those that a whole listing lacks are gone."""

from __future__ import annotations

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
    for name in listing.names:
        if name not in known:
            _appear(draft, listing, name)
    for job in known.values():
        if not job.record.exact and job.record.subject.job not in listing.names:
            _go(draft, job)
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


def _appear(draft: Draft, listing: Listing, name: str) -> None:
    subject = job_subject(listing.source, listing.job_type, name)
    source = draft.source(listing.source)
    draft.put_job(JobRecord(subject=subject, exact=False, newcomer=source.whole))
    draft.put_sight(listing.source, draft.sight(listing.source).await_jobs((subject,)))
    if listing.job_type in source.listed:
        occur(draft, _event(draft, subject, Kind.APPEARED))


def _go(draft: Draft, job: Job) -> None:
    """A job that the listing lacks is gone once the last reading lacked it too."""
    if job.record.absent is None and job.record.run is not None:
        return
    forget(draft, job.record.subject, Signal.GONE)


def forget(draft: Draft, subject: Subject, signal: Signal) -> None:
    """Stop watching a job: all its alerts end for one reason."""
    for kind in draft.kinds_open(subject):
        event = _event(draft, subject, kind)
        tell(draft, subject, kind, end_all(draft, subject, kind, signal, event))
    draft.drop_job(subject)
    source = subject.source or ""
    draft.put_sight(source, draft.sight(source).forget(subject))


def _event(draft: Draft, subject: Subject, kind: Kind) -> Event:
    record = draft.record(subject)
    return Event(
        id=0,
        kind=kind,
        subject=subject,
        detected_at=draft.now,
        occurred_at=draft.now,
        previous=record.run if record else None,
    )


def _close(draft: Draft, listing: Listing) -> None:
    record = draft.source(listing.source)
    if listing.job_type not in record.listed:
        record = msgspec.structs.replace(record, listed=(*record.listed, listing.job_type))
        draft.put_source(record)
