"""The alerts of `blind`: what is not seen, since when, and why."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import msgspec

from watcher.core.alert import Alert, Signal
from watcher.core.alerting import advance, begin, end_all
from watcher.core.draft import Draft
from watcher.core.event import Event, Facts, Kind
from watcher.core.job import CatchUp, Clock, SourceRecord
from watcher.core.occurring import count_all
from watcher.core.reading import Cause
from watcher.core.rule import Rule
from watcher.core.sight import Gap
from watcher.core.speak import tell
from watcher.core.subject import source_subject
from watcher.core.why import Why

KIND: Final = Kind.BLIND
ACCOUNT_WIDE: Final = frozenset({Cause.SIGNATURE, Cause.CREDENTIALS})
"""Causes that one refused request proves for all jobs of a source."""

PARTLY: Final = "partly"
WHOLLY: Final = "wholly"


class Darkness(msgspec.Struct, frozen=True):
    """How much of a source is not seen: `affected` of `total` jobs since `since`, and why.

    `good_at` is the last good answer about those that are not seen for longest, where one came
    since the start.
    """

    affected: int
    total: int
    since: datetime
    refused: bool
    good_at: datetime | None
    cause: Cause
    detail: str
    clock_ahead: timedelta | None

    @property
    def extent(self) -> str:
        """Whether it covers the whole source."""
        return WHOLLY if self.affected >= self.total else PARTLY


def darkness_of(draft: Draft, source: str) -> Darkness | None:
    """What a source does not show since its first failed reading; `None` where all is seen.

    The cause is the latest of those that still hold: one for which jobs are not seen before that of
    a discovery, and one that somebody must mend before others.
    """
    sight = draft.sight(source)
    failed = [gap for gap in sight.dark.values() if gap is not None]
    # Many jobs share one gap.
    dark = {id(gap): gap for gap in failed}.values()
    gaps = [*dark, *sight.unlisted.values()]
    if not gaps:
        return None
    oldest, told = min(gaps, key=_beginning), max(dark or gaps, key=_weight)
    total = sum(1 for _ in draft.state.jobs_of(source))
    return Darkness(
        affected=total if told.cause in ACCOUNT_WIDE else len(failed),
        total=total,
        since=oldest.since,
        refused=any(gap.permanent for gap in gaps),
        good_at=oldest.good_at,
        cause=told.cause,
        detail=told.detail,
        clock_ahead=told.clock_ahead,
    )


def _beginning(gap: Gap) -> datetime:
    return gap.since


def _weight(gap: Gap) -> tuple[bool, datetime]:
    return gap.permanent, gap.at


def sees_all(draft: Draft, source: str) -> bool:
    """Whether every job of a source has a good answer, and every discovery that is to be made."""
    sight, plan = draft.sight(source), draft.plan.sources.get(source)
    discovered = plan.discovered_types() if plan else ()
    return not sight.dark and not sight.unlisted and sight.listed_at.keys() >= {*discovered}


def watch_sight(draft: Draft, source: str) -> None:
    """Move the alerts of `blind` to what is known of the source's sight now."""
    darkness = darkness_of(draft, source)
    record = draft.source(source)
    if darkness is not None:
        draft.put_source(_blind(draft, record, darkness))
    elif record.blind is not None and sees_all(draft, source):
        draft.put_source(_see_again(draft, record))


def _blind(draft: Draft, record: SourceRecord, darkness: Darkness) -> SourceRecord:
    subject = source_subject(record.name)
    clock = record.blind or _begin_clock(draft, record, darkness)
    event = _event(draft, record, clock.event, darkness)
    living = {alert.rule: alert for alert in draft.alerts_of(subject, KIND)}
    said = []
    for rule in (rule for rule in draft.plan.search(event) if not rule.counts):
        alert = living.get(rule.name) or begin(draft, rule, KIND, subject, clock)
        alert, signal = _signal(draft, alert, rule, darkness)
        one = advance(draft, alert, rule, signal, event)
        said += [one] if one else []
    tell(draft, subject, KIND, said)
    fires = any(alert.fires for alert in draft.alerts_of(subject, KIND))
    catching = record.catching_up or (CatchUp(since=darkness.since) if fires else None)
    return msgspec.structs.replace(record, blind=clock, catching_up=catching)


def _signal(draft: Draft, alert: Alert, rule: Rule, darkness: Darkness) -> tuple[Alert, Signal]:
    extent = darkness.extent
    if alert.fires:
        worse = extent == WHOLLY and alert.verdict == PARTLY
        return (
            msgspec.structs.replace(alert, verdict=extent if worse else alert.verdict),
            Signal.WORSE if worse else Signal.WRONG,
        )
    span = rule.span_for(KIND, None)
    at_once = darkness.refused and not _just_seen(draft, alert, span)
    due = at_once or draft.now - darkness.since >= span
    waiting = msgspec.structs.replace(alert, verdict=extent, since=darkness.since)
    return waiting, Signal.DUE if due else Signal.WRONG


def _just_seen(draft: Draft, alert: Alert, span: timedelta) -> bool:
    """Whether a blindness ended less than `span` ago: what comes and goes shall not be a flood."""
    seen_at = draft.source(alert.subject.source or "").seen_again_at
    return seen_at is not None and draft.now - seen_at < span


def _begin_clock(draft: Draft, record: SourceRecord, darkness: Darkness) -> Clock:
    event = draft.add_event(_event(draft, record, 0, darkness))
    rules = draft.plan.search(event)
    count_all(draft, event, rules)
    if not rules:
        draft.decide(event.id, Why.NO_RULE)
    return Clock(since=darkness.since, event=event.id)


def _event(draft: Draft, record: SourceRecord, event: int, darkness: Darkness) -> Event:
    return draft.event(
        KIND,
        source_subject(record.name),
        event,
        facts=Facts(
            cause=darkness.cause,
            detail=darkness.detail,
            affected=darkness.affected,
            total=darkness.total,
            last_good_at=darkness.good_at or record.read_at,
            clock_ahead=darkness.clock_ahead,
        ),
    )


def _see_again(draft: Draft, record: SourceRecord) -> SourceRecord:
    """End it, and say what its last cause was: the one told at its beginning may have changed."""
    subject, last = source_subject(record.name), draft.sight(record.name).last
    facts = Facts(last_good_at=draft.now)
    if last is not None:
        facts = Facts(
            last_good_at=draft.now,
            cause=last.cause,
            detail=last.detail,
            clock_ahead=last.clock_ahead,
        )
    said = end_all(draft, subject, KIND, Signal.SETTLED, draft.event(KIND, subject, facts=facts))
    tell(draft, subject, KIND, said)
    seen_again_at = draft.now if said else record.seen_again_at
    return msgspec.structs.replace(record, blind=None, seen_again_at=seen_again_at)
