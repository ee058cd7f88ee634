"""What a job that does not keep still is said to have done: flapping, redeployments, riders."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from watcher.core.event import Event, Facts, Kind
from watcher.core.notification import Notification, Reason
from watcher.core.run_summary import RunSummary
from watcher.messages import plain
from watcher.messages.wording import Wording

MOST_RIDERS: Final = 5
"""So many riders are told in full in one message."""


def flapping(notification: Notification, words: Wording) -> str:
    """How often a job has changed; in how long, where the title does not say so anyway."""
    facts = notification.event.facts
    if not facts.changes:
        return words.say("what.flapping")
    counted = words.say("what.flapping.counted", changes=changes_of(facts, words))
    if notification.reason is not Reason.BEGAN or facts.over is None:
        return counted
    return words.say("counted.within", what=counted, span=words.span(facts.over))


def changes_of(facts: Facts, words: Wording) -> str:
    """How many changes, and how many of them were restarts; empty where there were none."""
    changes, restarts = facts.changes or 0, facts.restarts or 0
    if not changes:
        return ""
    key = "none" if not restarts else "all" if restarts == changes else "some"
    return words.say(f"flapping.{key}", changes=changes, restarts=restarts)


def redeployment(notification: Notification, words: Wording) -> str:
    """From when to when a job was down that was stopped and started on purpose."""
    down_at, up_at = times_of(notification.event)
    return words.say("what.redeployment", when=words.between(down_at, up_at, up_at))


def times_of(event: Event) -> tuple[datetime, datetime]:
    """When a redeployed job went down, and when it was back."""
    facts = event.facts
    return facts.down_at or event.occurred_at, facts.up_at or event.detected_at


def also(notification: Notification, told_at: datetime, words: Wording) -> Iterator[str]:
    """The riders of a message that it does not tell anyway, one text each."""
    unsaid = [rider for rider in notification.riders if not _is_said(notification, rider)]
    for rider in unsaid[:MOST_RIDERS]:
        at = words.moment(rider.occurred_at, told_at, precise=True)
        yield words.say("also", at=at, what=_what(rider, words))
    if len(unsaid) > MOST_RIDERS:
        yield words.say("bundle.more", n=len(unsaid) - MOST_RIDERS)


def other_errors(notification: Notification) -> Iterator[str]:
    """The root lines of errors that travel in a message and are not its own, each once."""
    riders = (rider for rider in notification.riders if rider.kind is Kind.NEW_ERROR)
    own = "" if notification.absorbed else _root(notification.event.run)
    found = (root for rider in riders if (root := _root(rider.run)) and root != own)
    yield from dict.fromkeys(found)


def _is_said(notification: Notification, rider: Event) -> bool:
    """Whether the message's own state and error say it; a line in place of two has neither."""
    run, before = notification.event.run, notification.event.previous
    if notification.absorbed or run is None:
        return rider.kind is not Kind.NEW_ERROR
    if rider.kind is Kind.NEW_ERROR:
        return _root(rider.run) == _root(run)
    ends_there = _state(rider.run) == _state(run)
    return (
        rider.kind is Kind.STATE_CHANGE
        and ends_there
        and _state(rider.previous) == (_state(before))
    )


def _what(rider: Event, words: Wording) -> str:
    if rider.kind is Kind.NEW_ERROR:
        return _root(rider.run) or words.say("what.new-error")
    if rider.kind is Kind.STATE_CHANGE:
        unknown = words.say("state.none")
        before, now = _state(rider.previous) or unknown, _state(rider.run) or unknown
        return words.say("what.state-change", before=before, now=now)
    key = words.first_known(f"what.restart.{rider.facts.restart}", "what.restart")
    return words.say(key)


def _root(run: RunSummary | None) -> str:
    return plain.root_line(run.last_error_message) if run else ""


def _state(run: RunSummary | None) -> str:
    return plain.name(run.actual_state) if run else ""
