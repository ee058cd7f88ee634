"""The alerts of `incident`: many jobs of a source fell together, and are told of as one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from watcher.core.alert import Alert, Signal
from watcher.core.alerting import advance, begin, gone_rule
from watcher.core.draft import Draft
from watcher.core.event import Kind
from watcher.core.job import Clock
from watcher.core.notification import Reason
from watcher.core.roll import (
    event_of,
    fallen_job,
    is_down,
    is_silenced,
    loudness,
    members_down,
    name_of,
    runs_again,
    shared_error,
    spoken_on,
    was_down,
)
from watcher.core.rule import Rule, Severity
from watcher.core.speak import reminder_due
from watcher.core.state import fell
from watcher.core.storm import Fallen, Incident, Storm, cause_of, home_of, storms
from watcher.core.subject import Subject, incident_subject
from watcher.core.utterance import Saying, Utterance

KIND: Final = Kind.INCIDENT
REMIND_EVERY: Final = timedelta(minutes=30)
"""How often it is told how an incident stands, where its rule does not say."""
QUIET_FOR: Final = timedelta(minutes=5)
"""So long after the last job came back, one of which half are back is over."""


def watch_incidents(draft: Draft, source: str, *, seen: bool = True) -> None:
    """Find what fell together in this Step, and move the alerts of what goes on.

    It is asked when all jobs of a reading have been judged, and before anybody is told.  `seen`: by
    a good reading; else nothing is told again, and only an end without any job left is an end.
    """
    moved = draft.subjects_moved(Kind.STATE_MISMATCH, source)
    known = draft.source(source).incidents
    if not moved and not any(_is_due(draft, one, seen=seen) for one in known):
        return
    alive = (one for one in known if draft.alerts_of(one.subject, KIND))
    going = {one.id: _not_ahead(one, draft.now) for one in alive}
    _recount(draft, going, moved)
    alone = _join(draft, going, [one for one in moved if _has_fallen(draft, one)])
    down = _down_by_incident(draft, moved)
    for one in list(going.values()):
        going[one.id] = _tend(draft, one, seen=seen)
        _raise(draft, one, down.get(one.id, ()))
    formed = _form(draft, source, alone)
    living = tuple(one for one in (*going.values(), *formed) if draft.alerts_of(one.subject, KIND))
    draft.put_source(msgspec.structs.replace(draft.source(source), incidents=living))


def _not_ahead(incident: Incident, now: datetime) -> Incident:
    """The incident with no time in the future, which a clock that was set back leaves behind."""
    at = incident.back_at
    return incident if at is None or at <= now else msgspec.structs.replace(incident, back_at=now)


def _has_fallen(draft: Draft, subject: Subject) -> bool:
    """Whether this Step shows that a job fell: it was not down so gravely before."""
    before = draft.state.alerts.get(subject, {}).values()
    now = draft.alerts_of(subject, Kind.STATE_MISMATCH)
    return any(map(fell, now)) and not any(map(fell, before))


def _recount(draft: Draft, going: dict[str, Incident], moved: Iterable[Subject]) -> None:
    """Count those that are back, and those that fell once more."""
    for subject in moved:
        record = draft.record(subject)
        mine = going.get(record.incident or "") if record else None
        if mine is None:
            continue
        was, down = was_down(draft, subject), is_down(draft, subject)
        if was and not down:
            left = mine.left if runs_again(draft, subject) else mine.left + 1
            going[mine.id] = msgspec.structs.replace(
                mine, down=mine.down - 1, left=left, back_at=draft.now
            )
        elif down and not was:
            going[mine.id] = _fallen_again(mine, draft)


def _fallen_again(mine: Incident, draft: Draft) -> Incident:
    # One that was counted as gone or meant to be down is back in the trouble, whichever it was.
    left = min(mine.left, mine.size - mine.down - 1)
    return msgspec.structs.replace(mine, down=mine.down + 1, left=left, last_fell_at=draft.now)


def _join(draft: Draft, going: dict[str, Incident], fallen: Iterable[Subject]) -> list[Fallen]:
    """Let what fell join the incident that it belongs to; returns what belongs to none."""
    alone = []
    for subject in fallen:
        record, job = draft.record(subject), fallen_job(draft, subject)
        if record is None or job is None or record.incident in going:
            continue
        home = home_of(job, going.values(), draft.plan.storm_within)
        if home is not None:
            going[home.id] = _with(draft, home, job)
        else:
            _mark(draft, subject, None)
            alone.append(job)
    return alone


def _with(draft: Draft, incident: Incident, job: Fallen) -> Incident:
    _mark(draft, job.subject, incident.id)
    return msgspec.structs.replace(
        incident,
        size=incident.size + 1,
        down=incident.down + 1,
        last_fell_at=max(incident.last_fell_at, job.since),
    )


def _mark(draft: Draft, subject: Subject, incident: str | None) -> None:
    record = draft.record(subject)
    if record is not None and record.incident != incident:
        draft.put_job(msgspec.structs.replace(record, incident=incident))


def _form(draft: Draft, source: str, fresh: Sequence[Fallen]) -> list[Incident]:
    """The incidents that begin with what fell in this Step."""
    plan, new = draft.plan, {job.subject for job in fresh}
    pool = [one for one in draft.state.fallen.get(source, {}) if one not in new]
    if not fresh or not 0 < plan.storm <= len(pool) + len(fresh):
        return []
    old = (fallen_job(draft, one) for one in pool if not _belongs_somewhere(draft, one))
    jobs = [*fresh, *(job for job in old if job is not None)]
    loud = [job for job in jobs if not is_silenced(draft, job.subject)]
    found = storms(loud, plan.storm, plan.storm_within)
    begun = [_begin(draft, one) for one in found if any(job.subject in new for job in one.jobs)]
    formed = {one.id: one for one in begun if one is not None}
    for job in jobs if formed and len(loud) < len(jobs) else ():
        home = home_of(job, formed.values(), plan.storm_within)
        if home is not None and not _belongs_somewhere(draft, job.subject):
            formed[home.id] = _with(draft, home, job)
    return list(formed.values())


def _belongs_somewhere(draft: Draft, subject: Subject) -> bool:
    record = draft.record(subject)
    return record is not None and record.incident is not None


def _begin(draft: Draft, storm: Storm) -> Incident | None:
    """Tell of a storm; `None` where no rule would tell anybody."""
    subjects = [job.subject for job in storm.jobs]
    error = shared_error(draft, storm.jobs)
    incident = Incident(
        id="",
        subject=incident_subject(subjects[0].source or "", cause_of(storm)),
        basis=storm.basis,
        shared=storm.shared,
        name=name_of(storm.basis, storm.shared),
        since=storm.jobs[0].since,
        last_fell_at=storm.jobs[-1].since,
        size=len(subjects),
        down=len(subjects),
        told_size=len(subjects),
        error=error,
    )
    event, loud = event_of(draft, incident, subjects), loudness(draft, subjects)
    rules = [
        rule for rule in draft.plan.search(event) if spoken_on(draft, rule, incident.subject, loud)
    ]
    if not rules or draft.alerts_of(incident.subject, KIND):
        return None
    event = draft.add_event(event)
    clock = Clock(since=incident.since, event=event.id)
    alerts = [begin(draft, rule, KIND, incident.subject, clock) for rule in rules]
    begun = msgspec.structs.replace(incident, id=alerts[0].id)
    for subject in subjects:
        _mark(draft, subject, begun.id)
    pairs = zip(alerts, rules, strict=True)
    said = [advance(draft, alert, rule, Signal.DUE, event) for alert, rule in pairs]
    say(draft, begun, [one for one in said if one], subjects)
    return begun


def say(
    draft: Draft, incident: Incident, said: Sequence[Utterance], down: Sequence[Subject]
) -> None:
    """Say it before what is said of its jobs, on each channel as gravely as they would have."""
    subject = incident.subject
    loud = loudness(draft, down)
    for told in draft.told_of(subject, KIND).values():
        before = Severity(told.severity)
        loud[told.channel] = max(loud.get(told.channel, before), before)
    spoken = [
        msgspec.structs.replace(one, rule=_on(one.rule, channel, severity))
        for one in said
        for channel, severity in spoken_on(draft, one.rule, subject, loud).items()
    ]
    if spoken:
        draft.say(Saying(subject, KIND, tuple(spoken), ()), first=True)


def _tend(draft: Draft, incident: Incident, *, seen: bool) -> Incident:
    """Tell of an incident that goes on what is due, or that it is over."""
    over = _is_over(draft, incident, seen=seen)
    if not over and not (seen and _has_to_say(draft, draft.alerts_of(incident.subject, KIND))):
        return incident
    said = move(draft, incident, Signal.SETTLED if over else Signal.WRONG)
    if not said:
        return incident
    if over:
        _say_end(draft, incident, said)
        return incident
    tell_size(draft, incident, said)
    return msgspec.structs.replace(incident, told_size=incident.size)


def _down_by_incident(draft: Draft, moved: Iterable[Subject]) -> dict[str, list[Subject]]:
    found: dict[str, list[Subject]] = {}
    for subject in moved:
        record = draft.record(subject)
        if record is not None and record.incident is not None and is_down(draft, subject):
            found.setdefault(record.incident, []).append(subject)
    return found


def _raise(draft: Draft, incident: Incident, mine: Sequence[Subject]) -> None:
    """Say it where the rules of its jobs are due only now, and anew where they are graver now."""
    if not mine:
        return
    loud = loudness(draft, mine)
    told = draft.told_of(incident.subject, KIND)
    event, said = draft.event(KIND, incident.subject), []
    for alert in draft.alerts_of(incident.subject, KIND):
        rule = draft.plan.rule(alert.rule)
        if rule is None or not rule.builtin:
            continue
        for channel, severity in spoken_on(draft, rule, incident.subject, loud).items():
            entry = told.get(channel)
            if entry is None or severity > entry.severity:
                reason = Reason.BEGAN if entry is None else Reason.WORSE
                said.append(Utterance(alert, _on(rule, channel, severity), reason, event))
    if said:
        full = _filled(draft, incident, said, members_down(draft, incident))
        draft.say(Saying(incident.subject, KIND, tuple(full), ()), first=True)


def _on(rule: Rule, channel: str, severity: Severity) -> Rule:
    return msgspec.structs.replace(rule, severity=severity, notify=(channel,))


def _is_due(draft: Draft, incident: Incident, *, seen: bool) -> bool:
    """Whether there is something to do although no job has moved."""
    alerts = draft.alerts_of(incident.subject, KIND)
    over = not alerts or _is_over(draft, _not_ahead(incident, draft.now), seen=seen)
    return over or (seen and _has_to_say(draft, alerts))


def _has_to_say(draft: Draft, alerts: Sequence[Alert]) -> bool:
    """Whether it is to be told again; asked of each incident at each reading of its source."""
    for alert in alerts:
        rule = draft.plan.rule(alert.rule)
        if alert.hushed or (rule and reminder_due(alert, _patient(rule), draft.now)):
            return True
    return False


def tell_size(draft: Draft, incident: Incident, said: Sequence[Utterance]) -> None:
    """Say how an incident stands now, for the reasons that were found."""
    down = members_down(draft, incident)
    say(draft, incident, _filled(draft, incident, said, down), down)


def _say_end(draft: Draft, incident: Incident, said: Sequence[Utterance]) -> None:
    """Say it after all that is said of its jobs: until then it speaks for those that are back."""
    full = _filled(draft, incident, said, members_down(draft, incident))
    told = draft.told_of(incident.subject, KIND).values()
    gravest = max((Severity(one.severity) for one in told), default=None)
    spoken = [
        msgspec.structs.replace(
            one,
            rule=msgspec.structs.replace(one.rule, severity=gravest or one.rule.severity),
        )
        for one in full
    ]
    draft.say(Saying(incident.subject, KIND, tuple(spoken), ()))


def _filled(
    draft: Draft, incident: Incident, said: Sequence[Utterance], down: Sequence[Subject]
) -> list[Utterance]:
    event = event_of(draft, incident, down)
    events = (msgspec.structs.replace(event, id=one.alert.event) for one in said)
    return [
        msgspec.structs.replace(one, event=told) for one, told in zip(said, events, strict=True)
    ]


def move(draft: Draft, incident: Incident, signal: Signal) -> list[Utterance]:
    """Put a signal to each of its alerts; returns what that makes worth telling."""
    said = []
    for alert in draft.alerts_of(incident.subject, KIND):
        rule = _patient(draft.plan.rule(alert.rule) or gone_rule(alert))
        event = draft.event(KIND, incident.subject, alert.event)
        one = advance(draft, alert, rule, signal, event)
        said += [one] if one else []
    return said


def _patient(rule: Rule) -> Rule:
    return msgspec.structs.replace(rule, remind_every=rule.remind_every or REMIND_EVERY)


def _is_over(draft: Draft, incident: Incident, *, seen: bool) -> bool:
    """All are right again; or half of them are, and for long no further one came back."""
    if incident.down <= 0:
        return True
    if not seen or incident.back_at is None or 2 * incident.down > incident.size:
        return False
    sees = not draft.sight(incident.subject.source or "").dark
    return sees and draft.now - incident.back_at >= QUIET_FOR
