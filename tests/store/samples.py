"""Small Steps, terms and settlements that the store's tests are written with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from watcher.core.breaker import Breaker
from watcher.core.delivery import Parcel
from watcher.core.event import Event, Kind
from watcher.core.notification import Notification, Reason, Status, digest
from watcher.core.outcome import Fate, Outcome
from watcher.core.rule import Severity
from watcher.core.run_summary import RunSummary
from watcher.core.step import Decision, Step
from watcher.core.subject import Subject, job_subject
from watcher.core.why import Why
from watcher.ports import Settlement, Terms

T0 = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def subject_of(job: str) -> Subject:
    return job_subject("prod", "FLINK_STREAM", job)


def run_of(job: str) -> RunSummary:
    return RunSummary(job, "RUNNING", "PAUSED", 177474, "application_1|0a1b", 300)


def event_of(number: int, job: str, *, at: datetime = T0, kind: Kind | None = None) -> Event:
    return Event(
        number,
        kind or Kind.STATE_MISMATCH,
        subject_of(job),
        detected_at=at,
        occurred_at=at,
        run=run_of(job),
        verdict="stopped",
    )


def notice(
    job: str,
    number: int = 1,
    *,
    channel: str = "oncall",
    alert: str | None = None,
    end: bool = False,
    severity: Severity = Severity.ERROR,
    group: str | None = None,
    hold_until: datetime | None = None,
    absorbs: str | None = None,
    event: int = 1,
) -> Notification:
    """The `number`-th message of a job's alert: a beginning, or its end."""
    alert = alert or f"alert-{job}"
    return Notification(
        id=digest(alert, channel, number),
        channel=channel,
        alert=alert,
        sequence=number,
        number=number,
        status=Status.RESOLVED if end else Status.FIRING,
        reason=Reason.RECOVERED if end else Reason.BEGAN,
        rule="job-down",
        severity=severity,
        event=event_of(event, job),
        labels={"team": "orders"},
        absorbs=absorbs,
        group=group,
        hold_until=hold_until,
    )


def reminder(job: str, number: int, **given: Any) -> Notification:
    """The `number`-th message of a job's alert to a chat: it still fires."""
    note = notice(job, number, group="reminders", **given)
    return msgspec.structs.replace(note, reason=Reason.REMINDER)


def step_of(*notifications: Notification, at: datetime = T0) -> Step:
    return Step(at=at, notifications=notifications)


def explained(*notifications: Notification, at: datetime = T0) -> Step:
    """A Step whose events are saved, each with the decision that made its notification."""
    return Step(
        at=at,
        events=tuple({n.event.id: n.event for n in notifications}.values()),
        notifications=notifications,
        decisions=tuple(
            Decision(n.event.id, Why.TOLD, n.rule, n.channel, n.id) for n in notifications
        ),
    )


TERMS = Terms(
    channel="oncall", robot="robot-1", room=1, limit=None, breaker=Breaker(), bundles=False
)
CHAT = msgspec.structs.replace(TERMS, bundles=True)
WIDE = msgspec.structs.replace(TERMS, room=32)


def settled(
    parcel: Parcel,
    fate: Fate = Fate.DELIVERED,
    *,
    at: datetime = T0,
    after: timedelta = SECOND,
    detail: str = "",
) -> Settlement:
    """The end of a parcel's attempt; what must be tried again may be `after` that."""
    return Settlement(
        parcel.id, parcel.attempt, Outcome(fate, detail, status=200), ended_at=at, due_at=at + after
    )


def jobs_in(parcels: Sequence[Parcel]) -> list[list[str | None]]:
    """Which jobs each parcel speaks of."""
    return [[n.subject.job for n in parcel.notifications] for parcel in parcels]
