"""The alerts of `blind`, and `reconciled` after it: what is not seen, and what was missed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import msgspec

from watcher.core.alert import Alert, Signal
from watcher.core.alerting import advance, begin, end_all
from watcher.core.draft import Draft
from watcher.core.event import Event, Facts, Kind
from watcher.core.job import CatchUp, Clock, SourceRecord
from watcher.core.occurring import count_all, occur
from watcher.core.reading import Cause
from watcher.core.rule import Rule
from watcher.core.speak import tell
from watcher.core.step import Why
from watcher.core.subject import Subject, source_subject

KIND: Final = Kind.BLIND
ABSENCE: Final = timedelta(minutes=5)
"""A start that follows more than this without a reading is reconciled."""

ACCOUNT_WIDE: Final = frozenset({Cause.SIGNATURE, Cause.CREDENTIALS})
"""Causes that one refused request proves for all of them."""

PARTLY: Final = "partly"
WHOLLY: Final = "wholly"


class Darkness(msgspec.Struct, frozen=True):
    """How much of a source is not seen: `affected` of `total` jobs since `since`, and why."""

    affected: int
    total: int
    since: datetime
    refused: bool
    cause: str | None
    detail: str | None

    @property
    def extent(self) -> str:
        """Whether it covers the whole source; a refusal of our credentials always does."""
        return WHOLLY if self.cause in ACCOUNT_WIDE or self.affected >= self.total else PARTLY


def darkness_of(draft: Draft, source: str) -> Darkness | None:
    """What a source does not show since its first failed reading; `None` where all is seen."""
    sight = draft.sight(source)
    failed = [at for at in sight.dark.values() if at is not None]
    since = [*failed, *sight.unlisted.values()]
    if not since:
        return None
    total = sum(1 for _ in draft.state.jobs_of(source))
    return Darkness(len(failed), total, min(since), sight.refused, sight.cause, sight.detail)


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
    catching = record.catching_up or (CatchUp(since=clock.since) if fires else None)
    return msgspec.structs.replace(record, blind=clock, catching_up=catching)


def _signal(draft: Draft, alert: Alert, rule: Rule, darkness: Darkness) -> tuple[Alert, Signal]:
    extent = darkness.extent
    if alert.fires:
        worse = extent == WHOLLY and alert.verdict == PARTLY
        return (
            msgspec.structs.replace(alert, verdict=extent if worse else alert.verdict),
            Signal.WORSE if worse else Signal.WRONG,
        )
    due = darkness.refused or draft.now - darkness.since >= rule.span_for(KIND, None)
    waiting = msgspec.structs.replace(alert, verdict=extent, since=darkness.since)
    return waiting, Signal.DUE if due else Signal.WRONG


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
            last_good_at=record.read_at,
        ),
    )


def _see_again(draft: Draft, record: SourceRecord) -> SourceRecord:
    subject = source_subject(record.name)
    event = draft.event(
        KIND,
        subject,
        0,
        facts=Facts(last_good_at=draft.now),
    )
    tell(draft, subject, KIND, end_all(draft, subject, KIND, Signal.SETTLED, event))
    return msgspec.structs.replace(record, blind=None)


def note_change(draft: Draft, source: str, job: Subject, kind: str) -> None:
    """Remember for `reconciled` that a job was found restarted, down or with a new error."""
    record = draft.source(source)
    if record.catching_up is None or job.job is None:
        return
    found: tuple[str, ...] = getattr(record.catching_up, kind)
    if job.job not in found:
        caught = msgspec.structs.replace(record.catching_up, **{kind: (*found, job.job)})
        draft.put_source(msgspec.structs.replace(record, catching_up=caught))


def reconcile(draft: Draft, source: str) -> None:
    """Once every job has been seen again, tell in one message what changed while nobody looked."""
    record = draft.source(source)
    caught = record.catching_up
    if caught is None or not sees_all(draft, source):
        return
    draft.put_source(msgspec.structs.replace(record, catching_up=None))
    if caught.restarted or caught.down or caught.errors:
        occur(draft, _reconciled(draft, source, caught))


def _reconciled(draft: Draft, source: str, caught: CatchUp) -> Event:
    return draft.event(
        Kind.RECONCILED,
        source_subject(source),
        0,
        facts=Facts(
            restarted=caught.restarted,
            down=caught.down,
            errors=caught.errors,
            last_good_at=caught.since,
        ),
    )
