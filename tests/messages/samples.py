"""Notifications of every kind, as the core makes them, for tests of messages and channels."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from watcher.core.delivery import Parcel
from watcher.core.event import LASTING, Event, Facts, Kind, Restart
from watcher.core.notification import Notification, Reason, Status
from watcher.core.reading import Cause
from watcher.core.rule import Severity
from watcher.core.run_summary import PAUSED, RUNNING, RunSummary
from watcher.core.storm import Basis
from watcher.core.subject import (
    WATCHER,
    Subject,
    channel_subject,
    incident_subject,
    job_subject,
    source_subject,
)
from watcher.core.trend import Heading
from watcher.core.verdict import BatchVerdict, DelayVerdict, Verdict
from watcher.messages.wording import Language, Wording

BEGAN_AT = datetime(2026, 11, 22, 8, 3, 5, 123_456, tzinfo=UTC)
TOLD_AT = BEGAN_AT + timedelta(minutes=6)
SHANGHAI = ZoneInfo("Asia/Shanghai")
ENGLISH = Wording(Language.ENGLISH, SHANGHAI)
CHINESE = Wording(Language.CHINESE, SHANGHAI)
BOTH = (ENGLISH, CHINESE)

TRACE = (
    "org.apache.flink.runtime.JobException: Recovery is suppressed\n"
    "\tat org.apache.flink.runtime.X.handle(X.java:138)\n"
    "Caused by: java.sql.SQLTransientConnectionException: pool-1 timed out after 30000ms\n"
    "\t... 14 more\n"
)
HANDLER = "application_1564648959240_0125|6150954a90852814ce0c6eace9868691"
RIGHT = RunSummary(
    job_name="orders_1",
    expect_state=RUNNING,
    actual_state=RUNNING,
    instance_id=177474,
    engine_job_handler=HANDLER,
    input_delay_ms=300,
)
WRONG = msgspec.structs.replace(
    RIGHT,
    actual_state=PAUSED,
    last_error_message=TRACE,
    last_error_at=int((BEGAN_AT - timedelta(seconds=65)).timestamp() * 1000),
)
BEFORE = msgspec.structs.replace(
    RIGHT,
    instance_id=177473,
    engine_job_handler="application_1564648959240_0124 | 00a0954a90852814ce0c6eace9868600",
)
NO_FACTS = Facts()
JOB = job_subject("prod", "FLINK_STREAM", "orders_1")


VERDICTS = {
    Kind.STATE_MISMATCH: tuple(Verdict),
    Kind.INPUT_DELAY: tuple(DelayVerdict),
    Kind.BATCH_LATE: tuple(BatchVerdict),
}


AHEAD = Heading(to_ms=900_000, at=TOLD_AT + timedelta(minutes=90))
FACTS = {
    Kind.INPUT_DELAY: (
        Facts(threshold_ms=300_000),
        Facts(threshold_ms=300_000, slope_ms=40_000, heading=AHEAD),
        Facts(slope_ms=-90_000, heading=AHEAD),
        Facts(slope_ms=-90_000),
        Facts(polls=60),
    ),
    Kind.BATCH_LATE: (
        Facts(deadline_at=BEGAN_AT, last_good_at=BEGAN_AT - timedelta(days=1)),
        Facts(deadline_at=BEGAN_AT),
        Facts(run_ms=7_800_000, usual_ms=2_400_000),
        Facts(),
    ),
    Kind.FLAPPING: tuple(
        Facts(changes=6, restarts=n, over=timedelta(minutes=9)) for n in (0, 3, 6)
    ),
    Kind.FROZEN: (Facts(answers=60, total=100), NO_FACTS),
    Kind.UNWRITABLE: (Facts(cause="store-full", detail="/var/lib/watcher/watcher.db: full"),),
    Kind.CONFIG_REFUSED: (Facts(detail="rules.toml:3: listen: found 7", total=1), NO_FACTS),
    Kind.REDEPLOYMENT: (Facts(down_at=BEGAN_AT - timedelta(minutes=3), up_at=BEGAN_AT),),
}


def subject_of(kind: Kind) -> Subject:
    """What an event of that kind is about."""
    if kind is Kind.INCIDENT:
        return incident_subject("prod", "application:application_1_0007")
    if kind in (Kind.BLIND, Kind.FROZEN, Kind.RECONCILED):
        return source_subject("prod")
    if kind in (Kind.UNWRITABLE, Kind.CONFIG_REFUSED):
        return WATCHER
    return channel_subject("oncall") if kind is Kind.UNDELIVERABLE else JOB


def notify(
    kind: Kind = Kind.STATE_MISMATCH,
    *,
    run: RunSummary | None = WRONG,
    previous: RunSummary | None = BEFORE,
    verdict: str | None = None,
    facts: Facts = NO_FACTS,
    subject: Subject | None = None,
    **changes: Any,
) -> Notification:
    """A notification; by default one that a job has stopped."""
    about = subject or subject_of(kind)
    if kind is Kind.STATE_MISMATCH and verdict is None:
        verdict = Verdict.STOPPED
    event = Event(
        id=7,
        kind=kind,
        subject=about,
        detected_at=BEGAN_AT,
        occurred_at=BEGAN_AT,
        run=run if about.job else None,
        previous=previous if about.job else None,
        verdict=verdict,
        facts=facts,
    )
    lasting = kind in LASTING or "count" in changes
    notification = Notification(
        id="5f0c6c0e9d5a4f1e8c1f7a1a2b3c4d5e",
        channel="data",
        alert="a1b2c3d4e5f60718293a4b5c6d7e8f90",
        sequence=12,
        number=1,
        status=Status.FIRING if lasting else Status.OCCURRED,
        reason=Reason.BEGAN,
        rule="job-down",
        severity=Severity.CRITICAL,
        event=event,
        project="test_project" if about.source else None,
        labels={"team": "orders"} if about.job else {},
        began_at=BEGAN_AT if lasting else None,
    )
    return msgspec.structs.replace(notification, **changes)


def ended(kind: Kind = Kind.STATE_MISMATCH, **changes: Any) -> Notification:
    """The end of an alert, six minutes after its beginning."""
    defaults: dict[str, Any] = {
        "run": RIGHT,
        "status": Status.RESOLVED,
        "reason": Reason.RECOVERED,
        "began_at": BEGAN_AT,
        "ended_at": TOLD_AT,
        "number": 2,
    }
    return notify(kind, **{**defaults, **changes})


def facts_of(kind: Kind) -> tuple[Facts, ...]:
    """The facts that events of a kind may carry, each way once."""
    if kind is Kind.RESTART:
        return tuple(Facts(restart=way) for way in Restart)
    if kind is Kind.BLIND:
        return tuple(
            Facts(cause=cause, detail="HTTP 403", affected=n, total=100, last_good_at=BEGAN_AT)
            for cause, n in zip(Cause, (40, 100) * len(Cause), strict=False)
        )
    if kind is Kind.UNDELIVERABLE:
        return (
            Facts(cause="refused", detail="300005 token is not exist"),
            Facts(cause="never-heard"),
        )
    if kind is Kind.RECONCILED:
        many = tuple(f"job_{n}" for n in range(30))
        return (Facts(restarted=many, down=("payments",), errors=("orders_1",)), Facts())
    if kind is Kind.INCIDENT:
        return _facts_of_incidents()
    return FACTS.get(kind, (Facts(),))


def _facts_of_incidents() -> tuple[Facts, ...]:
    names = tuple(f"job_{n}" for n in range(30))
    told = Facts(affected=37, total=1204, back=7, names=names, spread=timedelta(seconds=90))
    shared = {Basis.APPLICATION: "application_1_0007", Basis.ERROR: "IOException-3f9c"}
    return tuple(
        msgspec.structs.replace(told, basis=basis, shared=shared.get(basis), detail="disk full")
        for basis in Basis
    )


def every_notification() -> Iterator[Notification]:
    """All kinds with all verdicts, facts, reasons, statuses and marks that change words."""
    for kind in Kind:
        for verdict in VERDICTS.get(kind, (None,)):
            for facts in facts_of(kind):
                for reason in Reason:
                    for status in Status:
                        yield notify(
                            kind, verdict=verdict, facts=facts, reason=reason, status=status
                        )
        yield notify(kind, standing=True, held=12, count=3, fallback_for="oncall")
        yield notify(kind, run=None, previous=None)
        yield notify(kind, run=RunSummary("orders_1"), previous=RunSummary("orders_1"))
        yield ended(kind, absorbed=True)


def parcel(*notifications: Notification, **changes: Any) -> Parcel:
    """What a channel is handed for one attempt."""
    told = notifications or (notify(),)
    whole = Parcel(
        id=told[0].id if len(told) == 1 else "b0b1b2b3b4b5b6b7b8b9babbbcbdbebf",
        channel="data",
        attempt=1,
        notifications=told,
        made_at=TOLD_AT,
    )
    return msgspec.structs.replace(whole, **changes)
