"""What happened to whom, on one line."""

from __future__ import annotations

from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from watcher.core.event import Kind
from watcher.core.notification import Notification, Reason, Status
from watcher.core.rule import Severity
from watcher.core.run_summary import RUNNING, RunSummary, delay_of
from watcher.core.subject import Subject
from watcher.core.verdict import BatchVerdict, DelayVerdict
from watcher.messages import incident, plain
from watcher.messages.quiet import over
from watcher.messages.restless import flapping, redeployment
from watcher.messages.wording import Wording

SIGNS: Final = MappingProxyType(
    {
        Severity.CRITICAL: "🔴",
        Severity.ERROR: "🟠",
        Severity.WARNING: "🟡",
        Severity.INFO: "🔵",
    }
)
RECOVERED_SIGN: Final = "✅"
ENDED_SIGN: Final = "⚪"

_ENDS: Final = frozenset({Reason.RECOVERED, Reason.PLANNED, Reason.GONE, Reason.UNWATCHED})


def sign(notification: Notification) -> str:
    """The sign that is seen before anything is read: the severity's colour, or how it ended."""
    if notification.status is not Status.RESOLVED:
        return SIGNS[notification.severity]
    event = notification.event
    # A job that has calmed may have stayed down; of an incident some may have.
    calm_but_down = event.kind is Kind.FLAPPING and event.verdict is not None
    if calm_but_down or (event.kind is Kind.INCIDENT and event.facts.names):
        return ENDED_SIGN
    return RECOVERED_SIGN if notification.reason is Reason.RECOVERED else ENDED_SIGN


def subject_name(subject: Subject, words: Wording) -> str:
    """How a job, a source, a channel or the watcher itself is called in a message."""
    if subject.channel is not None:
        return words.say("subject.channel", channel=plain.name(subject.channel))
    if subject.source is None:
        return words.say("subject.watcher")
    source = plain.name(subject.source)
    if subject.job is None:
        return words.say("subject.source", source=source)
    return words.say("subject.job", source=source, job=plain.name(subject.job))


def title(notification: Notification, told_at: datetime, words: Wording) -> str:
    """The title without its sign: name, what happened and, where it has lasted, how long."""
    about_many = notification.event.kind is Kind.INCIDENT
    name = (
        incident.name(notification, words)
        if about_many
        else subject_name(notification.subject, words)
    )
    if notification.status is Status.RESOLVED:
        return _end_title(notification, name, told_at, words)
    reason = over(notification.reason, (notification,))
    key = "began" if notification.reason in _ENDS else reason
    told = what(notification, told_at, words)
    if notification.reason is Reason.BEGAN:
        return words.say("title.began", name=name, what=told)
    span = words.span(lasted(notification, told_at))
    key = words.first_known(f"title.{key}.{_sort(notification)}", f"title.{key}")
    return words.say(key, name=name, what=told, span=span)


def what(notification: Notification, told_at: datetime, words: Wording) -> str:
    """What happened, as the sentence's end after a name."""
    event = notification.event
    if notification.count is not None:
        return _counted(notification, notification.count, words)
    match event.kind:
        case Kind.STATE_CHANGE:
            said = _state_change(notification, words)
        case Kind.INPUT_DELAY:
            said = _behind(notification, words)
        case Kind.BATCH_LATE:
            said = _undone(notification, told_at, words)
        case Kind.BLIND:
            said = _blind(notification, words)
        case Kind.FLAPPING:
            said = flapping(notification, words)
        case Kind.REDEPLOYMENT:
            said = redeployment(notification, words)
        case Kind.INCIDENT:
            said = incident.what(notification, words)
        case Kind.NEW_ERROR:
            said = _new_error(notification, words)
        case _:
            said = _plainly(notification, words)
    return said


def _state_change(notification: Notification, words: Wording) -> str:
    event = notification.event
    before, now = actual_state(event.previous, words), actual_state(event.run, words)
    return words.say("what.state-change", before=before, now=now)


def _new_error(notification: Notification, words: Wording) -> str:
    """That there is one, and where the job is down besides, in which state."""
    run = notification.event.run
    if run is None or run.expect_state != RUNNING or run.actual_state in (None, RUNNING):
        return words.say("what.new-error")
    return words.say("what.new-error.down", actual=actual_state(run, words))


def _plainly(notification: Notification, words: Wording) -> str:
    event, facts = notification.event, notification.event.facts
    if event.kind is Kind.RECONCILED and not (facts.restarted or facts.down or facts.errors):
        return words.say("what.reconciled.nothing")
    detail = event.verdict or facts.restart
    return words.say(words.first_known(f"what.{event.kind}.{detail}", f"what.{event.kind}"))


def state(value: str | None, words: Wording) -> str:
    """A state as the API writes it, or that it is not known."""
    return plain.name(value) or words.say("state.none")


def actual_state(run: RunSummary | None, words: Wording) -> str:
    """ActualState as the API writes it, or that it is not known."""
    return state(run.actual_state if run else None, words)


def began_at(notification: Notification) -> datetime:
    """The beginning of the trouble; for what only occurs, when it occurred."""
    return notification.began_at or notification.event.occurred_at


def lasted(notification: Notification, told_at: datetime) -> timedelta:
    """How long the trouble has lasted until its end, or until it is told.

    Counted between whole seconds, as the times themselves are shown.
    """
    ended, began = notification.ended_at or told_at, began_at(notification)
    return max(ended.replace(microsecond=0) - began.replace(microsecond=0), timedelta(0))


def _end_title(notification: Notification, name: str, told_at: datetime, words: Wording) -> str:
    began, ended = began_at(notification), notification.ended_at or told_at
    reason = notification.reason if notification.reason in _ENDS else Reason.RECOVERED
    if notification.event.kind is Kind.INCIDENT:
        span = words.span(lasted(notification, told_at))
        said = incident.end_title(notification, span, words)
        absorbed = notification.absorbed
        return incident.when_absorbed(said, began, told_at, words) if absorbed else said
    key = words.first_known(f"title.{reason}.{_sort(notification)}", f"title.{reason}")
    due_at = notification.event.facts.deadline_at or began
    return words.say(
        "title.absorbed" if notification.absorbed else key,
        name=name,
        end=_end(notification, words),
        was=_was(notification, words),
        when=words.between(began, ended, told_at),
        ended=words.moment(ended, told_at),
        span=words.span(lasted(notification, told_at)),
        late=words.span(ended - due_at),
    )


def _sort(notification: Notification) -> str:
    """Kind and verdict, as words are kept by them."""
    return f"{notification.event.kind}.{notification.event.verdict}"


def _end(notification: Notification, words: Wording) -> str:
    event = notification.event
    if notification.reason is not Reason.RECOVERED and words.knows(f"end.{notification.reason}"):
        expected = state(event.run.expect_state if event.run else None, words)
        return words.say(f"end.{notification.reason}", expected=expected)
    actual = event.run.actual_state if event.run else None
    sorts = (f"{event.kind}.{actual}", f"{event.kind}.{event.verdict}", event.kind, "other")
    key = words.first_known(*(f"end.{sort}" for sort in sorts))
    return words.say(key, actual=state(actual, words))


def _was(notification: Notification, words: Wording) -> str:
    event = notification.event
    return words.say(
        words.first_known(f"was.{event.kind}.{event.verdict}", f"was.{event.kind}", "was.other")
    )


def _counted(notification: Notification, count: int, words: Wording) -> str:
    event = notification.event
    counted = words.say(words.first_known(f"counted.{event.kind}", "counted"), n=count)
    if notification.began_at is None or notification.began_at >= event.detected_at:
        return counted
    span = words.span(event.detected_at - notification.began_at)
    return words.say("counted.within", what=counted, span=span)


def _behind(notification: Notification, words: Wording) -> str:
    run = notification.event.run
    delay = delay_of(run) if run else None
    if delay is None:
        return words.say("what.input-delay.unmeasured")
    shown, rate = milliseconds(delay, words), notification.event.facts.slope_ms
    if notification.event.verdict == DelayVerdict.GROWING and rate is not None and rate > 0:
        return words.say("what.input-delay.growing", delay=shown, rate=milliseconds(rate, words))
    rests = notification.event.verdict == DelayVerdict.FROZEN
    return words.say("what.input-delay.frozen" if rests else "what.input-delay", delay=shown)


def _undone(notification: Notification, told_at: datetime, words: Wording) -> str:
    """That a batch job is late, or its run long; without numbers where there are none."""
    facts, verdict = notification.event.facts, notification.event.verdict
    if verdict == BatchVerdict.LATE and facts.deadline_at is not None:
        deadline = words.moment(facts.deadline_at, told_at)
        return words.say("what.batch-late.late", deadline=deadline)
    if verdict == BatchVerdict.LONG and facts.run_ms is not None and facts.usual_ms is not None:
        run, usual = milliseconds(facts.run_ms, words), milliseconds(facts.usual_ms, words)
        return words.say("what.batch-late.long", lasted=run, usual=usual)
    return words.say(f"what.{Kind.BATCH_LATE}")


def milliseconds(number: int, words: Wording) -> str:
    """A number of milliseconds as a span for people; absurdly large ones as the largest span."""
    return words.lag(number)


def _blind(notification: Notification, words: Wording) -> str:
    facts = notification.event.facts
    if facts.affected is None or facts.total is None:
        return words.say("what.blind")
    if not facts.affected:
        return words.say("what.blind.listing", total=facts.total)
    key = "what.blind.all" if facts.affected >= facts.total else "what.blind.some"
    return words.say(key, affected=facts.affected, total=facts.total)
