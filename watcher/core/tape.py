"""Makes the flight recorder's entries of Steps: what differs from what was recorded before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final, TypeAlias

from watcher.core.flight import (
    TEXT_KEPT,
    Changed,
    Dark,
    Entry,
    Era,
    ErrorText,
    Failed,
    Fields,
    Frame,
    Gone,
    Lags,
    Layer,
    Lit,
    Looked,
    Names,
    Noted,
    Reason,
    Reel,
    Standing,
    Ticked,
    Whole,
    fields_of,
    number_of,
    stamp,
)
from watcher.core.job import JobRecord
from watcher.core.run_summary import RunSummary, error_time
from watcher.core.sight import Gap
from watcher.core.state import State
from watcher.core.step import Delays, Step
from watcher.core.subject import Subject

Request: TypeAlias = tuple[str, str, str]
"""A source, a job type, and the first name that is asked for; "" for a discovery."""

CHUNK: Final = 2000
"""Jobs in one frame of the whole: who writes it must come up for air."""


class Tape:
    """Takes each Step before it is applied; what it holds is given out by `drain`.

    It keeps no run summaries: the state is what was recorded last.  `size` is roughly how much it
    holds; `urgent` says that something in it should not wait.
    """

    def __init__(self) -> None:
        """A tape on which nothing has begun."""
        self.size = 0
        self.urgent = False
        self._parts: list[Era | Frame | Whole] = []
        self._texts: list[ErrorText] = []
        self._layers: dict[tuple[str, Layer], list[Entry]] = {}
        self._looks: dict[Request, list[int]] = {}
        self._fails: dict[Request, list[int]] = {}
        self._ticks: list[int] = []
        self._names: dict[Request, tuple[str, ...]] = {}
        self._lags: dict[Request, Sequence[int | None]] = {}
        self._dark: dict[Request, Dark] = {}

    def load(self, records: Iterable[JobRecord]) -> None:
        """Take the error texts of what a store gave back; nothing is known to be dark any more."""
        self._dark.clear()
        for record in records:
            if record.run is not None and error_time(record.run):
                self._keep_text(record.subject, record.run)

    def begin(
        self, state: State, now: datetime, reason: Reason, lost_from: datetime | None = None
    ) -> None:
        """Begin an era with everything that the state holds."""
        self._close()
        self._names.clear()
        self._lags.clear()
        at = stamp(now)
        self._parts.append(Era(at, reason, None if lost_from is None else stamp(lost_from)))
        for source in dict.fromkeys(name for name, _ in state.jobs):
            records = [job.record for job in state.jobs_of(source)]
            self._parts.append(Whole(source, at, tuple(records)))
        for (source, _, _), dark in self._dark.items():
            self._parts.append(Frame(source, Layer.WHOLE, at, at, (dark,)))
        self.urgent = True

    def take(self, state: State, step: Step) -> None:
        """Record what a Step changes of a state that it has not been applied to yet."""
        at = stamp(step.at)
        if step.saves:
            self._take_jobs(state, step, at)
        for request in step.requests:
            if request[2]:
                self._hear(step, request, at)
        for source, sight in step.sights:
            self._list(source, sight.unlisted, at)
        for delays in step.delays:
            self._lag(state, delays, at)

    def tick(self, at: datetime) -> None:
        """Record that time alone changed something."""
        self._ticks.append(stamp(at))
        self.size += 1

    def note(self, at: datetime, word: str, facts: Mapping[str, object]) -> None:
        """Record what is not about one job."""
        self._add("", Layer.CHANGE, Noted(stamp(at), word, facts))

    def drain(self) -> Reel:
        """Everything since the last time."""
        self._close()
        reel = Reel(tuple(self._parts), tuple(self._texts))
        self._parts, self._texts = [], []
        self.size, self.urgent = 0, False
        return reel

    def _take_jobs(self, state: State, step: Step, at: int) -> None:
        for record in step.jobs:
            known = state.job(record.subject)
            before = None if known is None else known.record
            fields = _difference(None if before is None else _fields(before), _fields(record))
            error = self._learn(record)
            if error is not None:
                fields["error"] = error
            if fields or before is None:
                place = (record.subject.job_type or "", record.subject.job or "")
                self._add(record.subject.source or "", Layer.CHANGE, Changed(at, *place, fields))
        for subject in step.jobs_gone:
            gone = Gone(at, subject.job_type or "", subject.job or "")
            self._add(subject.source or "", Layer.CHANGE, gone)

    def _learn(self, record: JobRecord) -> int | None:
        """Keep the text that a look gave; its number where the error has no time to know it by."""
        run = record.run
        if run is None or not run.last_error_message:
            return None
        self._keep_text(record.subject, run)
        return None if error_time(run) else number_of(run.last_error_message)

    def _keep_text(self, subject: Subject, run: RunSummary) -> None:
        if run.last_error_message:
            place = (subject.source or "", subject.job_type or "", subject.job or "")
            text = run.last_error_message[:TEXT_KEPT]
            self._texts.append(ErrorText(*place, error_time(run), text))

    def _hear(self, step: Step, request: Request, at: int) -> None:
        gap = _failure(step, request[0])
        if gap is None:
            if self._dark and self._dark.pop(request, None) is not None:
                self._add(request[0], Layer.CHANGE, Lit(at, *request[1:]))
            self._looks.setdefault(request, []).append(at)
            self.size += 1
            return
        self._name(request, tuple(s.job or "" for s in step.darkened), at)
        self._darken(request, gap, at)

    def _darken(self, request: Request, gap: Gap, at: int) -> None:
        known = self._dark.get(request)
        if known is not None and (known.cause, known.detail) == (gap.cause.value, gap.detail):
            self._fails.setdefault(request, []).append(at)
            self.size += 1
            return
        since = known.since if known else stamp(gap.since)
        dark = Dark(at, *request[1:], since, gap.cause.value, gap.detail)
        self._dark[request] = dark
        self._add(request[0], Layer.CHANGE, dark)

    def _list(self, source: str, unlisted: Mapping[str, Gap], at: int) -> None:
        """Discoveries that fail, and those that work again."""
        for job_type, gap in unlisted.items():
            if stamp(gap.at) == at:
                self._darken((source, job_type, ""), gap, at)
        over = [r for r in self._dark if r[0] == source and not r[2] and r[1] not in unlisted]
        for request in over:
            del self._dark[request]
            self._add(source, Layer.CHANGE, Lit(at, *request[1:]))

    def _lag(self, state: State, delays: Delays, at: int) -> None:
        request = (delays.source, delays.job_type, delays.key)
        if not _holds(self._names.get(request), delays.values):
            jobs = state.jobs.get(request[:2], {})
            # The state's own texts, lest each answer's be kept.
            self._name(request, tuple(_own(jobs, name) for name in delays.values), at)
        values = list(map(delays.values.get, self._names[request]))
        steps = _steps(values, self._lags.get(request, ()))
        self._lags[request] = values
        self._add(request[0], Layer.LOOK, Lags(at, *request[1:], steps), urgent=False)

    def _name(self, request: Request, names: tuple[str, ...], at: int) -> None:
        if self._names.get(request) != names:
            self._names[request] = names
            self._lags.pop(request, None)
            self._add(request[0], Layer.LOOK, Names(at, *request[1:], names), urgent=False)

    def _add(self, source: str, layer: Layer, entry: Entry, *, urgent: bool = True) -> None:
        self._layers.setdefault((source, layer), []).append(entry)
        self.size += 1
        self.urgent |= urgent

    def _close(self) -> None:
        """Turn what was taken into frames."""
        for request, times in self._looks.items():
            looked = Looked(times[0], *request[1:], _later(times))
            self._layers.setdefault((request[0], Layer.LOOK), []).append(looked)
        for request, times in self._fails.items():
            failed = Failed(times[0], *request[1:], _later(times))
            self._layers.setdefault((request[0], Layer.LOOK), []).append(failed)
        if self._ticks:
            ticked = Ticked(self._ticks[0], _later(self._ticks))
            self._layers.setdefault(("", Layer.LOOK), []).append(ticked)
        for (source, layer), entries in self._layers.items():
            self._parts.append(_frame(source, layer, entries))
        self._layers, self._looks, self._fails, self._ticks = {}, {}, {}, []


def frames_of(whole: Whole) -> Iterator[Frame]:
    """The frames that say it; made late, as there may be many jobs."""
    for start in range(0, len(whole.records), CHUNK):
        standing = tuple(map(_standing, whole.records[start : start + CHUNK]))
        yield Frame(whole.source, Layer.WHOLE, whole.at, whole.at, standing)


def _standing(record: JobRecord) -> Standing:
    subject, seen_at = record.subject, record.entered_at
    given = {n: v for n, v in _fields(record).items() if v is not None}
    fields: Fields = given if record.run is None else {"actual_state": None, **given}
    return Standing(
        subject.job_type or "",
        subject.job or "",
        None if seen_at is None else stamp(seen_at),
        fields,
    )


def _fields(record: JobRecord) -> dict[str, str | int | None]:
    fields = fields_of(record.run)
    if record.absent is not None:
        fields["absent"] = stamp(record.absent.since)
    return fields


def _difference(before: Fields | None, after: Fields) -> dict[str, str | int | None]:
    if before is None:
        return dict(after)
    found = {n: v for n, v in after.items() if n not in before or v != before[n]}
    return found | {n: None for n in before if n not in after}


def _frame(source: str, layer: Layer, entries: Sequence[Entry]) -> Frame:
    times = [entry.at for entry in entries if not isinstance(entry, Standing)]
    lasts = [_last(entry) for entry in entries]
    return Frame(source, layer, min(times), max(lasts), tuple(entries))


def _last(entry: Entry) -> int:
    match entry:
        case Standing():
            return 0
        case Looked() | Failed() | Ticked():
            return entry.at + (entry.later[-1] if entry.later else 0)
        case _:
            return entry.at


def _later(times: Sequence[int]) -> tuple[int, ...]:
    return tuple(at - times[0] for at in times[1:])


def _holds(names: tuple[str, ...] | None, values: Mapping[str, object]) -> bool:
    """Whether these are the very names that values are given for."""
    known = names is not None and len(names) == len(values)
    return known and all(map(values.__contains__, names or ()))


def _own(jobs: Mapping[str, object], name: str) -> str:
    job = jobs.get(name)
    record = getattr(job, "record", None)
    return record.subject.job if isinstance(record, JobRecord) and record.subject.job else name


def _failure(step: Step, source: str) -> Gap | None:
    """The gap that a Step's reading is a part of, where it was an outage."""
    for name, sight in step.sights:
        if name == source:
            for subject in step.darkened:
                gap = sight.dark.get(subject)
                if gap is not None and gap.at == step.at:
                    return gap
    return None


def _steps(values: Sequence[int | None], before: Sequence[int | None]) -> tuple[int | None, ...]:
    if not before:
        return tuple(values)
    return tuple(
        [None if new is None else new - (old or 0) for new, old in zip(values, before, strict=True)]
    )
