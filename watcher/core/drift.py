"""The wall clock was set while it ran: what is open goes on as if it had always shown that time.

Beginnings and due times of open clocks move with it; what has happened, silences, windows and
deadlines stay where they were.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from watcher.core.alert import Alert
from watcher.core.anchor import Anchor
from watcher.core.job import CatchUp, Change, Clock, JobRecord, PlannedStop, SourceRecord
from watcher.core.pulse import Pulse
from watcher.core.state import State
from watcher.core.step import Step
from watcher.core.storm import Incident
from watcher.core.verdict import BatchVerdict


def move_clocks(state: State, by: timedelta, anchor: Anchor, now: datetime) -> Step:
    """The Step that moves every open clock by `by`; `now` is the time that the wall shows now."""
    return Step(
        at=now,
        moved=by,
        anchor=anchor,
        jobs=tuple(_jobs(state, by)),
        sources=tuple(_source(record, by) for record in state.sources.values()),
        alerts=tuple(_alert(a, by) for found in state.alerts.values() for a in found.values()),
        told=tuple(
            msgspec.structs.replace(entry, began_at=entry.began_at + by)
            for found in state.told.values()
            for entry in found.values()
        ),
        repeats=tuple(
            msgspec.structs.replace(repeat, told_at=repeat.told_at + by)
            for found in state.repeats.values()
            for repeat in found.values()
        ),
        riders=tuple(
            msgspec.structs.replace(rider, since=rider.since + by)
            for found in state.riders.values()
            for rider in found.values()
        ),
        sights=tuple((name, sight.moved_by(by)) for name, sight in state.sights.items()),
        pulses=tuple(_pulses(state, by)),
    )


def _jobs(state: State, by: timedelta) -> Iterable[JobRecord]:
    """Every record, as what was entered later must stay the later one."""
    for jobs in state.jobs.values():
        for job in jobs.values():
            record = job.record
            yield msgspec.structs.replace(
                record,
                entered_at=_moved(record.entered_at, by),
                wrong=_clock(record.wrong, by),
                absent=_clock(record.absent, by),
                changes=tuple(Change(one.at + by, one.restart) for one in record.changes),
                stop=_stop(record.stop, by),
                runs=record.runs and record.runs.moved_by(by),
            )


def _stop(stop: PlannedStop | None, by: timedelta) -> PlannedStop | None:
    return stop and msgspec.structs.replace(
        stop,
        since=stop.since + by,
        down_at=_moved(stop.down_at, by),
        back_at=_moved(stop.back_at, by),
    )


def _pulses(state: State, by: timedelta) -> Iterable[tuple[tuple[str, str, str], Pulse]]:
    for pulses in state.pulses.values():
        for request, pulse in pulses.items():
            yield request, msgspec.structs.replace(pulse, since=pulse.since + by)


def _clock(clock: Clock | None, by: timedelta) -> Clock | None:
    return clock and msgspec.structs.replace(clock, since=clock.since + by)


def _source(record: SourceRecord, by: timedelta) -> SourceRecord:
    return msgspec.structs.replace(
        record,
        read_at=_moved(record.read_at, by),
        blind=_clock(record.blind, by),
        frozen=_clock(record.frozen, by),
        seen_again_at=_moved(record.seen_again_at, by),
        catching_up=_catch_up(record.catching_up, by),
        incidents=tuple(_incident(incident, by) for incident in record.incidents),
    )


def _incident(incident: Incident, by: timedelta) -> Incident:
    return msgspec.structs.replace(
        incident,
        since=incident.since + by,
        last_fell_at=incident.last_fell_at + by,
        back_at=_moved(incident.back_at, by),
    )


def _catch_up(caught: CatchUp | None, by: timedelta) -> CatchUp | None:
    return caught and msgspec.structs.replace(caught, since=caught.since + by)


def _alert(alert: Alert, by: timedelta) -> Alert:
    since_deadline = alert.verdict == BatchVerdict.LATE
    return msgspec.structs.replace(
        alert,
        since=alert.since if since_deadline else alert.since + by,
        fired_at=_moved(alert.fired_at, by),
        right_since=_moved(alert.right_since, by),
        last_told_at=_moved(alert.last_told_at, by),
        times=tuple(at + by for at in alert.times),
    )


def _moved(at: datetime | None, by: timedelta) -> datetime | None:
    return None if at is None else at + by
