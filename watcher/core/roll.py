"""The roll of an incident: who fell, with what in common, who is still down, and who is told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

import msgspec

from watcher.core.alert import Alert
from watcher.core.audience import channels_for
from watcher.core.diff import EPOCH
from watcher.core.draft import Draft
from watcher.core.event import Event, Facts, Kind
from watcher.core.fingerprint import short_name
from watcher.core.gate import Asked
from watcher.core.job import JobRecord
from watcher.core.muting import stopped_by_people
from watcher.core.notification import Reason
from watcher.core.rule import Rule, Severity
from watcher.core.run_summary import RUNNING, SUCCESS
from watcher.core.state import fell
from watcher.core.storm import Basis, Fallen, Incident
from watcher.core.subject import Subject
from watcher.core.trace import deepest_cause

FRESH_FOR: Final = timedelta(hours=1)
"""An error that is older than this when its job falls has not made it fall."""
MOST_NAMES: Final = 500
"""Names that one message carries; no channel's bytes take more."""
ERROR_CHARACTERS: Final = 300


class Member(msgspec.Struct, frozen=True, order=True):
    """A job that is down, the gravest and oldest first."""

    gravity: int
    since: datetime
    name: str


def fallen_job(draft: Draft, subject: Subject) -> Fallen | None:
    """What is known of a job that fell; `None` where it did not."""
    alerts = [one for one in draft.alerts_of(subject, Kind.STATE_MISMATCH) if fell(one)]
    record = draft.record(subject)
    if not alerts or record is None:
        return None
    oldest = min(alerts, key=lambda alert: alert.since)
    return Fallen(
        subject, oldest.since, _application(record, oldest), _fresh_error(record, oldest.since)
    )


def _application(record: JobRecord, alert: Alert) -> str:
    """The first part of EngineJobHandler, of the last run that had one."""
    known = (
        record.run and record.run.engine_job_handler,
        alert.previous and alert.previous.engine_job_handler,
        record.mark and record.mark.handler,
    )
    found = ((handler or "").partition("|")[0].strip() for handler in known)
    return next(filter(None, found), "")


def _fresh_error(record: JobRecord, since: datetime) -> str:
    at = EPOCH + timedelta(milliseconds=record.error_at)
    fresh = record.error_at > 0 and at >= since - FRESH_FOR
    return record.fingerprints[-1] if fresh and record.fingerprints else ""


def is_down(draft: Draft, subject: Subject) -> bool:
    """Whether an alert says that the job is not what it should be."""
    return any(_speaks(alert) for alert in draft.alerts_of(subject, Kind.STATE_MISMATCH))


def was_down(draft: Draft, subject: Subject) -> bool:
    """The same before this Step."""
    found = draft.state.alerts.get(subject, {}).values()
    return any(alert.kind is Kind.STATE_MISMATCH and _speaks(alert) for alert in found)


def _speaks(alert: Alert) -> bool:
    return alert.fires and not alert.times


def runs_again(draft: Draft, subject: Subject) -> bool:
    """Whether what is not down any more does its work; else it is gone or meant to be down."""
    record = draft.record(subject)
    return (
        record is not None
        and record.run is not None
        and record.run.actual_state
        in (
            RUNNING,
            SUCCESS,
        )
    )


def is_silenced(draft: Draft, subject: Subject) -> bool:
    """Whether a silence or a window keeps the job from every channel that would be told of it."""
    record = draft.record(subject)
    event = draft.event(Kind.STATE_MISMATCH, subject, run=record.run if record else None)
    asked = [
        Asked(
            channel=channel,
            chat=draft.plan.channels[channel].bundles,
            rule=rule,
            reason=Reason.BEGAN,
            event=msgspec.structs.replace(event, id=alert.event, verdict=alert.verdict),
        )
        for alert, rule in _rules(draft, subject)
        for channel in channels_for(draft.plan, rule, subject)
    ]
    return bool(asked) and all(stopped_by_people(draft, one) for one in asked)


def _rules(draft: Draft, subject: Subject) -> list[tuple[Alert, Rule]]:
    alerts = filter(_speaks, draft.alerts_of(subject, Kind.STATE_MISMATCH))
    found = ((alert, draft.plan.rule(alert.rule)) for alert in alerts)
    return [(alert, rule) for alert, rule in found if rule is not None]


def loudness(draft: Draft, subjects: Iterable[Subject]) -> dict[str, Severity]:
    """The gravest that the rules of these jobs say on each channel."""
    loud: dict[str, Severity] = {}
    for rule in {rule.name: rule for one in subjects for _, rule in _rules(draft, one)}.values():
        for channel in rule.notify:
            if channel in draft.plan.channels:
                loud[channel] = max(loud.get(channel, rule.severity), rule.severity)
    return loud


def members_down(draft: Draft, incident: Incident) -> list[Subject]:
    """Those that belong to it and are not right yet."""
    if incident.down <= 0:
        return []
    jobs = (job.record.subject for job in draft.state.jobs_of(incident.subject.source or ""))
    return [one for one in jobs if belongs(draft, one, incident) and is_down(draft, one)]


def belongs(draft: Draft, subject: Subject, incident: Incident) -> bool:
    """Whether a job fell in this incident."""
    record = draft.record(subject)
    return record is not None and record.incident == incident.id


def event_of(draft: Draft, incident: Incident, down: Iterable[Subject], number: int = 0) -> Event:
    """What is told of an incident as it stands; `number` is its event's, 0 for a new one."""
    source = incident.subject.source or ""
    facts = Facts(
        basis=incident.basis,
        shared=incident.name or incident.shared,
        spread=max(incident.last_fell_at - incident.since, timedelta(0)),
        affected=incident.size,
        total=draft.state.count_of(source),
        back=incident.size - incident.down - incident.left,
        left=incident.left,
        detail=incident.error or None,
        names=_names(draft, down),
    )
    return draft.event(Kind.INCIDENT, incident.subject, number, facts=facts)


def _names(draft: Draft, down: Iterable[Subject]) -> tuple[str, ...]:
    members = []
    for subject in down:
        rules = _rules(draft, subject)
        gravity = max((int(rule.severity) for _, rule in rules), default=0)
        since = min((alert.since for alert, _ in rules), default=draft.now)
        members.append(Member(-gravity, since, subject.job or ""))
    return tuple(member.name for member in sorted(members)[:MOST_NAMES])


def shared_error(draft: Draft, jobs: Iterable[Fallen]) -> str:
    """The line at the root of the error that all of them have; "" where they differ."""
    jobs = tuple(jobs)
    if len({job.error for job in jobs}) != 1 or not jobs[0].error:
        return ""
    records = (draft.record(job.subject) for job in jobs)
    runs = (record.run for record in records if record is not None)
    texts = (run.last_error_message for run in runs if run is not None)
    text = next(filter(None, texts), "")
    return deepest_cause(text)[:ERROR_CHARACTERS]


def name_of(basis: Basis, shared: str) -> str:
    """How what they share is called; of an error, the name that people read."""
    return short_name(shared) if basis is Basis.ERROR else shared


def spoken_on(
    draft: Draft, rule: Rule, subject: Subject, loud: Mapping[str, Severity]
) -> dict[str, Severity]:
    """The channels that a rule on incidents tells, and how grave that is there.

    The built-in one says what the rules of the jobs would have said; no chat hears from it of jobs
    of which it would not have heard.
    """
    channels = channels_for(draft.plan, rule, subject)
    if not rule.builtin:
        return dict.fromkeys(channels, rule.severity)
    gravest = max(loud.values(), default=rule.severity)
    hooks = (name for name in channels if not draft.plan.channels[name].bundles)
    return dict.fromkeys(hooks, gravest) | {name: loud[name] for name in channels if name in loud}
