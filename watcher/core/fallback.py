"""What one channel cannot be told is told on another, in full and once, and its end there too."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import msgspec

from watcher.core.draft import Draft
from watcher.core.event import Kind
from watcher.core.notification import Notification, Status, digest
from watcher.core.plan import Plan
from watcher.core.rule import DEFAULT_FOR_KIND
from watcher.core.sound import GROUP_WAIT
from watcher.core.subject import channel_subject
from watcher.core.why import Why


class Stranded(msgspec.Struct, frozen=True):
    """A beginning that died on its channel or waits there for too long, and its end if decided.

    `replaced` are the ids of all beginnings of the alert that are stranded there; the latest of
    them, `notification`, speaks for them.  Where it is `owed`, it is the end of an alert of which
    the fallback was told before.
    """

    notification: Notification
    replaced: tuple[str, ...]
    end: Notification | None = None
    owed: bool = False


def patience(plan: Plan, channel: str) -> timedelta:
    """How long a beginning may wait on a channel: the shortest `for` of `undeliverable` there."""
    rules = plan.rules_for(Kind.UNDELIVERABLE, channel_subject(channel))
    spans = (rule.span_for(Kind.UNDELIVERABLE, None) for rule in rules)
    return min(spans, default=DEFAULT_FOR_KIND[Kind.UNDELIVERABLE])


def fall_back(draft: Draft, stranded: Sequence[Stranded]) -> None:
    """Tell each of them on the fallback of its channel, where that is still in the file."""
    for one in stranded:
        troubled = draft.plan.channels.get(one.notification.channel)
        fallback = troubled.fallback if troubled else None
        # Never tell a channel of itself that it cannot be told.
        if fallback in draft.plan.channels and fallback != one.notification.subject.channel:
            _tell_elsewhere(draft, one, fallback or "")


def _tell_elsewhere(draft: Draft, one: Stranded, fallback: str) -> None:
    note = one.notification
    told = draft.told_of(note.subject, note.event.kind)
    origin = told.get(note.channel)
    if origin is not None and origin.alert != note.alert:
        origin = None
    if note.status is Status.FIRING and origin is None and one.end is None:
        # It ended since the outbox was looked at; the next look finds the end with it.
        return
    first = _copy(draft, note, fallback, 2 if one.owed else 1)
    for replaced in one.replaced:
        draft.fall_back(replaced, first.id)
    if note.status is not Status.FIRING:
        return
    if one.end is not None:
        _copy(draft, one.end, fallback, 2)
    elif origin is not None and fallback not in told:
        draft.put_told(msgspec.structs.replace(origin, channel=fallback, number=1, first=first.id))


def _copy(draft: Draft, told: Notification, fallback: str, number: int) -> Notification:
    """The same notification on the fallback, as the alert's message of that number there."""
    chat = draft.plan.channels[fallback].bundles
    copy = msgspec.structs.replace(
        told,
        id=digest("fallback", draft.state.store_id, told.id, fallback),
        channel=fallback,
        sequence=draft.count(f"sequence:{fallback}|{told.subject.lane}"),
        number=number,
        absorbs=None,
        fallback_for=told.channel,
        group=f"fallback|{told.channel}|{told.status}" if chat else None,
        hold_until=draft.now + GROUP_WAIT if chat else None,
    )
    draft.notify(copy)
    draft.decide(copy.event.id, Why.TOLD, copy.rule, fallback, copy.id)
    return copy
