"""Everything that is known between two Steps, in memory; the store holds the same, saved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from sys import intern
from typing import TypeAlias, TypeVar

import msgspec

from watcher.core.alert import Alert, Phase, Told
from watcher.core.attention import delay_band, due_at, quiet_until
from watcher.core.census import Census
from watcher.core.course import Course
from watcher.core.event import Kind
from watcher.core.job import ALWAYS, NEVER, Job, JobRecord, SourceRecord
from watcher.core.plan import Plan
from watcher.core.pulse import Pulse
from watcher.core.run_summary import RunSummary
from watcher.core.sight import Sight
from watcher.core.silence import Silence
from watcher.core.step import Delays, Repeat, Rider, Saved, Step
from watcher.core.subject import Subject
from watcher.core.verdict import GRAVE

Mates: TypeAlias = tuple[str, Kind, int]
"""A channel, a kind and the second of a beginning: what has them all began as one bundle."""

Key = TypeVar("Key")
Inner = TypeVar("Inner")
Value = TypeVar("Value")


class State:
    """The core's state.  Only `apply` changes what is saved; reading it is everybody's right.

    `jobs` is by (source, job type), then by name, so that a reading finds its jobs quickly.
    `courses`, likewise, is how the delays of the few go of which that matters.
    `entered` is the minute in which each request's answer last entered whole, `asked_at` when its
    last outcome was taken, good or not, `answered` how often it was good since the start; `pulses`
    is how each source's answers move, by request.  `silences` are those that have not expired,
    `shut` the gates that people keep closed.  `fallen` are each source's jobs that fell and belong
    to no incident; `mates` counts the jobs of which a channel was told, by what began together.
    `census` counts jobs by their states, and alerts.
    """

    def __init__(self, saved: Saved, plan: Plan) -> None:
        """Take what a store gave back; every job is out of sight until its first good reading."""
        self.store_id = saved.store_id
        self.plan = plan
        self.jobs: dict[tuple[str, str], dict[str, Job]] = {}
        self.courses: dict[tuple[str, str], dict[str, Course]] = {}
        self.sources: dict[str, SourceRecord] = {record.name: record for record in saved.sources}
        self.sights: dict[str, Sight] = {}
        self.alerts: dict[Subject, dict[tuple[str, Kind], Alert]] = {}
        self.told: dict[Subject, dict[tuple[str, Kind], Told]] = {}
        self.repeats: dict[Subject, dict[tuple[str, str], Repeat]] = {}
        self.riders: dict[Subject, dict[tuple[int, str], Rider]] = {}
        self.counters: dict[str, int] = dict(saved.counters)
        self.anchor = saved.anchor
        self.silences: tuple[Silence, ...] = saved.silences
        self.shut: frozenset[str] = frozenset()
        self.entered: dict[tuple[str, str, str], int] = {}
        self.asked_at: dict[tuple[str, str, str], datetime] = {}
        self.answered: dict[tuple[str, str, str], int] = {}
        self.pulses: dict[str, dict[tuple[str, str, str], Pulse]] = {}
        self.fallen: dict[str, dict[Subject, None]] = {}
        self.mates: Counter[Mates] = Counter()
        self.census = Census()
        self._put_alerts(saved.alerts)
        self._put_told(saved.told)
        for repeat in saved.repeats:
            self.repeats.setdefault(repeat.subject, {})[repeat.key] = repeat
        self._put_riders(saved.riders)
        for job in saved.jobs:
            self._put_job(job)
        self._await_jobs()
        for delays in sorted(saved.delays, key=lambda entered: entered.at):
            self._enter(delays)
        self._sort_fallen(self.alerts)

    def job(self, subject: Subject) -> Job | None:
        """A job by its subject."""
        if subject.source is None or subject.job_type is None or subject.job is None:
            return None
        return self.jobs.get((subject.source, subject.job_type), {}).get(subject.job)

    def course(self, subject: Subject) -> Course | None:
        """How a job's input delay goes, where that matters."""
        key = (subject.source or "", subject.job_type or "")
        return self.courses.get(key, {}).get(subject.job or "")

    def jobs_of(self, source: str) -> Iterator[Job]:
        """All jobs of a source."""
        for (name, _), jobs in self.jobs.items():
            if name == source:
                yield from jobs.values()

    def count_of(self, source: str) -> int:
        """How many jobs a source has."""
        return sum(len(jobs) for (name, _), jobs in self.jobs.items() if name == source)

    def names(self, source: str, job_type: str) -> tuple[str, ...]:
        """The names to ask for: all jobs of a source and type that are known."""
        return tuple(self.jobs.get((source, job_type), {}))

    def apply(self, step: Step) -> None:
        """Take in a Step that has been saved."""
        for record in step.jobs:
            self._put_job(record)
        for subject in step.jobs_gone:
            self._drop_job(subject)
        over = self._put_sources(step.sources)
        self._put_alerts(step.alerts)
        self._put_told(step.told)
        for subject, channel, kind in step.told_ended:
            self._part(subject, (channel, kind))
            _drop(self.told, subject, (channel, kind))
        for repeat in step.repeats:
            self.repeats.setdefault(repeat.subject, {})[repeat.key] = repeat
        for subject, rule, fingerprint in step.repeats_ended:
            _drop(self.repeats, subject, (rule, fingerprint))
        self._put_riders(step.riders)
        for subject, event, channel in step.riders_ended:
            _drop(self.riders, subject, (event, channel))
        self.counters.update(step.counters)
        self.sights.update(step.sights)
        for delays in step.delays:
            self._enter(delays)
        self._silence(step)
        self._move(step)
        self._see(step)
        moved = {*(record.subject for record in step.jobs), *(a.subject for a in step.alerts)}
        self._sort_fallen(moved)
        self._refresh(
            moved | over | {*step.resighted, *step.darkened, *(one for one, _ in step.courses)},
            frozenset(step.resighted),
            step.at,
        )

    def replan(self, plan: Plan) -> None:
        """Take another file into force; each job's next reading is looked at under its rules."""
        self.plan = plan
        jobs = [job for jobs in self.jobs.values() for job in jobs.values()]
        for job in jobs:
            job.look_at = ALWAYS
            job.low, job.high = delay_band(plan, job, self.course(job.record.subject))

    def _await_jobs(self) -> None:
        """Have every job out of sight until it is seen."""
        for source in {name for name, _ in self.jobs}:
            waiting = (job.record.subject for job in self.jobs_of(source))
            self.sights[source] = Sight().await_jobs(waiting)

    def _put_sources(self, records: Iterable[SourceRecord]) -> set[Subject]:
        """Take in sources; returns the jobs of incidents that are over."""
        over: set[Subject] = set()
        for record in records:
            before = self.sources.get(record.name) or SourceRecord(name=record.name)
            ended = {one.id for one in before.incidents} - {one.id for one in record.incidents}
            if ended:
                jobs = (job.record for job in self.jobs_of(record.name))
                over |= {job.subject for job in jobs if job.incident in ended}
            self.sources[record.name] = record
        return over

    def _sort_fallen(self, subjects: Iterable[Subject]) -> None:
        """Keep account of the jobs that an incident to come may be made of."""
        for subject in subjects:
            job = self.job(subject)
            alerts = self.alerts.get(subject, {}).values()
            if job is not None and job.record.incident is None and any(map(fell, alerts)):
                self.fallen.setdefault(subject.source or "", {})[subject] = None
            else:
                _drop(self.fallen, subject.source or "", subject)

    def _put_alerts(self, alerts: Iterable[Alert]) -> None:
        for alert in alerts:
            lives = alert.phase in (Phase.PENDING, Phase.FIRING)
            before = self.alerts.get(alert.subject, {}).get(alert.key)
            self.census.move_alert(before, alert if lives else None)
            if lives:
                self.alerts.setdefault(alert.subject, {})[alert.key] = alert
            else:
                _drop(self.alerts, alert.subject, alert.key)

    def _put_told(self, told: Iterable[Told]) -> None:
        for entry in told:
            self._part(entry.subject, entry.key)
            self.told.setdefault(entry.subject, {})[entry.key] = entry
            if entry.subject.job:
                self.mates[mates_key(entry)] += 1

    def _part(self, subject: Subject, key: tuple[str, Kind]) -> None:
        """What was told before does not count any more."""
        before = self.told.get(subject, {}).get(key)
        if before is not None and subject.job:
            of = mates_key(before)
            self.mates[of] -= 1
            if not self.mates[of]:
                del self.mates[of]

    def _put_riders(self, riders: Iterable[Rider]) -> None:
        for rider in riders:
            self.riders.setdefault(rider.subject, {})[rider.key] = rider

    def _put_job(self, record: JobRecord) -> None:
        record = msgspec.structs.replace(
            record,
            run=_slim(record.run, record.subject.job),
            # Jobs that have the same error share its name.
            fingerprints=tuple(map(intern, record.fingerprints)),
        )
        job = self.job(record.subject)
        self.census.move_job(None if job is None else job.record, record)
        if job is None:
            self._new_job(record)
        else:
            job.record, job.run = record, record.run

    def _enter(self, delays: Delays) -> None:
        self.entered[(delays.source, delays.job_type, delays.key)] = minute_of(delays.at)
        jobs = self.jobs.get((delays.source, delays.job_type), {})
        for name, value in delays.values.items():
            job = jobs.get(name)
            if job is not None and job.run is not None and job.entered_before(delays.at):
                job.run = msgspec.structs.replace(job.run, input_delay_ms=value)
                job.record = msgspec.structs.replace(job.record, run=job.run)

    def _new_job(self, record: JobRecord) -> None:
        subject = record.subject
        place = (subject.source or "", subject.job_type or "")
        self.jobs.setdefault(place, {})[subject.job or ""] = Job(record)
        # Other names are asked for from now on, in other requests.
        self.pulses.pop(place[0], None)

    def _drop_job(self, subject: Subject) -> None:
        jobs = self.jobs.get((subject.source or "", subject.job_type or ""), {})
        gone = jobs.pop(subject.job or "", None)
        self.census.move_job(None if gone is None else gone.record, None)
        self._put_course(subject, None)
        self.pulses.pop(subject.source or "", None)
        self.repeats.pop(subject, None)

    def _put_course(self, subject: Subject, course: Course | None) -> None:
        key, name = (subject.source or "", subject.job_type or ""), subject.job or ""
        if course is not None:
            self.courses.setdefault(key, {})[name] = course
        else:
            _drop(self.courses, key, name)

    def _silence(self, step: Step) -> None:
        known = self.silences if step.silences is None else step.silences
        if known:
            ended = {silence.id for silence in step.silences_ended}
            known = tuple(silence for silence in known if silence.id not in ended)
        self.silences = known
        if step.shut is not None:
            opened, self.shut = self.shut - step.shut, step.shut
            self._release(opened)

    def _release(self, opened: frozenset[str]) -> None:
        """Have what these gates held looked at with the next reading."""
        if opened:
            for subject, found in self.alerts.items():
                job = self.job(subject)
                if job is not None and any(alert.hushed for alert in found.values()):
                    job.look_at = ALWAYS

    def _move(self, step: Step) -> None:
        """The wall was set: the times that only memory keeps move too."""
        self.anchor = step.anchor or self.anchor
        if step.moved:
            self.entered.clear()
            self.asked_at = {request: at + step.moved for request, at in self.asked_at.items()}
            self.courses.clear()

    def _see(self, step: Step) -> None:
        self.asked_at.update(dict.fromkeys(step.requests, step.at))
        for request, pulse in step.pulses:
            self.pulses.setdefault(request[0], {})[request] = pulse
            self.answered[request] = self.answered.get(request, 0) + 1
        for subject, course in step.courses:
            self._put_course(subject, course)
        for subject in step.resighted:
            job = self.job(subject)
            if job is not None:
                job.in_sight = True
        for subject in step.darkened:
            job = self.job(subject)
            if job is not None:
                job.in_sight = False

    def _look_at(self, job: Job, looked: frozenset[Subject], now: datetime) -> float:
        if not job.in_sight or job.record.absent is not None:
            return ALWAYS
        alerts = self.alerts.get(job.record.subject, {}).values()
        going = self._goes_on(job.record.subject.source or "", job.record.incident)
        times = (
            quiet_until(alert, self.plan.rule(alert.rule), self.shut, going=going)
            for alert in alerts
        )
        return min(self._look_at_runs(job, looked, now), *times, NEVER)

    def _goes_on(self, source: str, incident: str | None) -> bool:
        record = self.sources.get(source) if incident is not None else None
        going = record.incidents if record else ()
        return any(one.id == incident for one in going)

    def _look_at_runs(self, job: Job, looked: frozenset[Subject], now: datetime) -> float:
        """When a batch job is due by the clock (epoch seconds)."""
        subject, runs = job.record.subject, job.record.runs
        rules = self.plan.rules_for(Kind.BATCH_LATE, subject) if runs is not None else ()
        if runs is None or not rules:
            return NEVER
        # What has become due since it was last judged must not be taken for judged.
        return due_at(rules, runs, now) if subject in looked else ALWAYS

    def _refresh(
        self, subjects: Iterable[Subject], looked: frozenset[Subject], now: datetime
    ) -> None:
        for subject in subjects:
            job = self.job(subject)
            if job is not None:
                job.look_at = self._look_at(job, looked, now)
                job.low, job.high = delay_band(self.plan, job, self.course(subject))


def fell(alert: Alert) -> bool:
    """Whether it fires for a job that left RUNNING wrongly, and was seen to."""
    mismatch = alert.kind is Kind.STATE_MISMATCH and alert.verdict in GRAVE
    return mismatch and alert.fires and not alert.times and not alert.standing


def mates_key(told: Told) -> Mates:
    """By what a thing that was told began together with others."""
    return told.channel, told.kind, int(told.began_at.timestamp())


def minute_of(at: datetime) -> int:
    """The minute that a time lies in, counted from the epoch."""
    return int(at.timestamp()) // 60


def _drop(table: dict[Key, dict[Inner, Value]], key: Key, inner: Inner) -> None:
    entries = table.get(key)
    if entries is not None:
        entries.pop(inner, None)
        if not entries:
            del table[key]


def _slim(run: RunSummary | None, name: str | None) -> RunSummary | None:
    """The run summary without its error's text; name and states are texts that are there already.

    A hundred thousand jobs keep one of these each.
    """
    if run is None:
        return None
    return RunSummary(
        job_name=name or run.job_name,
        expect_state=intern(run.expect_state) if run.expect_state else run.expect_state,
        actual_state=intern(run.actual_state) if run.actual_state else run.actual_state,
        instance_id=run.instance_id,
        engine_job_handler=run.engine_job_handler,
        input_delay_ms=run.input_delay_ms,
        last_error_at=run.last_error_at,
    )
