"""The facts under a title: state, times, error, what it was before and where to look."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from watcher.core.event import Kind, Restart
from watcher.core.notification import Notification, Status
from watcher.core.run_summary import RunSummary, delay_of
from watcher.messages import incident, plain
from watcher.messages.error import error_facts
from watcher.messages.lateness import lateness
from watcher.messages.message import Line
from watcher.messages.quiet import quiet_note
from watcher.messages.restless import also, changes_of, times_of
from watcher.messages.retold import retell
from watcher.messages.times import moment_of
from watcher.messages.title import began_at, lasted, milliseconds, state
from watcher.messages.wording import Wording

MOST_LABELS: Final = 10
MOST_NAMES: Final = 20
MOST_FAULTS: Final = 5
DETAIL_CHARACTERS: Final = 300


def details(notification: Notification, told_at: datetime, words: Wording) -> tuple[Line, ...]:
    """The lines of one message, in the order in which a tired person asks for them."""
    facts = (
        *_happening(notification, told_at, words),
        *_times(notification, told_at, words),
        *error_facts(notification, told_at, words),
        *(("also", text) for text in also(notification, told_at, words)),
        *_before(notification, words),
        *_place(notification, words),
        *_notes(notification, told_at, words),
    )
    return tuple(Line(words.say(f"label.{label}"), text) for label, text in facts if text)


Facts = Iterator[tuple[str, str]]


def _happening(notification: Notification, told_at: datetime, words: Wording) -> Facts:
    kind = notification.event.kind
    if kind is Kind.BLIND:
        yield from _blind(notification, told_at, words)
    elif kind is Kind.FROZEN:
        yield from _frozen(notification, words)
    elif kind is Kind.INCIDENT:
        yield from incident.details(notification, words)
    elif kind is Kind.UNDELIVERABLE:
        yield from _undeliverable(notification, words)
    elif kind is Kind.UNWRITABLE:
        yield from _unwritable(notification, words)
    elif kind is Kind.CONFIG_REFUSED:
        yield from _refused(notification, words)
    elif kind is Kind.RECONCILED:
        yield from _reconciled(notification, words)
    elif kind is Kind.MISSING and notification.status is not Status.RESOLVED:
        yield "missing", words.say("missing")
    else:
        yield from _run(notification, told_at, words)


def _run(notification: Notification, told_at: datetime, words: Wording) -> Facts:
    run = notification.event.run
    if run is not None and (run.expect_state or run.actual_state):
        right = run.actual_state is not None and run.actual_state == run.expect_state
        expected, actual = state(run.expect_state, words), state(run.actual_state, words)
        key = "state.right" if right else "state.expected"
        yield "state", words.say(key, expected=expected, actual=actual)
    if notification.event.kind is Kind.INPUT_DELAY:
        yield "delay", _delay(notification, words)
    if notification.event.kind is Kind.FLAPPING:
        yield "changes", changes_of(notification.event.facts, words)
    yield from lateness(notification, told_at, words)
    if notification.event.kind is Kind.RESTART:
        yield "restart", _restart(notification, words)


def _delay(notification: Notification, words: Wording) -> str:
    run, threshold = notification.event.run, notification.event.facts.threshold_ms
    current = delay_of(run) if run else None
    if current is None:
        return ""
    delay = milliseconds(current, words)
    if threshold is None or notification.status is Status.RESOLVED:
        return words.say("delay.now", delay=delay)
    return words.say("delay", delay=delay, threshold=milliseconds(threshold, words))


def _restart(notification: Notification, words: Wording) -> str:
    event = notification.event
    way = event.facts.restart
    if way is None or notification.status is Status.RESOLVED:
        return ""
    now, before = _identity(event.run, way), _identity(event.previous, way)
    unknown = words.say("state.none")
    return words.say(f"restart.{way}", now=now or unknown, before=before or unknown)


def _identity(run: RunSummary | None, way: Restart) -> str:
    """That part of a run's identity which changes when a job restarts this way."""
    if run is None:
        return ""
    application, flink_job = _handler_parts(run)
    parts = MappingProxyType(
        {Restart.RESUBMITTED: application, Restart.FAILED_OVER: flink_job or application}
    )
    return parts.get(way, plain.name(str(run.instance_id or "")))


def _blind(notification: Notification, told_at: datetime, words: Wording) -> Facts:
    if notification.status is Status.RESOLVED:
        yield "cause-then", cause_of(notification, words)
        return
    yield "last-good", _last_good(notification, told_at, words)
    yield from _cause(notification, words)


def _last_good(notification: Notification, told_at: datetime, words: Wording) -> str:
    at = notification.event.facts.last_good_at
    return words.say("blind.never") if at is None else moment_of(at, notification, told_at, words)


def _frozen(notification: Notification, words: Wording) -> Facts:
    facts = notification.event.facts
    if notification.status is Status.RESOLVED:
        return
    if facts.answers is not None and facts.total is not None:
        yield "answers", words.say("frozen", answers=facts.answers, total=facts.total)
    yield "note", words.say("frozen.note")


def _undeliverable(notification: Notification, words: Wording) -> Facts:
    if notification.status is Status.RESOLVED:
        return
    yield from _cause(notification, words)
    if notification.event.facts.affected:
        yield "waiting", words.count("waiting", notification.event.facts.affected)


def _unwritable(notification: Notification, words: Wording) -> Facts:
    if notification.status is Status.RESOLVED:
        yield "note", words.say("note.writable")
        return
    yield from _cause(notification, words)
    yield "note", words.say("note.unwritable")


def _refused(notification: Notification, words: Wording) -> Facts:
    """The first faults of the file, and what to do."""
    if notification.status is Status.RESOLVED:
        return
    facts = notification.event.facts
    shown = (facts.detail or "").splitlines()[:MOST_FAULTS]
    for fault in shown:
        yield "fault", plain.short_line(fault, DETAIL_CHARACTERS)
    hidden = (facts.total or 0) - len(shown)
    if hidden > 0:
        yield "fault", words.say("fault.more", n=hidden)
    yield "note", words.say("note.config-refused")


def cause_of(notification: Notification, words: Wording) -> str:
    """Why a source cannot be seen or a channel cannot be told; empty where nothing says it."""
    kind, facts = notification.event.kind, notification.event.facts
    if facts.clock_ahead is not None:
        return _clock(facts.clock_ahead, words)
    # What to do about it is of no use when it is over.
    advice = () if notification.status is Status.RESOLVED else (f"{kind}.cause.{facts.cause}",)
    key = words.first_known(*advice, f"cause.{facts.cause}")
    return words.say(key) if words.knows(key) else plain.name(facts.cause)


def _clock(ahead: timedelta, words: Wording) -> str:
    """How far this machine's clock is off, to the second: the one number that mends it."""
    way = "fast" if ahead > timedelta(0) else "slow"
    seconds = round(abs(ahead).total_seconds())
    span = words.span(timedelta(seconds=seconds))
    return words.say(f"blind.cause.clock.{way}", seconds=seconds, span=span)


def _cause(notification: Notification, words: Wording) -> Facts:
    facts = notification.event.facts
    if cause := cause_of(notification, words):
        yield "cause", cause
    if facts.detail:
        yield "detail", plain.short_line(retell(facts.detail, words), DETAIL_CHARACTERS)


def _reconciled(notification: Notification, words: Wording) -> Facts:
    facts = notification.event.facts
    changed = (("restarted", facts.restarted), ("down", facts.down), ("errors", facts.errors))
    for label, names in changed:
        if names:
            yield label, _names(names, words)


def _names(names: tuple[str, ...], words: Wording) -> str:
    key = "names.one" if len(names) == 1 else "names"
    return words.say(key, n=len(names), names=listed(names, words))


def listed(names: Sequence[str], words: Wording) -> str:
    """Names in a row; of many the first ones, and how many more there are."""
    shown = words.say("list").join(plain.name(name) for name in names[:MOST_NAMES])
    hidden = len(names) - MOST_NAMES
    return words.say("names.more", names=shown, n=hidden) if hidden > 0 else shown


def _times(notification: Notification, told_at: datetime, words: Wording) -> Facts:
    began, zone = began_at(notification), words.zone_name(told_at)
    span = lasted(notification, told_at)
    if notification.status is Status.RESOLVED:
        when = words.between(began, notification.ended_at or told_at, told_at)
        yield "lasted", words.say("lasted", span=words.span(span), when=when, zone=zone)
    elif notification.event.kind is Kind.RECONCILED:
        yield "unseen", words.say("since.now", at=_unseen(notification, told_at, words), zone=zone)
    elif notification.event.kind is Kind.REDEPLOYMENT:
        yield "down", _down(notification, told_at, words)
    elif notification.status is Status.OCCURRED:
        occurred = moment_of(notification.event.occurred_at, notification, told_at, words)
        yield "at", words.say("since.now", at=occurred, zone=zone)
    else:
        key = "since" if span >= timedelta(seconds=1) else "since.now"
        at = moment_of(began, notification, told_at, words)
        yield "since", words.say(key, at=at, zone=zone, span=words.span(span))


def _down(notification: Notification, told_at: datetime, words: Wording) -> str:
    down_at, up_at = times_of(notification.event)
    when, span = words.between(down_at, up_at, told_at), words.span(up_at - down_at)
    return words.say("lasted", span=span, when=when, zone=words.zone_name(told_at))


def _unseen(notification: Notification, told_at: datetime, words: Wording) -> str:
    begin = notification.event.facts.last_good_at or began_at(notification)
    end = notification.ended_at or notification.event.detected_at
    return words.between(begin, end, told_at)


def _before(notification: Notification, words: Wording) -> Facts:
    previous, run = notification.event.previous, notification.event.run
    if previous is None or previous.actual_state is None:
        return
    if run is not None and run.actual_state == previous.actual_state:
        return
    if notification.event.kind is Kind.STATE_CHANGE:
        return
    before, look = state(previous.actual_state, words), ""
    if previous.instance_id is not None:
        look = words.say("look.instance", id=plain.name(str(previous.instance_id)))
    yield "before", words.say("before", state=before, look=look) if look else before


def _place(notification: Notification, words: Wording) -> Facts:
    subject, separator = notification.subject, words.say("separator")
    project = plain.name(notification.project)
    parts = [plain.name(subject.job), plain.name(subject.job_type)] if subject.job else []
    parts += [words.say("project", project=project)] if project else []
    # Nobody has to look for what is over.
    over = notification.status is Status.RESOLVED
    if subject.job or not over:
        yield "job" if subject.job else "look", separator.join(part for part in parts if part)
    if over:
        return
    labels = sorted(notification.labels.items())[:MOST_LABELS]
    yield "labels", separator.join(f"{plain.name(key)}={plain.name(text)}" for key, text in labels)
    if notification.event.run is not None:
        yield "look", " · ".join(_look(notification.event.run, words))


def _look(run: RunSummary, words: Wording) -> Iterator[str]:
    """By which names the run is found in the console, in YARN and in Flink."""
    if run.instance_id is not None:
        yield words.say("look.instance", id=plain.name(str(run.instance_id)))
    application, flink_job = _handler_parts(run)
    if flink_job:
        yield words.say("look.yarn", id=application)
        yield words.say("look.flink", id=flink_job)
    elif application:
        yield words.say("look.handler", id=application)


def _handler_parts(run: RunSummary) -> tuple[str, str]:
    """`application | job` as its two names; without a bar, the whole and nothing."""
    application, _, flink_job = plain.short_line(
        run.engine_job_handler, 2 * plain.NAME_CHARACTERS
    ).partition("|")
    return plain.name(application), plain.name(flink_job)


def _notes(notification: Notification, told_at: datetime, words: Wording) -> Facts:
    yield (
        "rule",
        words.say(
            "rule",
            rule=plain.name(notification.rule),
            severity=words.say(f"severity.{notification.severity.word}"),
        ),
    )
    if notification.standing:
        yield "note", words.say("note.standing")
    if notification.held:
        yield "note", _held(notification, told_at, words)
    if words.knows(f"note.{notification.reason}"):
        yield "note", words.say(f"note.{notification.reason}")
    yield "note", quiet_note((notification,), words)
    if notification.fallback_for is not None:
        yield "note", words.say("note.fallback", channel=plain.name(notification.fallback_for))


def _held(notification: Notification, told_at: datetime, words: Wording) -> str:
    began = notification.began_at
    if began is None or began >= notification.event.occurred_at:
        return words.say("note.held.plain", n=notification.held)
    return words.say("note.held", n=notification.held, at=words.moment(began, told_at))
