"""The facts about input delays and batch jobs: where a delay leads, what was due, what is usual."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from watcher.core.event import Kind
from watcher.core.notification import Notification, Status
from watcher.core.verdict import DelayVerdict
from watcher.messages.title import milliseconds
from watcher.messages.wording import Wording


def lateness(
    notification: Notification, told_at: datetime, words: Wording
) -> Iterator[tuple[str, str]]:
    """Labels and texts, while it lasts."""
    if notification.status is Status.RESOLVED:
        return
    if notification.event.kind is Kind.INPUT_DELAY:
        yield "trend", _trend(notification, told_at, words)
    if notification.event.kind is Kind.BATCH_LATE:
        yield from _undone(notification, told_at, words)


def _trend(notification: Notification, told_at: datetime, words: Wording) -> str:
    event, facts = notification.event, notification.event.facts
    if event.verdict == DelayVerdict.FROZEN and facts.polls is not None:
        return words.say("trend.frozen", polls=facts.polls)
    if facts.slope_ms is None:
        return ""
    way = "grows" if facts.slope_ms > 0 else "falls"
    rate, goal = milliseconds(abs(facts.slope_ms), words), facts.heading
    if goal is None:
        return words.say(f"trend.{way}", rate=rate)
    at, delay = words.moment(goal.at, told_at), milliseconds(goal.to_ms, words)
    if facts.slope_ms > 0:
        return words.say("trend.grows.to", rate=rate, delay=delay, at=at)
    return words.say("trend.falls.to", rate=rate, at=at)


def _undone(
    notification: Notification, told_at: datetime, words: Wording
) -> Iterator[tuple[str, str]]:
    facts = notification.event.facts
    if facts.deadline_at is not None:
        deadline, last = words.moment(facts.deadline_at, told_at), facts.last_good_at
        if last is None:
            yield "deadline", words.say("deadline.never", deadline=deadline)
        else:
            at = words.moment(last, told_at)
            yield "deadline", words.say("deadline.last", deadline=deadline, at=at)
    if facts.run_ms is not None and facts.usual_ms is not None:
        run, usual = milliseconds(facts.run_ms, words), milliseconds(facts.usual_ms, words)
        yield "run", words.say("run.usual", lasted=run, usual=usual)
