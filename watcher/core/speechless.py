"""The alerts of `undeliverable`: a channel refuses us, or what waits for it is too old."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec

from watcher.core.alert import Signal
from watcher.core.alerting import advance, begin, gone_rule
from watcher.core.draft import Draft
from watcher.core.event import Event, Facts, Kind
from watcher.core.job import Clock
from watcher.core.rule import Rule
from watcher.core.speak import tell
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
    """Move the alerts of `undeliverable` about one channel of the file.

    There is nothing to count: a rule with `count` is told of it as any other.
    """
    if health.channel not in draft.plan.channels:
        return
    event = _event(draft, health, 0)
    alerts = {alert.rule: alert for alert in draft.alerts_of(event.subject, KIND)}
    fitting = dict.fromkeys(rule.name for rule in draft.plan.search(event))
    said = []
    for name in dict.fromkeys((*fitting, *alerts)):
        rule, alert = draft.plan.rule(name), alerts.get(name)
        if rule is not None and _is_due(draft, health, rule):
            alert = alert or begin(draft, rule, KIND, event.subject, _clock(draft, health, event))
            signal = Signal.DUE
        else:
            signal = Signal.SETTLED
        if alert is not None:
            told = msgspec.structs.replace(event, id=alert.event)
            one = advance(draft, alert, rule or gone_rule(alert), signal, told)
            said += [one] if one else []
    tell(draft, event.subject, KIND, said)


def _is_due(draft: Draft, health: ChannelHealth, rule: Rule) -> bool:
    if health.refused_since is not None:
        return True
    oldest = health.oldest_made_at
    return oldest is not None and draft.now - oldest >= rule.span_for(KIND, None)


def _clock(draft: Draft, health: ChannelHealth, event: Event) -> Clock:
    """The clock of a complaint; its event is that of those that live already, else a new one."""
    since = health.refused_since or health.oldest_made_at or draft.now
    known = [alert.event for alert in draft.alerts_of(event.subject, KIND)]
    return Clock(since=since, event=min(known) if known else draft.add_event(event).id)


def _event(draft: Draft, health: ChannelHealth, event: int) -> Event:
    return draft.event(
        KIND,
        channel_subject(health.channel),
        event,
        facts=Facts(
            cause="refused" if health.refused_since else "late",
            detail=health.reason or None,
            affected=health.waiting,
        ),
    )
