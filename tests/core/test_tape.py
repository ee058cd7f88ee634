"""The flight recorder: what any story of Steps leaves on the tape gives every moment back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

import msgspec
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.core.test_pipeline_properties import Act, Watched, acts, file_of
from watcher.core.flight import Entry, Era, Frame, Layer, Reason, Reel, stamp
from watcher.core.job import JobRecord
from watcher.core.past import Seen, fold
from watcher.core.plan import Plan
from watcher.core.recall import fill
from watcher.core.run_summary import BATCH, STREAM, RunSummary, error_time
from watcher.core.state import State
from watcher.core.step import Step
from watcher.core.tape import Tape

Moment = dict[tuple[str, str], tuple[RunSummary | None, str | None, datetime | None]]
LONG: Final = "x" * 20_000


class Recorded(Watched):
    """A world whose Steps are recorded, and what held after each, by time."""

    def __init__(self, file: Plan, job_type: str) -> None:
        self.tape = Tape()
        self.parts: list[Era | Frame] = []
        self.texts: dict[tuple[str, int], str] = {}
        self.firsts: dict[tuple[str, int], str] = {}
        self.moments: dict[datetime, Moment] = {}
        self.begun: State | None = None
        super().__init__(file, job_type)

    def _take(self, step: Step) -> list[str]:
        if self.begun is not self.state:
            self.tape.load(self.store.load().jobs)
            self.begin(Reason.START)
        if not step.moved:
            self.tape.take(self.state, step)
        # The real store fills in the texts that memory does not keep.
        said = super()._take(
            fill(step, {s: job.run for s, job in self.store.jobs.items() if job.run})
        )
        if step.moved:
            self.moments = {at: seen for at, seen in self.moments.items() if at < self.now}
            self.begin(Reason.CLOCK)
        self.moments[self.now] = self.held()
        return said

    def begin(self, reason: Reason) -> None:
        self.begun = self.state
        self.tape.begin(self.state, self.now, reason)

    def turns_over(self) -> None:
        self.begin(Reason.TURN)

    def keeps(self) -> None:
        self._keep(self.tape.drain())

    def _keep(self, reel: Reel) -> None:
        written = msgspec.json.encode(reel.parts)
        self.parts += _read(written)
        for one in reel.texts:
            self.texts.setdefault((one.job, one.error_at), one.text)

    def held(self) -> Moment:
        """What is known now: the state in memory, each error's text from the store."""
        saved = {job.subject: job for job in self.store.load().jobs}
        return {
            (job_type, name): (
                job.run,
                self._first_text(job.run, _message(saved[job.record.subject])),
                job.record.absent.since if job.record.absent else None,
            )
            for (_, job_type), jobs in self.state.jobs.items()
            for name, job in jobs.items()
        }

    def _first_text(self, run: RunSummary | None, text: str | None) -> str | None:
        """What an error of that time said first; the same time with another text is no error."""
        if run is None or not error_time(run):
            return None
        if text:
            self.firsts.setdefault((run.job_name, error_time(run)), text[:8192])
        return self.firsts.get((run.job_name, error_time(run)))

    def told_of(self, at: datetime) -> Moment:
        """What the recording says of a time."""
        past = fold(self.entries_until(at))
        return {
            place: (
                seen.run,
                self._text_of(seen),
                seen.absent_since,
            )
            for place, seen in past.jobs.items()
        }

    def _text_of(self, seen: Seen) -> str | None:
        at = error_time(seen.run) if seen.run else 0
        return self.texts.get((seen.job, at)) if at else None

    def entries_until(self, at: datetime, source: str = "prod") -> list[Entry]:
        """The entries of the era in force at a time, up to then: changes before looks."""
        starts = [i for i, p in enumerate(self.parts) if isinstance(p, Era) and p.at <= stamp(at)]
        frames: list[Frame] = []
        for part in self.parts[starts[-1] + 1 :]:
            if isinstance(part, Era):
                break
            frames += [part] if part.source == source else []
        order = {Layer.WHOLE: 0, Layer.CHANGE: 1, Layer.LOOK: 2}
        found = [(entry, order[frame.layer]) for frame in frames for entry in frame.entries]
        timed = [(getattr(entry, "at", 0), layer, entry) for entry, layer in found]
        timed.sort(key=lambda one: one[:2])
        return [entry for time, _, entry in timed if time <= stamp(at)]


def _message(record: JobRecord) -> str | None:
    return record.run.last_error_message if record.run else None


def _read(written: bytes) -> Iterator[Era | Frame]:
    for raw in msgspec.json.decode(written, type=list[msgspec.Raw]):
        if b'"layer"' in bytes(raw):
            yield msgspec.json.decode(raw, type=Frame)
        else:
            yield msgspec.json.decode(raw, type=Era)


def stories(job_type: str) -> st.SearchStrategy[list[Act]]:
    """The stories of the pipeline's own properties, kept and turned over at any point."""
    keeping: list[Act] = [lambda world: world.keeps(), lambda world: world.turns_over()]  # type: ignore[attr-defined]
    return st.tuples(
        acts(job_type), st.lists(st.tuples(st.integers(0, 30), st.sampled_from(keeping)))
    ).map(lambda parts: _mixed(*parts))


def _mixed(story: list[Act], more: list[tuple[int, Act]]) -> list[Act]:
    mixed = list(story)
    for place, act in more:
        mixed.insert(min(place, len(mixed)), act)
    return mixed


@settings(phases=[Phase.generate])
@given(st.sampled_from([STREAM, BATCH]).flatmap(lambda t: st.tuples(st.just(t), stories(t))))
def test_every_moment_of_any_story_is_given_back(story: tuple[str, list[Act]]) -> None:
    """Whatever happens, what the recording says of a time is what was held then, whole."""
    job_type, told = story
    world = Recorded(file_of(job_type, 0), job_type)
    for act in told:
        act(world)
    world.keeps()
    for at, held in world.moments.items():
        assert held == world.told_of(at)
