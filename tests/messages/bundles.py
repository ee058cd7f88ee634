"""Bundles as storms and recoveries make them, of every size."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any, Final

import msgspec

from tests.messages.samples import BEGAN_AT, RIGHT, WRONG, ended, notify
from tests.messages.scenes import samples_of
from watcher.core.event import Kind
from watcher.core.notification import Notification, Quiet, Reason
from watcher.core.rule import Severity
from watcher.core.subject import Subject, job_subject
from watcher.core.verdict import BatchVerdict, DelayVerdict, Verdict
from watcher.core.why import Why

SECOND: Final = timedelta(seconds=1)


def job(number: int) -> Subject:
    """The subject of one of many jobs."""
    return job_subject("prod", "FLINK_STREAM", f"orders_enrich_{number}")


def storm(many: int) -> tuple[Notification, ...]:
    """Jobs of one cluster that fail within seconds, every third one only stopped."""
    return tuple(_failure(n, begun=BEGAN_AT + n * SECOND) for n in range(many))


def _failure(number: int, *, begun: Any, **changes: Any) -> Notification:
    verdict = Verdict.FAILED if number % 3 else Verdict.STOPPED
    run = msgspec.structs.replace(WRONG, job_name=f"orders_enrich_{number}")
    return notify(
        run=run, verdict=verdict, subject=job(number), began_at=begun, sequence=number, **changes
    )


def _mixed() -> tuple[Notification, ...]:
    other = msgspec.structs.replace(WRONG, last_error_message="java.io.IOException: disk full")
    behind = msgspec.structs.replace(RIGHT, input_delay_ms=720_000)
    return (
        notify(Kind.INPUT_DELAY, run=behind, severity=Severity.WARNING, subject=job(4)),
        notify(Kind.NEW_ERROR, run=other, severity=Severity.WARNING, rule="errors", subject=job(3)),
        notify(run=other, verdict=Verdict.FAILED, subject=job(2), mention=True),
        ended(subject=job(1)),
        notify(Kind.BLIND, severity=Severity.ERROR, rule="blind"),
    )


def _elsewhere(number: int) -> Subject:
    return job_subject("prod" if number % 2 else "test", "FLINK_STREAM", f"job_{number}")


def _verdicts() -> tuple[Notification, ...]:
    verdicts = (*Verdict, "made-up")
    return tuple(notify(verdict=one, subject=job(n)) for n, one in enumerate(verdicts))


def _each(reason: Reason) -> tuple[Notification, ...]:
    return tuple(notify(reason=reason, subject=job(n)) for n in range(3))


BUNDLES: Final[Mapping[str, tuple[Notification, ...]]] = MappingProxyType(
    {
        "3 jobs": storm(3),
        "30 jobs": storm(30),
        "300 jobs": storm(300),
        "3 recoveries": tuple(ended(subject=job(n)) for n in range(3)),
        "planned, gone, unwatched": (
            ended(subject=job(1), reason=Reason.PLANNED),
            ended(subject=job(2), reason=Reason.GONE),
            ended(subject=job(3), reason=Reason.UNWATCHED),
        ),
        "standing at the start": tuple(notify(standing=True, subject=job(n)) for n in range(3)),
        "two errors of one job": (notify(Kind.NEW_ERROR), notify(Kind.NEW_ERROR)),
        "a digest": _mixed(),
        "one of every kind": tuple(next(samples_of(kind)).told for kind in Kind),
        "every verdict": _verdicts(),
        "delays": tuple(
            notify(Kind.INPUT_DELAY, verdict=one, subject=job(n))
            for n, one in enumerate(DelayVerdict)
        ),
        "late": tuple(
            notify(Kind.BATCH_LATE, verdict=one, subject=job(n))
            for n, one in enumerate(BatchVerdict)
        ),
        "many of two sources": tuple(notify(subject=_elsewhere(n)) for n in range(14)),
        "on the fallback": tuple(notify(fallback_for="oncall", subject=job(n)) for n in range(3)),
        "after a window": tuple(
            notify(
                reason=Reason.SILENCE_ENDED, quiet=Quiet(Why.WINDOW, "nightly", 9), subject=job(n)
            )
            for n in range(3)
        ),
        **{str(r): _each(r) for r in Reason if r not in (Reason.BEGAN, Reason.RECOVERED)},
    }
)
"""What reaches a chat together, by what it is."""
