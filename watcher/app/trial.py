"""One real message to one channel, marked as a test, outside the outbox but within its limit."""

from __future__ import annotations

from datetime import datetime
from math import ceil

from watcher.app.build import build_channel
from watcher.clock import SystemClock
from watcher.config.resolve import Resolved
from watcher.core.delivery import Parcel
from watcher.core.event import Event, Kind
from watcher.core.notification import Notification, Reason, Status, digest
from watcher.core.outcome import Fate, Outcome
from watcher.core.rule import Severity
from watcher.core.run_summary import PAUSED, RUNNING, STREAM, RunSummary
from watcher.core.subject import job_subject
from watcher.core.verdict import Verdict
from watcher.services.sending import exchange
from watcher.store.trial import begin_trial
from watcher.transport import Http


async def try_channel(name: str, resolved: Resolved) -> Outcome:
    """Send the test message; what the receiver said of it, or that its limit forbids it now."""
    clock, channel = SystemClock(), build_channel(name, resolved)
    now = clock.now()
    # Before a first `run` there is no file, and nobody else has sent anything.
    may_at = await begin_trial(resolved.store, channel, now) if resolved.store.exists() else now
    if may_at > now:
        wait = ceil((may_at - now).total_seconds())
        return Outcome(Fate.THROTTLED, f"it takes no more messages now; try again in {wait}s")
    parcel = Parcel(digest("test", name, now), name, 1, (sample(name, now),), now)
    async with Http(ca_file=resolved.ca_file, allowed=resolved.allowed) as wire:
        return await exchange(channel, parcel, wire, clock)


def sample(channel: str, now: datetime) -> Notification:
    """What an alert would look like, marked as a test."""
    was = RunSummary("example_job", RUNNING, RUNNING, 177474)
    run = RunSummary("example_job", RUNNING, PAUSED, 177474)
    event = Event(
        id=0,
        kind=Kind.STATE_MISMATCH,
        subject=job_subject("test", STREAM, "example_job"),
        detected_at=now,
        occurred_at=now,
        run=run,
        previous=was,
        verdict=Verdict.STOPPED,
    )
    return Notification(
        id=digest("test", channel, now),
        channel=channel,
        alert=digest("test", channel),
        sequence=1,
        number=1,
        status=Status.FIRING,
        reason=Reason.TEST,
        rule="test-channel",
        severity=Severity.INFO,
        event=event,
        project="test_project",
        began_at=now,
    )
