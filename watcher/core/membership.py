"""Which incident a job belongs to, and the gate that this closes for the job's own messages."""

from __future__ import annotations

from typing import Final

from watcher.core.alert import Told
from watcher.core.draft import Draft
from watcher.core.event import Kind
from watcher.core.gate import Asked, Gate
from watcher.core.job import SourceRecord
from watcher.core.storm import Incident
from watcher.core.subject import Subject
from watcher.core.why import Why

SPOKEN_FOR: Final = frozenset(
    {Kind.STATE_MISMATCH, Kind.NEW_ERROR, Kind.STATE_CHANGE, Kind.RESTART}
)
"""What is not told of a job that is down while its incident speaks for it."""


def incident_of(draft: Draft, subject: Subject) -> Incident | None:
    """The incident that goes on and that a job belongs to."""
    going = draft.source(subject.source or "").incidents if subject.source else ()
    return _own(draft, subject, going) if going else None


def belonged_to(draft: Draft, subject: Subject) -> Incident | None:
    """The same, also where the incident ends in this very Step."""
    source = subject.source or ""
    before = (draft.state.sources.get(source) or SourceRecord(name=source)).incidents
    going = (*draft.source(source).incidents, *before)
    return _own(draft, subject, going) if going else None


def speaks_for(draft: Draft, told: Told) -> Incident | None:
    """The incident whose end a channel is told, or will be, in place of that of its job."""
    if told.kind is not Kind.STATE_MISMATCH or not _is_chat(draft, told.channel):
        return None
    mine = belonged_to(draft, told.subject)
    return mine if mine is not None and _hears(draft, told.channel, mine) else None


def speak_for_members(draft: Draft, asked: Asked) -> Gate | None:
    """The gate: a chat that was told of an incident is not told of its jobs that are down."""
    subject = asked.event.subject
    if not asked.chat or subject.job is None or asked.event.kind not in SPOKEN_FOR:
        return None
    mine = incident_of(draft, subject)
    if mine is None or not _hears(draft, asked.channel, mine):
        return None
    down = any(alert.fires for alert in draft.alerts_of(subject, Kind.STATE_MISMATCH))
    return Gate(Why.INCIDENT, mine.id) if down else None


def _own(draft: Draft, subject: Subject, going: tuple[Incident, ...]) -> Incident | None:
    record = draft.record(subject)
    mine = record.incident if record else None
    return None if mine is None else next((one for one in going if one.id == mine), None)


def _hears(draft: Draft, channel: str, incident: Incident) -> bool:
    return channel in draft.told_of(incident.subject, Kind.INCIDENT)


def _is_chat(draft: Draft, channel: str) -> bool:
    plan = draft.plan.channels.get(channel)
    return plan is not None and plan.bundles
