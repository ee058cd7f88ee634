"""Events that travel inside the message of their job's mismatch, or wait to see whether they will.

A riding event (a rider) is told exactly once on its channel: inside a mismatch's beginning, in the
line about a redeployment, or alone; or it is decided why it is not.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from enum import StrEnum
from typing import Final

import msgspec

from watcher.core.alert import Phase, Told
from watcher.core.audience import channels_for
from watcher.core.draft import Draft
from watcher.core.event import Event, Kind
from watcher.core.notification import BEGINNINGS, Notification, Reason
from watcher.core.rule import Rule, Severity
from watcher.core.run_summary import RunSummary
from watcher.core.step import Rider
from watcher.core.subject import Subject
from watcher.core.trace import MARK, root_begin
from watcher.core.why import Why

RIDERS: Final = frozenset({Kind.NEW_ERROR, Kind.STATE_CHANGE, Kind.RESTART})
"""What may be a part of the trouble that a mismatch is."""

MOVES: Final = frozenset({Kind.STATE_CHANGE, Kind.RESTART})
"""What a job does that is down or comes back: nothing that needs words of its own."""

LONGEST_WAIT: Final = timedelta(seconds=60)
LATE_READING: Final = timedelta(seconds=5)
"""How much longer a tick leaves it to the reading that may show that the mismatch lasted."""

MOST_BYTES: Final = 2048
_HEAD_BYTES: Final = 640
_CUT: Final = "\n…\n"


class Way(StrEnum):
    """How an event goes on one channel."""

    WAITS = "waits"
    TRAVELS = "travels"
    ALONE = "alone"
    QUIETLY = "quietly"


def ride(draft: Draft, rider: Rider, rule: Rule) -> Way:
    """Find the way of an event; what is told elsewhere is decided here.

    The caller keeps one that waits, and tells one that goes alone, or quietly: without mention.
    """
    if not draft.plan.channels[rider.channel].bundles or rider.event.kind not in RIDERS:
        return Way.ALONE
    note = _carrier(draft, rider)
    if note is not None:
        _take_in(draft, note, rider, rule)
        return Way.TRAVELS
    told = _told(draft, rider)
    if told is not None:
        return _follow(draft, rider, rule, told)
    if _may_wait(draft, rider):
        return Way.WAITS
    flapping = draft.told_of(rider.subject, Kind.FLAPPING).get(rider.channel)
    return Way.ALONE if flapping is None else Way.QUIETLY


def _carrier(draft: Draft, rider: Rider) -> Notification | None:
    """The message of this very Step on the channel that speaks of the job's trouble."""
    if rider.event.kind in MOVES:
        line = draft.told_now(rider.channel, rider.subject, Kind.REDEPLOYMENT)
        if line is not None:
            return line
    note = draft.told_now(rider.channel, rider.subject, Kind.STATE_MISMATCH)
    begins = note is not None and note.reason in {*BEGINNINGS, Reason.SILENCE_ENDED}
    return note if begins and note is not None and note.count is None else None


def _take_in(draft: Draft, note: Notification, rider: Rider, rule: Rule) -> None:
    """Merge an event into a message; a graver one makes that as loud as it would have been."""
    if note.event.kind is Kind.STATE_MISMATCH:
        loud = rule.severity >= Severity.ERROR and not note.standing
        note = msgspec.structs.replace(
            note,
            riders=(*note.riders, excerpt_of(rider.event)),
            held=note.held + rider.held,
            severity=max(note.severity, rule.severity),
            mention=note.mention or loud,
        )
        draft.amend(note)
    draft.decide(rider.event.id, Why.MERGED, rule, rider.channel, note.id)


def _told(draft: Draft, rider: Rider) -> Told | None:
    """What the channel was told of a mismatch that goes on, or that ends in this very Step."""
    key = (rider.channel, Kind.STATE_MISMATCH)
    before = draft.state.told.get(rider.subject, {}).get(key)
    told = draft.told_of(rider.subject, Kind.STATE_MISMATCH).get(rider.channel) or before
    rule = draft.plan.rule(told.rule) if told else None
    return None if rule is not None and rule.counts else told


def _follow(draft: Draft, rider: Rider, rule: Rule, told: Told) -> Way:
    """While a mismatch is told, moves belong to it and errors follow it up.

    Not what is graver than all that was told: nobody may have been called yet.
    """
    if told.severity < rule.severity:
        return Way.ALONE
    if rider.event.kind not in MOVES:
        return Way.QUIETLY
    draft.decide(rider.event.id, Why.MERGED, rule, rider.channel, by=told.alert)
    return Way.TRAVELS


def _may_wait(draft: Draft, rider: Rider) -> bool:
    waited = draft.now - rider.since
    if waited < timedelta(0):
        return False
    # Where no reading of the job is at hand, the one that decides may be about to come.
    longest = LONGEST_WAIT if draft.sees(rider.subject) else LONGEST_WAIT + LATE_READING
    pending = waited < longest and _hears_mismatch(draft, rider.subject, rider.channel)
    return pending or (rider.event.kind in MOVES and _comes_back(draft, rider))


def _hears_mismatch(draft: Draft, subject: Subject, channel: str) -> bool:
    """Whether the channel is told of the job's mismatch once that has lasted."""
    return any(
        alert.phase is Phase.PENDING
        and not alert.times
        and (rule := draft.plan.rule(alert.rule)) is not None
        and channel in rule.notify
        for alert in draft.alerts_of(subject, Kind.STATE_MISMATCH)
    )


def _comes_back(draft: Draft, rider: Rider) -> bool:
    """Whether the job starts after a planned stop, and the channel will hear that it is back."""
    record = draft.record(rider.subject)
    stop = record.stop if record and not draft.is_gone(rider.subject) else None
    if stop is None or stop.back_at is None or _fires(draft, rider.subject):
        return False
    if draft.now - stop.back_at > draft.plan.redeploy_within:
        return False
    rules = draft.plan.rules_for(Kind.REDEPLOYMENT, rider.subject)
    told = (channels_for(draft.plan, rule, rider.subject) for rule in rules)
    return any(rider.channel in channels for channels in told)


def _fires(draft: Draft, subject: Subject) -> bool:
    alerts = draft.alerts_of(subject, Kind.STATE_MISMATCH)
    return any(alert.fires and not alert.times for alert in alerts)


def riders_seen(draft: Draft) -> Iterator[Rider]:
    """The waiting riders of the jobs about which this Step says something, oldest first."""
    for subject in draft.touched(draft.state.riders):
        yield from _in_order(draft, subject)


def riders_overdue(draft: Draft) -> Iterator[Rider]:
    """The waiting riders that no reading has decided in time, oldest first."""
    for rider in riders_all(draft):
        if not timedelta(0) <= draft.now - rider.since < LONGEST_WAIT + LATE_READING:
            yield rider


def riders_all(draft: Draft) -> list[Rider]:
    """All waiting riders, oldest first, whatever order a store gave them back in."""
    waiting = (rider for found in draft.state.riders.values() for rider in found.values())
    return sorted(waiting, key=lambda rider: rider.key)


def _in_order(draft: Draft, subject: Subject) -> list[Rider]:
    return [rider for _, rider in sorted(draft.state.riders[subject].items())]


def rule_of(draft: Draft, rider: Rider) -> Rule | None:
    """The rule that tells a waiting rider there, where file and job still have it so."""
    rule, subject = draft.plan.rule(rider.rule), rider.subject
    source = draft.plan.sources.get(subject.source or "")
    watched = source is not None and source.covers(subject.job_type or "", subject.job or "")
    heard = rule is not None and rider.event.kind in rule.on and rider.channel in rule.notify
    return rule if watched and heard and rider.channel in draft.plan.channels else None


def excerpt_of(event: Event) -> Event:
    """The event with so much of its texts as memory and a message about other things can take."""
    return msgspec.structs.replace(
        event, run=_shortened(event.run), previous=_without_text(event.previous)
    )


def _without_text(run: RunSummary | None) -> RunSummary | None:
    return run and msgspec.structs.replace(run, last_error_message=None)


def _shortened(run: RunSummary | None) -> RunSummary | None:
    text = run.last_error_message if run else None
    if run is None or text is None:
        return run
    return msgspec.structs.replace(run, last_error_message=_excerpt(text))


def _excerpt(text: str) -> str:
    """At most 2 KiB of an error's text: its beginning, and its deepest cause."""
    if len(text) <= MOST_BYTES and len(text.encode("utf-8", "surrogatepass")) <= MOST_BYTES:
        return text
    begin = root_begin(text) - len(MARK)
    if begin < _HEAD_BYTES:
        return _cut(text, MOST_BYTES - len(_CUT.encode())) + _CUT
    rest = MOST_BYTES - _HEAD_BYTES - len(_CUT.encode())
    return _cut(text, _HEAD_BYTES) + _CUT + _cut(text[begin:], rest)


def _cut(text: str, most: int) -> str:
    """At most so many bytes of UTF-8, on a whole character."""
    raw = text[:most].encode("utf-8", "surrogatepass")[:most]
    return raw.decode("utf-8", "ignore")
