"""What is told when nothing can be saved: the beginning past the outbox, the end through it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

import msgspec

from watcher.core.draft import Draft
from watcher.core.event import Event, Facts, Kind
from watcher.core.notification import Notification, Reason, Status, digest
from watcher.core.rule import Rule, Severity
from watcher.core.state import State
from watcher.core.step import Step
from watcher.core.subject import WATCHER
from watcher.core.why import Why

KIND: Final = Kind.UNWRITABLE
RULE: Final = Rule(name=KIND.value, on=(KIND,), severity=Severity.CRITICAL, notify=(), builtin=True)
"""Stands for the rule that nobody can write or turn off."""


class Trouble(msgspec.Struct, frozen=True):
    """Why nothing can be saved, and since when; `cause` is the store's word for it."""

    since: datetime
    words: str
    cause: str


def cry_out(state: State, channel: str, trouble: Trouble, now: datetime) -> Notification:
    """The beginning for one channel; the same at any `now`, but for when it was found.

    Nothing of it is saved: the counters that it takes are taken by its end.
    """
    draft = Draft(state, now)
    return _notification(draft, channel, trouble, _event(draft, trouble), 1)


def calm_down(state: State, channels: Iterable[str], trouble: Trouble, now: datetime) -> Step:
    """The end, for every channel on which the beginning was told, or may have been."""
    draft = Draft(state, now)
    event = draft.add_event(_event(draft, trouble))
    for channel in channels:
        _count(draft, channel)
        notification = _notification(draft, channel, trouble, event, 2)
        draft.notify(notification)
        draft.decide(event.id, Why.TOLD, RULE, channel, notification.id)
    return draft.step()


def _event(draft: Draft, trouble: Trouble) -> Event:
    facts = Facts(cause=f"store-{trouble.cause}", detail=trouble.words)
    event = draft.event(KIND, WATCHER, facts=facts)
    return msgspec.structs.replace(event, occurred_at=trouble.since)


def _notification(
    draft: Draft, channel: str, trouble: Trouble, event: Event, number: int
) -> Notification:
    ended = number > 1
    began_at = trouble.since.isoformat()
    return Notification(
        id=digest(draft.state.store_id, WATCHER.lane, KIND, channel, began_at, number),
        channel=channel,
        alert=digest("alert", draft.state.store_id, WATCHER.lane, KIND, began_at),
        sequence=_count(draft, channel),
        number=number,
        status=Status.RESOLVED if ended else Status.FIRING,
        reason=Reason.RECOVERED if ended else Reason.BEGAN,
        rule=RULE.name,
        severity=RULE.severity,
        event=event,
        began_at=trouble.since,
        ended_at=draft.now if ended else None,
        mention=not ended,
    )


def _count(draft: Draft, channel: str) -> int:
    return draft.count(f"sequence:{channel}|{WATCHER.lane}")
