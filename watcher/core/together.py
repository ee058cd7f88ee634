"""Ends of what began together wait a little for each other, so that they go as one message."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Final

from watcher.core.alert import Told
from watcher.core.draft import Draft
from watcher.core.notification import Notification, Status
from watcher.core.state import Mates, mates_key

ENDS_WAIT: Final = timedelta(seconds=20)
"""How long an end waits on a chat while others of what began with it go on: about two polls."""


def gather_ends(draft: Draft) -> None:
    """Let ends to chats wait where others of their bundle are still to come; the last one does not.

    A beginning never waits: where a job fails again, the store lets the end before it go at once.
    """
    over = Counter(key for told in draft.told_ended() for key in _keys(told))
    if over:
        draft.hold({note.id: ENDS_WAIT for note in draft.notes() if _waits(draft, note, over)})


def _keys(told: Told) -> tuple[Mates, ...]:
    return (mates_key(told),) if told.subject.job else ()


def _waits(draft: Draft, note: Notification, over: Counter[Mates]) -> bool:
    if note.status is not Status.RESOLVED or note.group is None or not note.subject.job:
        return False
    began = note.began_at or note.event.occurred_at
    second = int(began.timestamp())
    near = ((note.channel, note.event.kind, second + step) for step in (-1, 0, 1))
    return any(draft.state.mates[key] > over[key] for key in near)
