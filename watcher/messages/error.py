"""The lines about an error: what it says at its root, where, wrapped in what, and since when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from watcher.core.fingerprint import fingerprint, is_current, short_name
from watcher.core.known import MADE_BY_ERRORS
from watcher.core.notification import Known, Notification, Status
from watcher.core.trace import causes, own_frame
from watcher.messages import plain
from watcher.messages.times import error_at, moment_of
from watcher.messages.title import began_at
from watcher.messages.wording import Wording

FRESH_FOR: Final = timedelta(hours=1)
MOST_WRAPPERS: Final = 2
FRAME_CHARACTERS: Final = 200
WRAPPER_CHARACTERS: Final = 160
_RESTARTING: Final = "org.apache.flink.runtime.JobException: Recovery is suppressed"
"""What Flink wraps the error of every failed job in; whoever reads it learns nothing."""


def error_facts(
    notification: Notification, told_at: datetime, words: Wording
) -> Iterator[tuple[str, str]]:
    """The lines of a job's last error, by their labels; none where there is no error.

    The root alone of an old error, or of one that likely made nothing of what is told.  An end
    tells only one of its own trouble.
    """
    run = notification.event.run
    root = plain.root_line(run.last_error_message) if run else ""
    over, made_it = notification.status is Status.RESOLVED, _made_it(notification)
    if run is None or not root or (over and not (made_it and error_at(run))):
        return
    label = "error-then" if over else ("error" if made_it else "error-last")
    yield label, _dated(root, notification, told_at, words)
    if not fresh_error(notification):
        return
    text = run.last_error_message or ""
    yield "code", plain.short_line(own_frame(text), FRAME_CHARACTERS)
    for wrapper in _wrappers(text):
        yield "within", wrapper
    yield "known", _known(notification.known, told_at, words)


def _dated(root: str, notification: Notification, told_at: datetime, words: Wording) -> str:
    """The root with its time, where no line says it anyway."""
    at = error_at(notification.event.run)
    if at is None or at == notification.event.occurred_at:
        return root
    return words.say("error.at", error=root, at=moment_of(at, notification, told_at, words))


def _made_it(notification: Notification) -> bool:
    """Whether the error likely made what is told: the API may keep an old one for days."""
    at = error_at(notification.event.run)
    fresh = at is None or at >= began_at(notification) - FRESH_FOR
    return fresh and notification.event.kind in MADE_BY_ERRORS


def _wrappers(text: str) -> Iterator[str]:
    """What wraps the root, from the inside: exceptions that say something of their own."""
    root, *others = causes(text) or ("",)
    said = [one for one in others if not one.startswith(_RESTARTING) and root not in one]
    for one in list(dict.fromkeys(said))[:MOST_WRAPPERS]:
        yield plain.short_line(one, WRAPPER_CHARACTERS)


def name_of(notification: Notification, text: str) -> str:
    """The fingerprint of the error that a notification shows: as it was saved, else as it is."""
    known, saved = notification.known, notification.event.fingerprint
    if known is not None:
        return known.fingerprint
    return saved if saved is not None and is_current(saved) else fingerprint(text)


def _known(known: Known | None, told_at: datetime, words: Wording) -> str:
    """By which name the error is known, and since when, how often and in how many jobs.

    Nothing of one that was never counted: it stood already when watching began.
    """
    if known is None:
        return ""
    name = plain.name(short_name(known.fingerprint))
    return words.say("error.known", name=name, past=_past(known, told_at, words))


def _past(known: Known, told_at: datetime, words: Wording) -> str:
    if known.times <= 1:
        return words.say("error.first")
    at = words.moment(known.first_seen_at, told_at)
    if known.jobs <= 1:
        return words.say("error.seen.one", at=at, times=known.times)
    return words.say("error.seen.many", at=at, times=known.times, jobs=known.jobs)


def fresh_error(notification: Notification) -> str:
    """The error's root line where it likely belongs to what is told, for messages of one line.

    One from more than an hour before the beginning, or beside trouble that no error makes, is
    shown with its time among the details only.
    """
    run = notification.event.run
    if run is None or notification.status is Status.RESOLVED or not _made_it(notification):
        return ""
    return plain.root_line(run.last_error_message)
