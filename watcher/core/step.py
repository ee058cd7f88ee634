"""One decision of the core, as a value: everything that one transaction saves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec

from watcher.core.alert import Alert, Told
from watcher.core.anchor import Anchor
from watcher.core.course import Course
from watcher.core.event import Event, Kind
from watcher.core.job import JobRecord, SourceRecord
from watcher.core.notification import Notification
from watcher.core.pulse import Pulse
from watcher.core.sight import Sight
from watcher.core.silence import Silence
from watcher.core.subject import Subject
from watcher.core.why import Why


class Decision(msgspec.Struct, frozen=True, gc=False):
    """What was decided about an event: by which rule, for which channel, why, in which message.

    `by` is what kept it from being told: a silence's id, a window's name, an alert's id.
    """

    event: int
    why: Why
    rule: str | None = None
    channel: str | None = None
    notification: str | None = None
    by: str | None = None


class Repeat(msgspec.Struct, frozen=True, gc=False):
    """When a rule last told one error of one job, and how often it came again since."""

    rule: str
    subject: Subject
    fingerprint: str
    told_at: datetime
    held: int = 0

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from the other errors of its job."""
        return (self.rule, self.fingerprint)


class Rider(msgspec.Struct, frozen=True, gc=False):
    """An event that waits since `since` to be told on a channel: see `riding`.

    `held` counts the equal events that its rule held back before it.
    """

    channel: str
    rule: str
    event: Event
    since: datetime
    held: int = 0

    @property
    def subject(self) -> Subject:
        """The job that it is about."""
        return self.event.subject

    @property
    def key(self) -> tuple[int, str]:
        """What tells it from the others; riders of one job sort by it as they came."""
        return (self.event.id, self.channel)


class Delays(msgspec.Struct, frozen=True, gc=False):
    """Input delays (ms) that entered although no rule judges otherwise: a minute's first reading.

    `key` is the first name that the request asked for; `values` is by job name.  They are newer
    than the run summaries that were saved before `at`.
    """

    source: str
    job_type: str
    key: str
    at: datetime
    values: Mapping[str, int | None]


class Step(msgspec.Struct, frozen=True):
    """The change from one state to the next; saved whole in one transaction, then applied.

    Records replace those of the same key.  `alerts` that are no longer pending or firing leave the
    state; so do the things named in `jobs_gone`, `told_ended` (subject, channel, kind),
    `repeats_ended` (subject, rule, fingerprint) and `riders_ended` (subject, event, channel).
    `counters` are absolute values.  `fell_back` pairs what a channel could not be told with the
    notification that told it on the fallback; `merges` pairs notifications with the one that says
    the same for many, if they still wait.
    `resighted`, `darkened`, `sights`, `requests`, `pulses` and `courses` change only memory: jobs
    that are in sight again, those that are not any more, how each source sees, which request
    (source, job type, its first name) this Step is the outcome of, how that one's answers move,
    and how jobs' input delays go.  So do `silences`, all that the store holds, and `shut`, the
    gates that people keep closed, where they are news; `silences_ended` are saved.  `moved` is how
    far the wall was set: the outbox's waits, backoffs and windows move with it, and no saved delays
    are newer than `jobs`.  `anchor` replaces the one that is saved.
    """

    at: datetime
    jobs: tuple[JobRecord, ...] = ()
    jobs_gone: tuple[Subject, ...] = ()
    delays: tuple[Delays, ...] = ()
    sources: tuple[SourceRecord, ...] = ()
    events: tuple[Event, ...] = ()
    alerts: tuple[Alert, ...] = ()
    told: tuple[Told, ...] = ()
    told_ended: tuple[tuple[Subject, str, Kind], ...] = ()
    repeats: tuple[Repeat, ...] = ()
    repeats_ended: tuple[tuple[Subject, str, str], ...] = ()
    riders: tuple[Rider, ...] = ()
    riders_ended: tuple[tuple[Subject, int, str], ...] = ()
    counters: tuple[tuple[str, int], ...] = ()
    notifications: tuple[Notification, ...] = ()
    decisions: tuple[Decision, ...] = ()
    fell_back: tuple[tuple[str, str], ...] = ()
    merges: tuple[tuple[str, str], ...] = ()
    resighted: tuple[Subject, ...] = ()
    darkened: tuple[Subject, ...] = ()
    sights: tuple[tuple[str, Sight], ...] = ()
    requests: tuple[tuple[str, str, str], ...] = ()
    moved: timedelta = timedelta(0)
    anchor: Anchor | None = None
    pulses: tuple[tuple[tuple[str, str, str], Pulse], ...] = ()
    courses: tuple[tuple[Subject, Course | None], ...] = ()
    silences: tuple[Silence, ...] | None = None
    silences_ended: tuple[Silence, ...] = ()
    shut: frozenset[str] | None = None

    @property
    def saves(self) -> bool:
        """Whether there is anything to write."""
        return bool(
            self.jobs
            or self.jobs_gone
            or self.delays
            or self.sources
            or self.events
            or self.alerts
            or self.told
            or self.told_ended
            or self.repeats
            or self.repeats_ended
            or self.riders
            or self.riders_ended
            or self.counters
            or self.notifications
            or self.decisions
            or self.fell_back
            or self.merges
            or self.silences_ended
            or self.moved
            or self.anchor
        )


class Saved(msgspec.Struct, frozen=True):
    """All that a store gives back at a start."""

    store_id: str
    jobs: tuple[JobRecord, ...] = ()
    delays: tuple[Delays, ...] = ()
    sources: tuple[SourceRecord, ...] = ()
    alerts: tuple[Alert, ...] = ()
    told: tuple[Told, ...] = ()
    repeats: tuple[Repeat, ...] = ()
    riders: tuple[Rider, ...] = ()
    counters: tuple[tuple[str, int], ...] = ()
    anchor: Anchor | None = None
    silences: tuple[Silence, ...] = ()
