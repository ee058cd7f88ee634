"""Brings the state in line with a file that came into force, at a start or a reload."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec

from watcher.core.alert import Alert, Signal
from watcher.core.alerting import advance, gone_rule
from watcher.core.discovery import forget
from watcher.core.draft import Draft
from watcher.core.event import Event
from watcher.core.incident import watch_incidents
from watcher.core.job import CatchUp, Job, JobRecord, SourceRecord
from watcher.core.plan import SourcePlan
from watcher.core.reconciled import ABSENCE
from watcher.core.refused import accept
from watcher.core.riding import riders_all
from watcher.core.sight import Sight
from watcher.core.silencing import end_recovered
from watcher.core.speak import speak_up, tell
from watcher.core.state import State
from watcher.core.step import Step
from watcher.core.subject import WATCHER, job_subject


def adopt(state: State, now: datetime, *, starting: bool, resuming: bool = False) -> Step:
    """What the plan in force asks of the state; `resuming`: it was in force before, too.

    Exact names that are new are watched; jobs, sources and channels that left the file, and the
    alerts of rules that did, end as `unwatched`.  At a start that follows more than five minutes
    without a reading, what changed meanwhile is collected to be told as `reconciled`.
    """
    draft = Draft(state, now)
    if not resuming:
        accept(draft)
    _end_unwatched_rules(draft)
    _end_unwatched_jobs(draft)
    _forget_sources(draft)
    for source in state.plan.sources.values():
        _forget_discoveries(draft, source)
        _watch_exact_names(draft, source)
        watch_incidents(draft, source.name, seen=False)
        if starting:
            _begin_catch_up(draft, source)
    speak_up(draft, riders_all(draft))
    end_recovered(draft)
    return draft.step()


def _end_unwatched_rules(draft: Draft) -> None:
    for subject in list(draft.state.alerts):
        for kind in draft.kinds_open(subject):
            said = []
            for alert in draft.alerts_of(subject, kind):
                if _is_unwatched(draft, alert):
                    rule = draft.plan.rule(alert.rule) or gone_rule(alert)
                    one = advance(draft, alert, rule, Signal.UNWATCHED, _event(draft, alert))
                    said += [one] if one else []
            tell(draft, subject, kind, said)


def _is_unwatched(draft: Draft, alert: Alert) -> bool:
    """Whether its rule has left the file or hears of other things now, or what it is about has."""
    rule, subject = draft.plan.rule(alert.rule), alert.subject
    if rule is None or alert.kind not in rule.on or (alert.times and not rule.counts):
        return True
    if subject.channel is not None:
        return subject.channel not in draft.plan.channels
    if subject == WATCHER:
        return False
    return subject.source not in draft.plan.sources


def _event(draft: Draft, alert: Alert) -> Event:
    job = draft.state.job(alert.subject)
    return draft.event(
        alert.kind,
        alert.subject,
        alert.event,
        run=job.run if job else None,
    )


def _end_unwatched_jobs(draft: Draft) -> None:
    for (name, job_type), jobs in draft.state.jobs.items():
        source = draft.plan.sources.get(name)
        unwatched = [
            job.record.subject
            for job_name, job in jobs.items()
            if source is None or not source.covers(job_type, job_name)
        ]
        forget(draft, name, unwatched, Signal.UNWATCHED)
        if source is not None:
            _keep_exactness(draft, source, jobs)


def _keep_exactness(draft: Draft, source: SourcePlan, jobs: Mapping[str, Job]) -> None:
    """A job that stays may now be named, or only be found by a pattern."""
    for name, job in jobs.items():
        job_type = job.record.subject.job_type or ""
        exact = source.names_exactly(job_type, name)
        if exact != job.record.exact and source.covers(job_type, name):
            draft.put_job(msgspec.structs.replace(job.record, exact=exact))


def _forget_sources(draft: Draft) -> None:
    """A source that comes back into the file later begins anew."""
    for name in draft.state.sources:
        if name not in draft.plan.sources:
            draft.put_source(SourceRecord(name=name))
            draft.put_sight(name, Sight())


def _forget_discoveries(draft: Draft, source: SourcePlan) -> None:
    """A job type without patterns is not discovered any more, and nothing waits for that."""
    types = source.discovered_types()
    draft.put_sight(source.name, draft.sight(source.name).keep_listings(types))
    record = draft.source(source.name)
    listed = tuple(job_type for job_type in record.listed if job_type in types)
    if listed != record.listed:
        draft.put_source(msgspec.structs.replace(record, listed=listed))


def _watch_exact_names(draft: Draft, source: SourcePlan) -> None:
    new = [
        subject
        for job_type in source.job_types()
        for name in source.exact_names(job_type)
        if draft.state.job(subject := job_subject(source.name, job_type, name)) is None
    ]
    for subject in new:
        draft.put_job(JobRecord(subject=subject, exact=True))
    draft.put_sight(source.name, draft.sight(source.name).await_jobs(new))


def _begin_catch_up(draft: Draft, source: SourcePlan) -> None:
    record = draft.source(source.name)
    if record.read_at is None or record.catching_up is not None:
        return
    if draft.now - record.read_at > ABSENCE:
        caught = CatchUp(since=record.read_at)
        draft.put_source(msgspec.structs.replace(record, catching_up=caught))
