"""The words of an incident: what took how many jobs with it, who is back, who is down."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from watcher.core.event import Facts, Kind
from watcher.core.notification import Notification, Reason, Status
from watcher.core.storm import Basis
from watcher.messages import plain
from watcher.messages.wording import Wording

AT_ONCE: Final = timedelta(seconds=1)
ERROR_CHARACTERS: Final = 300


def name(notification: Notification, words: Wording) -> str:
    """Who is in trouble: the application that took its jobs with it, or the jobs themselves."""
    facts = notification.event.facts
    if facts.basis == Basis.APPLICATION:
        return plain.name(facts.shared)
    return words.say("incident.jobs", n=_number(facts.affected), source=_source(notification))


def what(notification: Notification, words: Wording) -> str:
    """What happened to them, after the name."""
    facts = notification.event.facts
    if facts.basis == Basis.APPLICATION:
        return words.say("what.incident.application", n=_number(facts.affected))
    if facts.basis == Basis.ERROR:
        return words.say("what.incident.error", shared=plain.name(facts.shared))
    if facts.spread is None or facts.spread < AT_ONCE:
        return words.say("what.incident.at-once")
    return words.say("what.incident.time", span=words.span(facts.spread))


def end_title(notification: Notification, span: str, words: Wording) -> str:
    """How it ended: who is back, who is down still, and who is gone or meant to be down."""
    facts = notification.event.facts
    if notification.reason is not Reason.RECOVERED:
        return words.say("title.incident.unwatched", jobs=_jobs(notification, words), span=span)
    down = _down(facts)
    parts = [words.say("incident.down", n=_number(down))] if down else []
    parts += [words.say("incident.left", n=_number(facts.left))] if facts.left else []
    key = "title.incident.some" if parts else "title.incident.all"
    return words.say(
        key,
        back=_number(facts.back),
        jobs=_jobs(notification, words),
        span=span,
        rest=words.say("separator").join(parts),
    )


def details(notification: Notification, words: Wording) -> Iterator[tuple[str, str]]:
    """How many of how many, who is back already, and the error that they share."""
    facts = notification.event.facts
    counted = words.say("incident.count", n=_number(facts.affected), total=_number(facts.total))
    yield "jobs", counted
    if notification.status is not Status.RESOLVED and facts.back:
        yield "back", words.say("incident.back", n=_number(facts.back))
    if facts.detail:
        error = plain.short_line(facts.detail, ERROR_CHARACTERS)
        yield "error-all", error


def listed(notification: Notification) -> tuple[tuple[str, ...], int]:
    """The names of those that are down, the gravest first, and how many more there are.

    Only an incident lists any; of other kinds `affected` counts what their lines tell already.
    """
    if notification.event.kind is not Kind.INCIDENT:
        return (), 0
    facts = notification.event.facts
    names = tuple(plain.name(one) for one in facts.names)
    return names, max(_down(facts) - len(names), 0)


def when_absorbed(title: str, began: datetime, told_at: datetime, words: Wording) -> str:
    """Its end, where nobody was told of its beginning before."""
    return words.say("title.incident.absorbed", title=title, began=words.moment(began, told_at))


def _down(facts: Facts) -> int:
    return max((facts.affected or 0) - (facts.back or 0) - facts.left, 0)


def _jobs(notification: Notification, words: Wording) -> str:
    facts = notification.event.facts
    number = _number(facts.affected)
    if facts.basis == Basis.APPLICATION:
        return words.say("incident.jobs", n=number, source=plain.name(facts.shared))
    return words.say("incident.jobs", n=number, source=_source(notification))


def _source(notification: Notification) -> str:
    return plain.name(notification.subject.source)


def _number(value: int | None) -> str:
    return f"{value or 0:,}"
