"""What an alert waits for: to fire, to have happened often enough, to end, or to be told again."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

import msgspec

from watcher.core.alert import Alert
from watcher.core.event import Kind
from watcher.core.incident import REMIND_EVERY
from watcher.core.rule import Rule

_OF_INCIDENTS: Final = MappingProxyType({Kind.INCIDENT: REMIND_EVERY})


class Ahead(StrEnum):
    """What comes next for an alert, if everything stays as it is."""

    UNWATCHED = "unwatched"
    COUNTS = "counts"
    FIRES = "fires"
    ENDS = "ends"
    REMINDS = "reminds"
    RECOVERS = "recovers"


class Outlook(msgspec.Struct, frozen=True, omit_defaults=True):
    """What comes next, and when at the earliest; always with the next good reading after that.

    `unwatched`: its rule is not in the file any more.  `counts`: it fires at the `count`-th event
    `within` a span, `seen` of which are there.  `recovers`: nothing but its recovery is ahead.
    """

    ahead: Ahead
    at: datetime | None = None
    seen: int | None = None
    count: int | None = None
    within: timedelta | None = None


def outlook(alert: Alert, rule: Rule | None) -> Outlook:
    """What a living alert waits for under its rule."""
    if rule is None:
        return Outlook(Ahead.UNWATCHED)
    if not alert.fires:
        return _to_fire(alert, rule)
    if alert.right_since is not None:
        return Outlook(Ahead.ENDS, alert.right_since + rule.keep_for(alert.kind))
    remind_every = rule.remind_for(alert.kind) or _OF_INCIDENTS.get(alert.kind)
    if remind_every is not None:
        told_at = alert.last_told_at or alert.fired_at or alert.since
        return Outlook(Ahead.REMINDS, told_at + remind_every)
    return Outlook(Ahead.RECOVERS)


def _to_fire(alert: Alert, rule: Rule) -> Outlook:
    if rule.counts:
        seen = len(alert.times)
        return Outlook(Ahead.COUNTS, seen=seen, count=rule.count, within=rule.within)
    return Outlook(Ahead.FIRES, alert.since + rule.span_for(alert.kind, alert.verdict))
