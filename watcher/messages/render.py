"""Notifications become messages; read this module first."""

from __future__ import annotations

from datetime import datetime
from itertools import islice
from typing import Final

from watcher.core.deferral import Because, Deferral, is_late
from watcher.core.event import Kind
from watcher.core.notification import Notification, Status
from watcher.core.span import parse_span
from watcher.core.verdict import BatchVerdict
from watcher.messages import incident, plain
from watcher.messages.details import cause_of, details
from watcher.messages.error import fresh_error
from watcher.messages.message import Line, Link, Message
from watcher.messages.restless import also, other_errors
from watcher.messages.retold import retell
from watcher.messages.title import began_at, sign, title
from watcher.messages.wording import Wording

MOST_URL_CHARACTERS: Final = 1000
REASON_CHARACTERS: Final = 200
MOST_OTHER_ERRORS: Final = 2


def render(notification: Notification, told_at: datetime, words: Wording) -> Message:
    """One notification as a message; `told_at` is when it was decided, the same at each attempt."""
    name = title(notification, told_at, words)
    short = notification.absorbed
    names, hidden = incident.listed(notification)
    return Message(
        title=f"{sign(notification)} {name}",
        summary=summarise(notification, told_at, words),
        lines=_also(notification, told_at, words)
        if short
        else details(notification, told_at, words),
        members=names,
        more=words.say("bundle.more", n=hidden) if hidden else "",
        hidden=hidden,
        links=() if short else _links(notification, words),
        mention=notification.mention,
    )


def _also(notification: Notification, told_at: datetime, words: Wording) -> tuple[Line, ...]:
    """Of what began and ended before it could be told, the errors that came with it."""
    label = words.say("label.also")
    return tuple(Line(label, text) for text in also(notification, told_at, words))


def summarise(
    notification: Notification,
    told_at: datetime,
    words: Wording,
    *,
    with_error: bool = True,
    with_since: bool = True,
) -> str:
    """One notification on one line, without its sign: the title, since when, and why."""
    text, why = title(notification, told_at, words), ""
    if notification.status is Status.FIRING:
        why = _why(notification, words)
        if with_since and notification.event.verdict != BatchVerdict.LATE:
            at = words.moment(began_at(notification), told_at)
            text = words.say("summary.since", title=text, at=at)
    error = (fresh_error(notification) or why) if with_error else ""
    text = words.say("summary.error", text=text, error=error) if error else text
    for other in islice(other_errors(notification), MOST_OTHER_ERRORS):
        text = words.say("summary.also", text=text, error=other)
    return text


def _why(notification: Notification, words: Wording) -> str:
    """Why something cannot be seen or told; of a channel in its receiver's case: what to do."""
    event = notification.event
    if event.kind is Kind.CONFIG_REFUSED:
        return plain.short_line((event.facts.detail or "").partition("\n")[0], REASON_CHARACTERS)
    if event.kind is Kind.UNDELIVERABLE and event.facts.detail:
        return plain.short_line(retell(event.facts.detail, words), REASON_CHARACTERS)
    return cause_of(notification, words)


def late_line(
    decided_at: datetime, now: datetime, deferral: Deferral | None, words: Wording
) -> Line | None:
    """When it was decided, how late it is told, and why; `None` for one that is in time."""
    if not is_late(decided_at, now):
        return None
    at, told, span = words.moment(decided_at, now), words.moment(now, now), now - decided_at
    late = words.say("late", at=at, told=told, span=words.span(span))
    if deferral is not None:
        why = plain.short_line(why_deferred(deferral, words), REASON_CHARACTERS)
        late = words.say("late.reason", late=late, reason=why)
    return Line(words.say("label.late"), late)


def why_deferred(deferral: Deferral, words: Wording) -> str:
    """What kept it back; a receiver's own words, where there are any, say enough."""
    if deferral.because is Because.LIMIT:
        most, _, span = deferral.detail.partition(" in ")
        return words.say("deferred.limit", most=most, span=words.span(parse_span(span)))
    if deferral.because is Because.RECEIVER and deferral.detail:
        return retell(deferral.detail, words)
    reason = words.say(f"deferred.{deferral.because}")
    if not deferral.detail:
        return reason
    return words.say("deferred.detail", reason=reason, detail=retell(deferral.detail, words))


def _links(notification: Notification, words: Wording) -> tuple[Link, ...]:
    url = notification.link
    if url is None or not url.startswith(("https://", "http://")) or len(url) > MOST_URL_CHARACTERS:
        return ()
    return (Link(words.say("link.open"), url),)
