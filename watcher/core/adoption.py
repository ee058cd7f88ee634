"""Brings the state in line with a file that came into force, at a start or a reload."""

from __future__ import annotations

from datetime import datetime

import msgspec

from watcher.core.alert import Alert, Signal
from watcher.core.alerting import advance, gone_rule
from watcher.core.blindness import ABSENCE
from watcher.core.discovery import forget
from watcher.core.draft import Draft
from watcher.core.event import Event
from watcher.core.job import CatchUp, JobRecord
from watcher.core.plan import SourcePlan
from watcher.core.speak import tell
from watcher.core.state import State
from watcher.core.step import Step
from watcher.core.subject import job_subject


def adopt(state: State, now: datetime, *, starting: bool) -> Step:
    """What the plan in force asks of the state.

    Exact names that are new are watched; jobs and sources that left the file, and the alerts of
    rules that did, end as `unwatched`.  At a start that follows more than five minutes without a
    reading, what changed meanwhile is collected to be told as `reconciled`.
    """
    draft = Draft(state, now)
    _end_unwatched_rules(draft)
    for job in [job for jobs in state.jobs.values() for job in jobs.values()]:
        _end_unwatched_job(draft, job.record)
    for source in state.plan.sources.values():
        _watch_exact_names(draft, source)
        if starting:
            _begin_catch_up(draft, source)
    return draft.step()


def _end_unwatched_rules(draft: Draft) -> None:
    for subject in list(draft.state.alerts):
        for kind in draft.kinds_open(subject):
            said = []
            for alert in draft.alerts_of(subject, kind):
                if draft.plan.rule(alert.rule) is None:
                    event = _event(draft, alert)
                    one = advance(draft, alert, gone_rule(alert), Signal.UNWATCHED, event)
                    said += [one] if one else []
            tell(draft, subject, kind, said)


def _event(draft: Draft, alert: Alert) -> Event:
    job = draft.state.job(alert.subject)
    return Event(
        id=alert.event,
        kind=alert.kind,
        subject=alert.subject,
        detected_at=draft.now,
        occurred_at=draft.now,
        run=job.run if job else None,
    )


def _end_unwatched_job(draft: Draft, record: JobRecord) -> None:
    subject = record.subject
    source = draft.plan.sources.get(subject.source or "")
    name, job_type = subject.job or "", subject.job_type or ""
    if source is None or not source.covers(job_type, name):
        forget(draft, subject, Signal.UNWATCHED)
        return
    exact = name in source.exact_names(job_type)
    if exact != record.exact:
        draft.put_job(msgspec.structs.replace(record, exact=exact))


def _watch_exact_names(draft: Draft, source: SourcePlan) -> None:
    whole = draft.source(source.name).whole
    for job_type in source.job_types():
        for name in source.exact_names(job_type):
            subject = job_subject(source.name, job_type, name)
            if draft.state.job(subject) is None:
                draft.put_job(JobRecord(subject=subject, exact=True, newcomer=whole))
                draft.put_sight(source.name, draft.sight(source.name).await_jobs((subject,)))


def _begin_catch_up(draft: Draft, source: SourcePlan) -> None:
    record = draft.source(source.name)
    if record.read_at is None or record.catching_up is not None:
        return
    if draft.now - record.read_at > ABSENCE:
        caught = CatchUp(since=record.read_at)
        draft.put_source(msgspec.structs.replace(record, catching_up=caught))
