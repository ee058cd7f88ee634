"""A Step in the making: reads through to the state, collects what changes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta

import msgspec

from watcher.core.alert import Alert, Phase, Told, not_ahead
from watcher.core.course import Course
from watcher.core.event import NO_FACTS, Event, Facts, Kind
from watcher.core.gate import Gate
from watcher.core.job import JobRecord, SourceRecord
from watcher.core.notification import Notification
from watcher.core.plan import Plan
from watcher.core.pulse import Pulse
from watcher.core.rule import Rule
from watcher.core.run_summary import RunSummary
from watcher.core.shutters import Shutters
from watcher.core.sight import Sight
from watcher.core.state import State
from watcher.core.step import Decision, Delays, Repeat, Rider, Step
from watcher.core.subject import Subject
from watcher.core.utterance import Occurrence, Saying
from watcher.core.why import BY_PEOPLE, Why


class Draft:
    """Collects one Step over a state that it never changes.

    What was put into the draft is what its readers see next, so that several rules and jobs of one
    reading build on each other.
    """

    def __init__(self, state: State, now: datetime) -> None:
        """Begin an empty Step at `now`."""
        self.state = state
        self.plan: Plan = state.plan
        self.now = now
        self._jobs: dict[Subject, JobRecord] = {}
        self._gone: dict[Subject, None] = {}
        self._delays: list[Delays] = []
        self._sources: dict[str, SourceRecord] = {}
        self._events: list[Event] = []
        self._alerts: dict[Subject, dict[tuple[str, Kind], Alert]] = {}
        self._told: dict[Subject, dict[tuple[str, Kind], Told | None]] = {}
        self._repeats: dict[tuple[Subject, str], dict[str, Repeat | None]] = {}
        self._counters: dict[str, int] = {}
        self._riders: dict[tuple[Subject, int, str], Rider | None] = {}
        self._notifications: dict[str, Notification] = {}
        self._told_now: dict[tuple[str, Subject, Kind], str] = {}
        self._decisions: list[Decision] = []
        self._fell_back: dict[str, str] = {}
        self._merges: dict[str, str] = {}
        self._resighted: dict[Subject, None] = {}
        self._darkened: dict[Subject, None] = {}
        self._sights: dict[str, Sight] = {}
        self._requests: dict[tuple[str, str, str], None] = {}
        self._pulses: dict[tuple[str, str, str], Pulse] = {}
        self._courses: dict[Subject, Course | None] = {}
        self._unsaid: list[Saying | Occurrence] = []
        self.request = ("", "", "")
        self.shutters = Shutters(state, now, self._counters)

    def ask(self, request: tuple[str, str, str]) -> datetime | None:
        """Note whose outcome this is; returns when the same request last had one."""
        self._requests[request] = None
        self.request = request
        return self.state.asked_at.get(request)

    @property
    def answer(self) -> int:
        """Which answer to the present request this is, counted from 1 since the start."""
        return self.state.answered.get(self.request, 0) + 1

    def put_job(self, record: JobRecord) -> None:
        """Save a job's record."""
        self._jobs[record.subject] = record

    def record(self, subject: Subject) -> JobRecord | None:
        """A job's record as this draft has it."""
        job = self.state.job(subject)
        return self._jobs.get(subject) or (job.record if job else None)

    def drop_job(self, subject: Subject) -> None:
        """Forget a job."""
        self._gone[subject] = None
        self._jobs.pop(subject, None)

    def enter(self, delays: Delays) -> None:
        """Save input delays that change no judgement."""
        self._delays.append(delays)

    def source(self, name: str) -> SourceRecord:
        """A source's record as this draft has it; a new one where there is none."""
        return self._sources.get(name) or self.state.sources.get(name) or SourceRecord(name=name)

    def put_source(self, record: SourceRecord) -> None:
        """Save a source's record where it differs."""
        if record != self.state.sources.get(record.name):
            self._sources[record.name] = record
        else:
            self._sources.pop(record.name, None)

    def sight(self, source: str) -> Sight:
        """How a source sees, as this draft has it."""
        return self._sights.get(source) or self.state.sights.get(source) or Sight()

    def put_sight(self, source: str, sight: Sight) -> None:
        """Take note of how a source sees."""
        self._sights[source] = sight

    def put_pulse(self, request: tuple[str, str, str], pulse: Pulse) -> None:
        """Take note of how the answers to a request move."""
        self._pulses[request] = pulse

    def course(self, subject: Subject) -> Course | None:
        """How a job's input delay has gone before this Step."""
        return self.state.course(subject)

    def put_course(self, subject: Subject, course: Course | None) -> None:
        """Take note of how a job's input delay goes, where that is news."""
        if course != self.course(subject):
            self._courses[subject] = course

    def pulses_of(self, source: str) -> list[Pulse]:
        """The pulses of all requests of a source, as this draft has them."""
        drafted = {key: pulse for key, pulse in self._pulses.items() if key[0] == source}
        return list((self.state.pulses.get(source, {}) | drafted).values())

    def count(self, name: str) -> int:
        """The next value of a counter, from 1."""
        value = self._counters.get(name, self.state.counters.get(name, 0)) + 1
        self._counters[name] = value
        return value

    def event(
        self,
        kind: Kind,
        subject: Subject,
        number: int = 0,
        *,
        run: RunSummary | None = None,
        previous: RunSummary | None = None,
        verdict: str | None = None,
        facts: Facts = NO_FACTS,
    ) -> Event:
        """An event that is detected now; 0 for one that `add_event` has yet to number."""
        return Event(
            id=number,
            kind=kind,
            subject=subject,
            detected_at=self.now,
            occurred_at=self.now,
            run=run,
            previous=previous,
            verdict=verdict,
            facts=facts,
        )

    def add_event(self, event: Event) -> Event:
        """Save an event; returns it with its id."""
        numbered = msgspec.structs.replace(event, id=self.count("event"))
        self._events.append(numbered)
        return numbered

    def alerts_of(self, subject: Subject, kind: Kind) -> list[Alert]:
        """The pending and firing alerts of one kind about a subject, as this draft has them.

        In the rules' order, which unlike that of a store's rows is the same in every process.
        """
        found = self.state.alerts.get(subject, {}) | self._alerts.get(subject, {})
        living = [
            not_ahead(alert, self.now)
            for alert in found.values()
            if alert.kind is kind and alert.phase in (Phase.PENDING, Phase.FIRING)
        ]
        if len(living) > 1:
            living.sort(key=lambda alert: (self.plan.rank(alert.rule), alert.rule))
        return living

    def alert_now(self, subject: Subject, key: tuple[str, Kind]) -> Alert | None:
        """A rule's alert as this draft has it, ended or not."""
        drafted = self._alerts.get(subject, {}).get(key)
        return drafted or self.state.alerts.get(subject, {}).get(key)

    def subjects_moved(self, kind: Kind, source: str) -> list[Subject]:
        """What of a source had an alert of that kind put into this draft."""
        return [
            subject
            for subject, found in self._alerts.items()
            if subject.source == source and any(alert.kind is kind for alert in found.values())
        ]

    def firing(self) -> Iterator[Alert]:
        """Every alert that fires, as this draft has it."""
        for subject in list({**self.state.alerts, **self._alerts}):
            found = {**self.state.alerts.get(subject, {}), **self._alerts.get(subject, {})}
            yield from (alert for alert in found.values() if alert.fires)

    def kinds_open(self, subject: Subject) -> list[Kind]:
        """The kinds of which the state holds alerts about a subject."""
        return sorted({kind for _, kind in self.state.alerts.get(subject, {})})

    def put_alert(self, alert: Alert) -> None:
        """Save an alert; one that has ended leaves the state."""
        self._alerts.setdefault(alert.subject, {})[alert.key] = alert

    def told_of(self, subject: Subject, kind: Kind) -> dict[str, Told]:
        """What each channel has been told of a subject and kind, by channel."""
        found = {**self.state.told.get(subject, {}), **self._told.get(subject, {})}
        living = [entry for entry in found.values() if entry is not None and entry.kind is kind]
        if len(living) > 1:
            living.sort(key=lambda entry: entry.channel)
        return {entry.channel: entry for entry in living}

    def put_told(self, told: Told) -> None:
        """Save what a channel has been told."""
        self._told.setdefault(told.subject, {})[told.key] = told

    def end_told(self, told: Told) -> None:
        """Forget what a channel has been told: it is over."""
        self._told.setdefault(told.subject, {})[told.key] = None

    def repeats_of(self, subject: Subject, rule: str) -> list[Repeat]:
        """What a rule told of a job's errors, oldest first."""
        found: dict[str, Repeat | None] = {
            r.fingerprint: r for r in self.state.repeats.get(subject, {}).values() if r.rule == rule
        }
        found.update(self._repeats.get((subject, rule), {}))
        kept = [repeat for repeat in found.values() if repeat is not None]
        return sorted(kept, key=lambda repeat: (repeat.told_at, repeat.fingerprint))

    def put_repeat(self, repeat: Repeat) -> None:
        """Save when an error was told."""
        self._repeats.setdefault((repeat.subject, repeat.rule), {})[repeat.fingerprint] = repeat

    def end_repeat(self, repeat: Repeat) -> None:
        """Forget an error that was told."""
        self._repeats.setdefault((repeat.subject, repeat.rule), {})[repeat.fingerprint] = None

    def say(self, one: Saying | Occurrence, *, first: bool = False) -> None:
        """Keep what is worth telling until the Step is whole; `first`: before all that is kept."""
        self._unsaid.insert(0 if first else len(self._unsaid), one)

    def unsaid(self) -> list[Saying | Occurrence]:
        """Take out what was kept."""
        kept, self._unsaid = self._unsaid, []
        return kept

    @property
    def has_news(self) -> bool:
        """Whether anything is worth telling, or an alert has moved."""
        return bool(self._unsaid or self._alerts)

    def put_rider(self, rider: Rider) -> None:
        """Let an event wait."""
        self._riders[(rider.subject, *rider.key)] = rider

    def end_rider(self, rider: Rider) -> None:
        """It waits no longer."""
        self._riders[(rider.subject, *rider.key)] = None

    def touched(self, subjects: Collection[Subject]) -> list[Subject]:
        """Those of the subjects about which this draft says something."""
        if not subjects:
            return []
        # In a storm the subjects are many; what one reading is about is not.
        said = dict.fromkeys((*self._resighted, *self._alerts, *self._jobs, *self._gone))
        return [subject for subject in said if subject in subjects]

    def sees(self, subject: Subject) -> bool:
        """Whether this draft is made by a good reading of a job."""
        return subject in self._resighted

    def is_gone(self, subject: Subject) -> bool:
        """Whether this draft forgets a job."""
        return subject in self._gone

    def notify(self, notification: Notification) -> None:
        """Tell a channel."""
        self._notifications[notification.id] = notification
        key = (notification.channel, notification.subject, notification.event.kind)
        self._told_now[key] = notification.id

    def amend(self, notification: Notification) -> None:
        """Let a notification of this draft say more."""
        self._notifications[notification.id] = notification

    def told_now(self, channel: str, subject: Subject, kind: Kind) -> Notification | None:
        """What this draft last tells a channel of a subject and kind."""
        return self._notifications.get(self._told_now.get((channel, subject, kind), ""))

    def notes(self) -> tuple[Notification, ...]:
        """What channels are told so far."""
        return tuple(self._notifications.values())

    def told_ended(self) -> list[Told]:
        """What channels had been told of that is over with this draft."""
        state = self.state.told
        over = ((s, key) for s, found in self._told.items() for key, e in found.items() if not e)
        before = (state.get(subject, {}).get(key) for subject, key in over)
        return [told for told in before if told is not None]

    def hold(self, spans: Mapping[str, timedelta]) -> None:
        """Let notifications, by their ids, wait for so long from now."""
        for name, span in spans.items():
            held = msgspec.structs.replace(self._notifications[name], hold_until=self.now + span)
            self._notifications[name] = held

    def fall_back(self, stranded: str, told_by: str) -> None:
        """A notification that one channel could not be told is told by another notification."""
        self._fell_back[stranded] = told_by

    def merge(self, told: str, into: str) -> None:
        """A notification that may still wait is taken in by another one."""
        self._merges[told] = into

    def decide(
        self,
        event: int,
        why: Why,
        rule: Rule | str | None = None,
        channel: str | None = None,
        notification: str | None = None,
        by: str | None = None,
    ) -> None:
        """Save what was decided about an event, and why."""
        name = rule.name if isinstance(rule, Rule) else rule
        if why in BY_PEOPLE and channel is not None:
            self.count(Gate(why, by).hidden(channel))
        self._decisions.append(Decision(event, why, name, channel, notification, by))

    def resight(self, subject: Subject) -> None:
        """A good answer held this job."""
        self._resighted[subject] = None

    def darken(self, subjects: Iterable[Subject]) -> None:
        """These jobs are out of sight until their next good reading."""
        self._darkened.update(dict.fromkeys(subjects))

    def step(self) -> Step:
        """The Step as it stands."""
        return Step(
            at=self.now,
            jobs=tuple(self._jobs.values()),
            jobs_gone=tuple(self._gone),
            delays=tuple(self._delays),
            sources=tuple(self._sources.values()),
            events=tuple(self._events),
            alerts=tuple(alert for found in self._alerts.values() for alert in found.values()),
            told=tuple(entry for found in self._told.values() for entry in found.values() if entry),
            told_ended=tuple(
                (subject, *key)
                for subject, found in self._told.items()
                for key, entry in found.items()
                if entry is None
            ),
            repeats=tuple(
                entry
                for entries in self._repeats.values()
                for entry in entries.values()
                if entry is not None
            ),
            repeats_ended=tuple(
                (*key, name)
                for key, entries in self._repeats.items()
                for name, entry in entries.items()
                if entry is None
            ),
            counters=tuple(self._counters.items()),
            riders=tuple(rider for rider in self._riders.values() if rider is not None),
            riders_ended=tuple(key for key, rider in self._riders.items() if rider is None),
            notifications=tuple(self._notifications.values()),
            decisions=tuple(self._decisions),
            fell_back=tuple(self._fell_back.items()),
            merges=tuple(self._merges.items()),
            resighted=tuple(self._resighted),
            darkened=tuple(self._darkened),
            sights=tuple(self._sights.items()),
            requests=tuple(self._requests),
            pulses=tuple(self._pulses.items()),
            courses=tuple(self._courses.items()),
            silences=self.shutters.known,
            shut=self.shutters.shut,
            silences_ended=tuple(self.shutters.ended.values()),
        )
