"""Every message that there can be, derived from the words of the core: for goldens and pictures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import msgspec

from tests.messages.sample import HOUR, MINUTE, SECOND, Sample
from tests.messages.samples import BEGAN_AT, RIGHT, WRONG, ended, notify
from tests.messages.scenes_of_sight import (
    blindnesses,
    frozen,
    reconciliations,
    refusals,
    undeliverables,
    unwritables,
)
from watcher.core.event import LASTING, Facts, Kind, Restart
from watcher.core.notification import Known, Notification, Quiet, Reason
from watcher.core.reading import Cause
from watcher.core.rule import Severity
from watcher.core.run_summary import RunSummary
from watcher.core.storm import Basis
from watcher.core.trend import Heading
from watcher.core.verdict import BatchVerdict, DelayVerdict, Verdict
from watcher.core.why import Why

ENDS: Final = frozenset({Reason.RECOVERED, Reason.PLANNED, Reason.GONE, Reason.UNWATCHED})


class Scene(NamedTuple):
    """What can be told of a kind: its beginnings, each way once, the plainest one first.

    `over` is what an end says otherwise, `never` the reasons that this kind cannot have.
    """

    beginnings: tuple[Sample, ...]
    severity: Severity = Severity.CRITICAL
    over: Mapping[str, Any] = MappingProxyType({"run": RIGHT})
    never: frozenset[Reason] = frozenset()


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


FAILED_RUN: Final = msgspec.structs.replace(
    WRONG, actual_state="FAILED", last_error_at=_ms(BEGAN_AT - 4 * SECOND)
)
PLANNED_RUN: Final = msgspec.structs.replace(RIGHT, expect_state="PAUSED", actual_state="PAUSED")
SLOW: Final = msgspec.structs.replace(RIGHT, input_delay_ms=720_000)
OLD_ERROR: Final = msgspec.structs.replace(WRONG, last_error_at=_ms(BEGAN_AT - 50 * HOUR))
UNTIMED: Final = msgspec.structs.replace(WRONG, last_error_at=None)
DEEP: Final = (
    "org.apache.flink.runtime.JobException: Recovery is suppressed by NoRestart\n"
    "\tat org.apache.flink.runtime.X.handle(X.java:138)\n"
    "Caused by: java.lang.RuntimeException: cannot write order 88412\n"
    "\tat com.acme.Sink.invoke(Sink.java:42)\n"
    "Caused by: java.io.IOException: disk full\n"
    "\tat java.base/java.io.FileOutputStream.write(FileOutputStream.java:3)\n"
    "\tat com.acme.Sink.open(Sink.java:8)\n"
)
ACTUAL: Final = MappingProxyType(
    {
        Verdict.STUCK: "WAITING",
        Verdict.STOPPED: "PAUSED",
        Verdict.FAILED: "FAILED",
        Verdict.ZOMBIE: "RUNNING",
        Verdict.UNKNOWN: "RECOVERING",
    }
)
ALWAYS_NEWS: Final = frozenset({Reason.AGAIN, Reason.WORSE, Reason.PLANNED, Reason.TEST})
"""Reasons of `state-mismatch` only: of runs, verdicts and ExpectState, and of `test-channel`."""
OF_NO_JOB: Final = ALWAYS_NEWS | {Reason.GONE}


def _mismatch(verdict: Verdict) -> Notification:
    run = FAILED_RUN if verdict is Verdict.FAILED else WRONG
    if verdict in (Verdict.STUCK, Verdict.ZOMBIE):
        run = msgspec.structs.replace(run, last_error_message=None, last_error_at=0)
    expect = "TERMINATED" if verdict is Verdict.ZOMBIE else "RUNNING"
    run = msgspec.structs.replace(run, actual_state=ACTUAL[verdict], expect_state=expect)
    return notify(run=run, verdict=verdict)


def _mismatches() -> Iterator[Sample]:
    for verdict in (Verdict.FAILED, *(v for v in Verdict if v is not Verdict.FAILED)):
        yield Sample(verdict, _mismatch(verdict), BEGAN_AT + MINUTE)
    batch = msgspec.structs.replace(FAILED_RUN, expect_state="SUCCESS", job_name="nightly_1")
    yield Sample("failed, batch", notify(run=batch, verdict=Verdict.FAILED), BEGAN_AT)
    yield Sample("an old error beside it", notify(run=OLD_ERROR), BEGAN_AT + MINUTE)
    yield Sample("told at once", notify(run=FAILED_RUN, verdict=Verdict.FAILED), BEGAN_AT)
    yield Sample("standing", notify(standing=True))
    yield Sample("on the fallback", notify(fallback_for="oncall"))
    yield Sample("nothing known", notify(run=None, previous=None, verdict="made-up"))
    plain = msgspec.structs.replace(WRONG, engine_job_handler="jm-0815")
    link = "https://console.example.com/?project=test_project&job=orders_1"
    yield Sample("a page to look at", notify(run=plain, link=link))
    soon = BEGAN_AT + 12 * SECOND
    yield Sample("recovered after 12 s", ended(ended_at=soon, run=_over(FAILED_RUN)))
    yield Sample("recovered, batch", ended(run=_over(batch, "SUCCESS")))
    yield Sample("absorbed", ended(absorbed=True))
    yield Sample("absorbed after 12 s", ended(absorbed=True, ended_at=soon))
    zombie = ended(run=PLANNED_RUN, verdict=Verdict.ZOMBIE)
    yield Sample("recovered, zombie", zombie)
    yield Sample("absorbed, zombie", msgspec.structs.replace(zombie, absorbed=True))
    long_ago = BEGAN_AT - 50 * HOUR
    yield Sample("recovered after days", ended(began_at=long_ago, ended_at=BEGAN_AT))
    unknown = ended(run=PLANNED_RUN, verdict="made-up", absorbed=True)
    yield Sample("absorbed, nothing known", unknown)
    yield from _unhushed()
    yield from _riders()
    yield Sample("three of them", notify(count=3, began_at=BEGAN_AT - 8 * MINUTE))


def _unhushed() -> Iterator[Sample]:
    """What a silence or a maintenance window kept back until now."""
    at, reason = BEGAN_AT + 125 * MINUTE, Reason.SILENCE_ENDED
    for name, why, by in (("silence", Why.SILENCED, "s3f9c"), ("window", Why.WINDOW, "nightly")):
        for hidden in (1, 2, 5):
            quiet = Quiet(why, by, hidden)
            told = notify(quiet=quiet, reason=reason, number=1)
            yield Sample(f"after a {name}, {hidden}", told, at)


def _over(run: RunSummary, actual: str = "RUNNING") -> RunSummary:
    return msgspec.structs.replace(run, actual_state=actual)


def _new_errors() -> Iterator[Sample]:
    yield Sample("new", notify(Kind.NEW_ERROR))
    deep = msgspec.structs.replace(WRONG, last_error_message=DEEP)
    for name, times, jobs in (("first", 1, 1), ("again", 2, 1), ("in many jobs", 41, 6)):
        known = Known("IOException-3f9c1a2b", BEGAN_AT - 50 * 24 * HOUR, times, jobs)
        yield Sample(f"known, {name}", notify(Kind.NEW_ERROR, run=deep, known=known))
    yield Sample("without a time", notify(Kind.NEW_ERROR, run=UNTIMED))
    since = BEGAN_AT - 70 * MINUTE
    yield Sample("after twelve like it", notify(Kind.NEW_ERROR, held=12, began_at=since))
    yield Sample("after some like it", notify(Kind.NEW_ERROR, held=3))
    yield from _counted(Kind.NEW_ERROR)


def _counted(kind: Kind, **changes: Any) -> Iterator[Sample]:
    """A counting rule's alert: it begins, lasts and ends, also of a kind that only occurs."""
    began = BEGAN_AT - 8 * MINUTE
    yield Sample("three within a time", notify(kind, count=3, began_at=began, **changes))
    yield Sample("three at once", notify(kind, count=3, **changes))
    remind = notify(kind, count=3, began_at=began, reason=Reason.REMINDER, **changes)
    yield Sample("three, reminder", remind)
    yield Sample("three, over", ended(kind, began_at=began, **changes))
    yield Sample("three, over, absorbed", ended(kind, began_at=began, absorbed=True, **changes))


def _restarts() -> Iterator[Sample]:
    for way in Restart:
        yield Sample(way, notify(Kind.RESTART, run=RIGHT, facts=Facts(restart=way)))
    anew = Facts(restart=Restart.REDEPLOYED)
    yield Sample("identity unknown", notify(Kind.RESTART, run=None, previous=None, facts=anew))
    yield Sample("way unknown", notify(Kind.RESTART, run=RIGHT))
    yield from _counted(Kind.RESTART, run=RIGHT, facts=Facts(restart=Restart.BOUNCED))


def _flapping() -> Iterator[Sample]:
    facts = Facts()
    for name, changes, restarts in (("some", 14, 3), ("all", 9, 9), ("no restart", 6, 0)):
        facts = Facts(changes=changes, restarts=restarts, over=10 * MINUTE)
        yield Sample(name, notify(Kind.FLAPPING, run=RIGHT, facts=facts))
    yield Sample("nothing known", notify(Kind.FLAPPING, run=RIGHT))
    yield Sample("calm, stopped", ended(Kind.FLAPPING, run=PLANNED_RUN, facts=facts))
    yield Sample("calm, absorbed", ended(Kind.FLAPPING, facts=facts, absorbed=True))


def _redeployments() -> Iterator[Sample]:
    facts = Facts(down_at=BEGAN_AT - 3 * MINUTE, up_at=BEGAN_AT)
    yield Sample("redeployed", notify(Kind.REDEPLOYMENT, run=RIGHT, facts=facts))
    quick = Facts(down_at=BEGAN_AT - 12 * SECOND, up_at=BEGAN_AT)
    yield Sample("within a minute", notify(Kind.REDEPLOYMENT, run=RIGHT, facts=quick))


def _riders() -> Iterator[Sample]:
    """What happened to the job beside the trouble that is told, in its message."""
    other = msgspec.structs.replace(WRONG, last_error_message="java.io.IOException: disk full")
    events = (
        notify(Kind.NEW_ERROR, run=other).event,
        notify(Kind.STATE_CHANGE, run=RIGHT, previous=None).event,
        notify(Kind.RESTART, run=RIGHT, facts=Facts(restart=Restart.FAILED_OVER)).event,
        notify(Kind.NEW_ERROR, run=RIGHT).event,
    )
    yield Sample("with riders", notify(riders=events))
    yield Sample("with many riders", notify(riders=3 * events))
    yield Sample("absorbed with riders", ended(absorbed=True, riders=events))


def _incidents() -> Iterator[Sample]:
    names = tuple(f"orders_enrich_{n}" for n in range(20))
    error = "java.io.IOException: disk full"
    cause = Facts(affected=37, total=120, basis=Basis.APPLICATION, names=names, detail=error)
    app = msgspec.structs.replace(cause, shared="application_1564648959240_0125")
    yield Sample("application", notify(Kind.INCIDENT, facts=app))
    same = msgspec.structs.replace(cause, basis=Basis.ERROR, shared="IOException-3f9c")
    yield Sample("error", notify(Kind.INCIDENT, facts=same))
    spread = 40 * SECOND
    near = Facts(affected=12, total=120, basis=Basis.TIME, spread=spread, names=names[:12])
    yield Sample("time", notify(Kind.INCIDENT, facts=near))
    at_once = msgspec.structs.replace(near, spread=0 * SECOND)
    yield Sample("at once", notify(Kind.INCIDENT, facts=at_once))
    half = msgspec.structs.replace(app, back=12, names=names)
    yield Sample("reminder, half back", notify(Kind.INCIDENT, facts=half, reason=Reason.REMINDER))
    over = msgspec.structs.replace(app, back=37, names=())
    yield Sample("all back", ended(Kind.INCIDENT, facts=over))
    rest = msgspec.structs.replace(app, back=34, left=1, names=names[:2])
    yield Sample("stragglers", ended(Kind.INCIDENT, facts=rest))
    yield Sample(
        "all back, of a time",
        ended(Kind.INCIDENT, facts=msgspec.structs.replace(near, back=12, names=())),
    )
    yield Sample("absorbed", ended(Kind.INCIDENT, facts=over, absorbed=True))


def _delays() -> Iterator[Sample]:
    facts = Facts(threshold_ms=300_000)
    yield Sample("high", notify(Kind.INPUT_DELAY, run=SLOW, facts=facts))
    unmeasured = msgspec.structs.replace(RIGHT, input_delay_ms=-99_999_999)
    yield Sample("unmeasured", notify(Kind.INPUT_DELAY, run=unmeasured, facts=facts))
    yield Sample("absorbed", ended(Kind.INPUT_DELAY, absorbed=True))
    to: dict[str, Any] = {"run": SLOW, "verdict": DelayVerdict.GROWING}
    hour = Heading(3_600_000, BEGAN_AT + 78 * MINUTE)
    for name, slope, heading in (("growing", 40_000, hour), ("growing, no end seen", 40_000, None)):
        led = Facts(threshold_ms=300_000, slope_ms=slope, heading=heading)
        yield Sample(name, notify(Kind.INPUT_DELAY, facts=led, **to))
    caught = Heading(0, BEGAN_AT + 20 * MINUTE)
    for name, heading in (("falling", caught), ("falling, no end seen", None)):
        led = Facts(threshold_ms=300_000, slope_ms=-60_000, heading=heading)
        yield Sample(name, notify(Kind.INPUT_DELAY, facts=led, **to))
    still = Facts(threshold_ms=300_000, polls=30)
    rests: dict[str, Any] = {"run": SLOW, "verdict": DelayVerdict.FROZEN}
    yield Sample("frozen", notify(Kind.INPUT_DELAY, facts=still, **rests))
    yield Sample("moves again", ended(Kind.INPUT_DELAY, facts=still, verdict=DelayVerdict.FROZEN))
    away = ended(Kind.INPUT_DELAY, verdict=DelayVerdict.FROZEN, absorbed=True)
    yield Sample("absorbed, frozen", away)


def _lateness() -> Iterator[Sample]:
    due = Facts(deadline_at=BEGAN_AT, last_good_at=BEGAN_AT - 24 * HOUR)
    run = msgspec.structs.replace(RIGHT, expect_state="SUCCESS")
    late: dict[str, Any] = {"run": run, "verdict": BatchVerdict.LATE}
    yield Sample("late", notify(Kind.BATCH_LATE, facts=due, **late))
    never = Facts(deadline_at=BEGAN_AT)
    yield Sample("late, never done", notify(Kind.BATCH_LATE, facts=never, **late))
    span = Facts(run_ms=5_400_000, usual_ms=1_500_000)
    long: dict[str, Any] = {"run": run, "verdict": BatchVerdict.LONG}
    yield Sample("long", notify(Kind.BATCH_LATE, facts=span, **long))
    yield Sample(
        "long, reminder", notify(Kind.BATCH_LATE, facts=span, reason=Reason.REMINDER, **long)
    )
    yield Sample("nothing known", notify(Kind.BATCH_LATE, run=run))
    done: dict[str, Any] = {"run": _over(run, "SUCCESS")}
    yield Sample("done", ended(Kind.BATCH_LATE, facts=due, verdict=BatchVerdict.LATE, **done))
    yield Sample("long, over", ended(Kind.BATCH_LATE, facts=span, **long))
    yield Sample("over, nothing known", ended(Kind.BATCH_LATE, run=run))
    for name, verdict in (("late", BatchVerdict.LATE), ("long", BatchVerdict.LONG)):
        told = ended(Kind.BATCH_LATE, verdict=verdict, facts=due, absorbed=True, **done)
        yield Sample(f"absorbed, {name}", told)


def _changes() -> Iterator[Sample]:
    yield Sample("changed", notify(Kind.STATE_CHANGE))
    yield Sample("from nothing known", notify(Kind.STATE_CHANGE, previous=None))
    yield from _counted(Kind.STATE_CHANGE)


def _appearances() -> Iterator[Sample]:
    yield Sample("appeared", notify(Kind.APPEARED, run=RIGHT, previous=None))
    yield from _counted(Kind.APPEARED, run=RIGHT, previous=None)


SCENES: Final[Mapping[Kind, Scene]] = MappingProxyType(
    {
        Kind.STATE_MISMATCH: Scene(tuple(_mismatches())),
        Kind.NEW_ERROR: Scene(tuple(_new_errors()), Severity.WARNING),
        Kind.STATE_CHANGE: Scene(tuple(_changes()), Severity.INFO),
        Kind.RESTART: Scene(tuple(_restarts()), Severity.ERROR),
        Kind.INPUT_DELAY: Scene(
            tuple(_delays()), Severity.ERROR, never=ALWAYS_NEWS - {Reason.PLANNED}
        ),
        Kind.BATCH_LATE: Scene(
            tuple(_lateness()), Severity.ERROR, never=ALWAYS_NEWS - {Reason.PLANNED}
        ),
        Kind.INCIDENT: Scene(
            tuple(_incidents()),
            over={"facts": Facts(affected=37, total=120, back=37)},
            never=OF_NO_JOB,
        ),
        Kind.MISSING: Scene(
            (
                Sample("missing", notify(Kind.MISSING)),
                Sample("absorbed", ended(Kind.MISSING, absorbed=True)),
            ),
            Severity.WARNING,
            never=ALWAYS_NEWS,
        ),
        Kind.APPEARED: Scene(tuple(_appearances()), Severity.INFO),
        Kind.BLIND: Scene(
            tuple(blindnesses()),
            over={"facts": Facts(cause=Cause.DNS)},
            never=OF_NO_JOB - {Reason.WORSE},
        ),
        Kind.FROZEN: Scene(tuple(frozen()), never=OF_NO_JOB),
        Kind.UNDELIVERABLE: Scene(tuple(undeliverables()), never=OF_NO_JOB),
        Kind.RECONCILED: Scene(tuple(reconciliations()), Severity.INFO),
        Kind.FLAPPING: Scene(tuple(_flapping()), Severity.WARNING, never=ALWAYS_NEWS),
        Kind.REDEPLOYMENT: Scene(tuple(_redeployments()), Severity.INFO),
        Kind.CONFIG_REFUSED: Scene(
            tuple(refusals()),
            Severity.WARNING,
            never=OF_NO_JOB - {Reason.AGAIN} | {Reason.UNWATCHED},
        ),
        Kind.UNWRITABLE: Scene(
            tuple(unwritables()), never=frozenset(Reason) - {Reason.BEGAN, Reason.RECOVERED}
        ),
    }
)
"""What can be told of each kind; a new kind needs its scene here."""


def samples_of(kind: Kind) -> Iterator[Sample]:
    """Every message about a kind: its beginnings, then each reason that can follow one."""
    severity = SCENES[kind].severity
    for one in _samples(kind):
        gone = one.told.reason is Reason.GONE
        told = msgspec.structs.replace(one.told, severity=Severity.INFO if gone else severity)
        yield one._replace(told=told)


def _samples(kind: Kind) -> Iterator[Sample]:
    scene = SCENES[kind]
    yield from scene.beginnings
    if kind not in LASTING:
        return
    first = scene.beginnings[0].told
    for reason in (reason for reason in Reason if reason not in {Reason.BEGAN, *scene.never}):
        if reason in ENDS:
            yield Sample(reason, _end(kind, first, reason, scene.over))
        else:
            later = msgspec.structs.replace(first, reason=reason, number=2)
            yield Sample(reason, later, BEGAN_AT + 125 * MINUTE)


def _end(kind: Kind, first: Notification, reason: Reason, over: Mapping[str, Any]) -> Notification:
    said: dict[str, Any] = {"verdict": first.event.verdict, **over}
    if reason is Reason.PLANNED:
        said["run"] = PLANNED_RUN
    return ended(kind, reason=reason, **said)


def every_sample() -> Iterator[Sample]:
    """Every message about every kind."""
    for kind in Kind:
        yield from samples_of(kind)
