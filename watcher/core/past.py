"""What was seen at a time, put together again from what the flight recorder kept."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from watcher.core.flight import (
    Changed,
    Dark,
    Entry,
    Fields,
    Gone,
    Lags,
    Lit,
    Looked,
    Names,
    Standing,
    moment,
)
from watcher.core.run_summary import RunSummary


class Seen(msgspec.Struct, frozen=True):
    """One job as it was seen.

    `run` is its run summary without the error's text, `None` before a first look; `error` the
    number of that text where the error has no time; `absent_since` since when it was missing;
    `changed_at` when it last changed in anything (at the beginning of a recording: when the store
    says it did).
    """

    job_type: str
    job: str
    run: RunSummary | None = None
    error: int | None = None
    absent_since: datetime | None = None
    changed_at: datetime | None = None


class Past:
    """Folds the entries of one era and source, oldest first, into what was seen after each.

    With `only`, a job's name, the others are passed over.
    """

    def __init__(self, only: str | None = None) -> None:
        self.jobs: dict[tuple[str, str], Seen] = {}
        self.dark: dict[tuple[str, str], Dark] = {}
        self.request_of: dict[tuple[str, str], str] = {}
        self.looked_at: dict[tuple[str, str], datetime] = {}
        self._only = only
        self._places: dict[tuple[str, str], list[tuple[int, str]]] = {}
        self._delays: dict[tuple[str, str], list[int | None]] = {}

    def take(self, entry: Entry) -> None:
        """The next entry."""
        match entry:
            case Standing():
                self._stand(entry)
            case Changed():
                self._change(entry)
            case Gone():
                self.jobs.pop((entry.job_type, entry.job), None)
            case Dark():
                self.dark[(entry.job_type, entry.key)] = entry
            case Lit():
                self.dark.pop((entry.job_type, entry.key), None)
            case Names():
                self._name(entry)
            case Lags():
                self._lag(entry)
            case Looked():
                at = moment(entry.at + (entry.later[-1] if entry.later else 0))
                self.looked_at[(entry.job_type, entry.key)] = at
            case _:
                pass

    def _wanted(self, job: str) -> bool:
        return self._only is None or self._only == job

    def _stand(self, entry: Standing) -> None:
        if self._wanted(entry.job):
            at = None if entry.seen_at is None else moment(entry.seen_at)
            seen = _with(Seen(entry.job_type, entry.job), entry.fields)
            known = msgspec.structs.replace(seen, changed_at=at)
            self.jobs[(entry.job_type, entry.job)] = known

    def _change(self, entry: Changed) -> None:
        if self._wanted(entry.job):
            place = (entry.job_type, entry.job)
            seen = _with(self.jobs.get(place) or Seen(*place), entry.fields)
            self.jobs[place] = msgspec.structs.replace(seen, changed_at=moment(entry.at))

    def _name(self, entry: Names) -> None:
        request = (entry.job_type, entry.key)
        self._places[request] = [
            (place, name) for place, name in enumerate(entry.names) if self._wanted(name)
        ]
        self._delays.pop(request, None)
        for _, name in self._places[request]:
            self.request_of[(entry.job_type, name)] = entry.key

    def _lag(self, entry: Lags) -> None:
        """A delay is newer than what was seen before, not than what the same answer changed."""
        request, at = (entry.job_type, entry.key), moment(entry.at)
        places = self._places.get(request, [])
        before = self._delays.get(request) or [None] * len(places)
        values: list[int | None] = []
        for (place, name), old in zip(places, before, strict=True):
            step = entry.steps[place]
            value = None if step is None else step + (old or 0)
            values.append(value)
            seen = self.jobs.get((entry.job_type, name))
            if seen is None or seen.run is None or seen.changed_at == at:
                continue
            if seen.run.input_delay_ms != value:
                run = msgspec.structs.replace(seen.run, input_delay_ms=value)
                self.jobs[(entry.job_type, name)] = msgspec.structs.replace(seen, run=run)
        self._delays[request] = values


def fold(entries: Iterable[Entry], only: str | None = None) -> Past:
    """Everything that entries say, oldest first."""
    past = Past(only)
    for entry in entries:
        past.take(entry)
    return past


def _with(seen: Seen, fields: Fields) -> Seen:
    """What is seen after some fields have changed; a text without a time is that look's alone."""
    run = seen.run
    found = {n: v for n, v in fields.items() if n not in ("error", "absent")}
    if found:
        run = msgspec.structs.replace(run or RunSummary(seen.job), **found)
    error, absent = fields.get("error"), seen.absent_since
    if "absent" in fields:
        since = fields["absent"]
        absent = moment(since) if isinstance(since, int) else None
    return msgspec.structs.replace(
        seen, run=run, error=error if isinstance(error, int) else None, absent_since=absent
    )
