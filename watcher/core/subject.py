"""What an event, an alert or a notification is about: a job, a source, a channel or the watcher."""

from __future__ import annotations

from typing import Final

import msgspec


class Subject(msgspec.Struct, frozen=True, gc=False):
    """One thing that can be in trouble.

    A job has `source`, `job_type` and `job`; a source only `source`; one of several incidents of a
    source also its `cause`; a channel only `channel`; the watcher itself nothing.
    """

    source: str | None = None
    job_type: str | None = None
    job: str | None = None
    channel: str | None = None
    cause: str | None = None

    @property
    def lane(self) -> str:
        """The text under which order is kept and rows are found; different for each subject."""
        if self.channel is not None:
            return f"channel:{self.channel}"
        if self.source is None:
            return "watcher"
        if self.cause is not None:
            return f"incident:{self.source}/{self.cause}"
        if self.job is None:
            return f"source:{self.source}"
        return f"job:{self.source}/{self.job_type}/{self.job}"


def job_subject(source: str, job_type: str, job: str) -> Subject:
    """The subject of one job."""
    return Subject(source=source, job_type=job_type, job=job)


def source_subject(source: str) -> Subject:
    """The subject of one source as a whole."""
    return Subject(source=source)


def incident_subject(source: str, cause: str) -> Subject:
    """The subject of what befell many jobs of a source at once."""
    return Subject(source=source, cause=cause)


def channel_subject(channel: str) -> Subject:
    """The subject of one channel."""
    return Subject(channel=channel)


WATCHER: Final = Subject()
"""The watcher itself."""
