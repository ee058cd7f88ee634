"""A store in memory that treats records as a real one does, and checks every Step."""

from __future__ import annotations

from collections import Counter
from typing import TypeVar

import msgspec

from watcher.core.alert import Alert, Phase, Told
from watcher.core.anchor import Anchor
from watcher.core.event import Event, Kind
from watcher.core.job import JobRecord, SourceRecord
from watcher.core.notification import Notification, Status
from watcher.core.silence import Silence
from watcher.core.step import Decision, Delays, Repeat, Rider, Saved, Step
from watcher.core.subject import Subject

Record = TypeVar("Record")


def written(record: Record) -> Record:
    """A record as it comes back: written as JSON and read again."""
    return msgspec.json.decode(msgspec.json.encode(record), type=type(record))


class ModelStore:
    """Holds what every Step so far has saved."""

    def __init__(self) -> None:
        self.jobs: dict[Subject, JobRecord] = {}
        self.delays: dict[tuple[str, str, str], Delays] = {}
        self.sources: dict[str, SourceRecord] = {}
        self.alerts: dict[tuple[Subject, str, Kind], Alert] = {}
        self.told: dict[tuple[Subject, str, Kind], Told] = {}
        self.repeats: dict[tuple[Subject, str, str], Repeat] = {}
        self.riders: dict[tuple[Subject, int, str], Rider] = {}
        self.counters: dict[str, int] = {}
        self.events: dict[int, Event] = {}
        self.anchor: Anchor | None = None
        self.silences: dict[str, Silence] = {}
        self.decisions: list[Decision] = []
        self.notifications: list[Notification] = []
        self._open: Counter[tuple[str, str]] = Counter()
        self._sequence: Counter[tuple[str, Subject]] = Counter()
        self._ids: set[str] = set()

    def commit(self, step: Step) -> None:
        """Save a Step and check what must hold of each."""
        for job in step.jobs:
            self.jobs[job.subject] = written(job)
        for subject in step.jobs_gone:
            self.jobs.pop(subject, None)
            self.repeats = {k: v for k, v in self.repeats.items() if k[0] != subject}
        if step.moved:
            self.delays.clear()
        for delays in step.delays:
            self.delays[(delays.source, delays.job_type, delays.key)] = written(delays)
        for source in step.sources:
            self.sources[source.name] = written(source)
        self.anchor = written(step.anchor) if step.anchor else self.anchor
        self._save_alerts(step)
        self._save_told(step)
        self._save_riders(step)
        self.counters.update(step.counters)
        for silence in step.silences_ended:
            self.silences[silence.id] = written(silence)
        self._save_history(step)
        self._check_merges(step)
        self._check_decisions()

    def load(self) -> Saved:
        """What a process that starts now would find; rows come in no order that says anything."""
        return Saved(
            store_id="store",
            jobs=tuple(reversed(self.jobs.values())),
            delays=tuple(reversed(self.delays.values())),
            sources=tuple(reversed(self.sources.values())),
            alerts=tuple(reversed(self.alerts.values())),
            told=tuple(reversed(self.told.values())),
            repeats=tuple(reversed(self.repeats.values())),
            riders=tuple(reversed(self.riders.values())),
            counters=tuple(self.counters.items()),
            anchor=self.anchor,
            silences=self.unexpired(),
        )

    def unexpired(self) -> tuple[Silence, ...]:
        """The silences that nobody and nothing has ended before their time."""
        return tuple(one for one in self.silences.values() if one.expired_at is None)

    def _save_alerts(self, step: Step) -> None:
        for alert in step.alerts:
            key = (alert.subject, alert.rule, alert.kind)
            if alert.phase in (Phase.PENDING, Phase.FIRING):
                self.alerts[key] = written(alert)
            else:
                self.alerts.pop(key, None)

    def _save_told(self, step: Step) -> None:
        for told in step.told:
            self.told[(told.subject, told.channel, told.kind)] = written(told)
        for key in step.told_ended:
            self.told.pop(key, None)
        for repeat in step.repeats:
            self.repeats[(repeat.subject, *repeat.key)] = written(repeat)
        for ended in step.repeats_ended:
            self.repeats.pop(ended, None)

    def _save_riders(self, step: Step) -> None:
        for rider in step.riders:
            self.riders[(rider.subject, *rider.key)] = written(rider)
        for key in step.riders_ended:
            del self.riders[key]

    def _save_history(self, step: Step) -> None:
        for event in step.events:
            assert event.id not in self.events
            self.events[event.id] = written(event)
        self.decisions += map(written, step.decisions)
        for notification in step.notifications:
            self._check_notification(notification)
            self.notifications.append(written(notification))

    def _check_notification(self, notification: Notification) -> None:
        """Its id is new, its sequence the next, and an end follows a beginning."""
        assert notification.id not in self._ids
        self._ids.add(notification.id)
        lane = (notification.channel, notification.subject)
        self._sequence[lane] += 1
        assert self._sequence[lane] == notification.sequence
        if notification.status is Status.OCCURRED:
            assert 1 == notification.number
            return
        alert = (notification.channel, notification.alert)
        self._open[alert] += 1
        assert self._open[alert] == notification.number
        if notification.status is Status.RESOLVED:
            # A beginning that was taken into its end falls back as that end alone.
            assert notification.number > 1 or notification.fallback_for is not None
            del self._open[alert]

    def _check_merges(self, step: Step) -> None:
        """What is merged was made for the same channel as what takes it in, and before it."""
        made = {note.id: (note.channel, n) for n, note in enumerate(self.notifications)}
        for old, new in step.merges:
            assert made[old][0] == made[new][0]
            assert made[old][1] < made[new][1]

    def _check_decisions(self) -> None:
        """Every event has a decision, but for those that still wait, they or their alerts."""
        decided = {decision.event for decision in self.decisions}
        waiting = {a.event for a in self.alerts.values() if a.phase is Phase.PENDING}
        waiting |= {rider.event.id for rider in self.riders.values()}
        assert set() == self.events.keys() - decided - waiting
