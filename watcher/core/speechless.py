"""The alerts of `undeliverable`: a channel refuses us, or what waits for it is too old."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec

from watcher.core.alert import Signal
from watcher.core.alerting import advance, begin, end_all
from watcher.core.draft import Draft
from watcher.core.event import Event, Facts, Kind
from watcher.core.job import Clock
from watcher.core.rule import Rule
from watcher.core.speak import Utterance, tell
from watcher.core.subject import channel_subject

KIND: Final = Kind.UNDELIVERABLE


class ChannelHealth(msgspec.Struct, frozen=True):
    """How a channel stands at a tick.

    `refused_since` where its receiver refuses us (a throttle is no refusal), `oldest_made_at` when
    the oldest delivery that still waits was made, `reason` in words.
    """

    channel: str
    refused_since: datetime | None = None
    oldest_made_at: datetime | None = None
    waiting: int = 0
    reason: str = ""


def watch_channel(draft: Draft, health: ChannelHealth) -> None:
    """Move the alerts of `undeliverable` about one channel."""
    subject = channel_subject(health.channel)
    event = _event(draft, health, 0)
    late = [rule for rule in draft.plan.search(event) if _is_due(draft, health, rule)]
    if not late:
        said = end_all(draft, subject, KIND, Signal.SETTLED, event)
    else:
        said = _complain(draft, health, late, event)
    tell(draft, subject, KIND, said)


def _complain(
    draft: Draft, health: ChannelHealth, late: list[Rule], event: Event
) -> list[Utterance]:
    subject = event.subject
    alerts = {alert.rule: alert for alert in draft.alerts_of(subject, KIND)}
    clock = _clock(draft, health, event, [alert.event for alert in alerts.values()])
    said = []
    for rule in late:
        alert = alerts.get(rule.name) or begin(draft, rule, KIND, subject, clock)
        told = msgspec.structs.replace(event, id=alert.event)
        one = advance(draft, alert, rule, Signal.DUE, told)
        said += [one] if one else []
    return said


def _is_due(draft: Draft, health: ChannelHealth, rule: Rule) -> bool:
    if health.refused_since is not None:
        return True
    oldest = health.oldest_made_at
    return oldest is not None and draft.now - oldest >= rule.span_for(KIND, None)


def _clock(draft: Draft, health: ChannelHealth, event: Event, known: list[int]) -> Clock:
    since = health.refused_since or health.oldest_made_at or draft.now
    if known:
        return Clock(since=since, event=min(known))
    return Clock(since=since, event=draft.add_event(event).id)


def _event(draft: Draft, health: ChannelHealth, event: int) -> Event:
    return Event(
        id=event,
        kind=KIND,
        subject=channel_subject(health.channel),
        detected_at=draft.now,
        occurred_at=draft.now,
        facts=Facts(
            cause="refused" if health.refused_since else "late",
            detail=health.reason or None,
            affected=health.waiting,
        ),
    )
