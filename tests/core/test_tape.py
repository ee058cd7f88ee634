"""The flight recorder: what any story of Steps leaves on the tape gives every moment back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from tests.core.playbook import NOON, plan, run
from tests.core.test_pipeline_properties import Act, Watched, acts, file_of
from watcher.core.flight import (
    TEXT_KEPT,
    Dark,
    Entry,
    Era,
    Failed,
    Frame,
    Layer,
    Looked,
    Noted,
    Reason,
    Reel,
    Ticked,
    Whole,
    moment,
    number_of,
    stamp,
)
from watcher.core.past import fold
from watcher.core.plan import Plan
from watcher.core.reading import Cause
from watcher.core.recall import fill
from watcher.core.run_summary import BATCH, STREAM, RunSummary, error_time
from watcher.core.state import State
from watcher.core.step import Step
from watcher.core.tape import Tape, frames_of

Moment = dict[tuple[str, str], tuple[RunSummary | None, datetime | None]]


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

    def keeps(self) -> None:
        self._keep(self.tape.drain())

    def _keep(self, reel: Reel) -> None:
        parts = [frames_of(p) if isinstance(p, Whole) else (p,) for p in reel.parts]
        written = msgspec.json.encode([one for part in parts for one in part])
        self.parts += _read(written)
        for one in reel.texts:
            self.texts.setdefault((one.job, one.error_at), one.text)

    def held(self) -> Moment:
        """What is known now; an error is what the store says of its time first."""
        for record in self.store.load().jobs:
            run = record.run
            if run is not None and run.last_error_message and error_time(run):
                key = (run.job_name, error_time(run))
                self.firsts.setdefault(key, run.last_error_message[:TEXT_KEPT])
        return {
            (job_type, name): (job.run, job.record.absent.since if job.record.absent else None)
            for (_, job_type), jobs in self.state.jobs.items()
            for name, job in jobs.items()
        }

    def told_of(self, at: datetime) -> Moment:
        """What the recording says of a time."""
        past = fold(self.entries_until(at))
        return {place: (seen.run, seen.absent_since) for place, seen in past.jobs.items()}

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


def _read(written: bytes) -> Iterator[Era | Frame]:
    for raw in msgspec.json.decode(written, type=list[msgspec.Raw]):
        if b'"layer"' in bytes(raw):
            yield msgspec.json.decode(raw, type=Frame)
        else:
            yield msgspec.json.decode(raw, type=Era)


def _keep(world: Watched) -> None:
    assert isinstance(world, Recorded)
    world.keeps()


def _turn_over(world: Watched) -> None:
    assert isinstance(world, Recorded)
    world.begin(Reason.TURN)


def stories(job_type: str) -> st.SearchStrategy[list[Act]]:
    """The stories of the pipeline's own properties, kept and turned over at any point."""
    keeping: list[Act] = [_keep, _turn_over]
    return st.tuples(
        acts(job_type), st.lists(st.tuples(st.integers(0, 30), st.sampled_from(keeping)))
    ).map(lambda parts: _mixed(*parts))


def _mixed(story: list[Act], more: list[tuple[int, Act]]) -> list[Act]:
    mixed = list(story)
    for place, act in more:
        mixed.insert(min(place, len(mixed)), act)
    return mixed


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
    assert world.firsts == {key: world.texts.get(key) for key in world.firsts}


def test_an_outage_is_kept_from_its_first_failure_to_the_next_good_answer() -> None:
    """Which names were dark, why, and that more failures of the same kind are only counted."""
    world = Recorded(plan(jobs=("a", "b")), STREAM)
    world.reads(run("a"), run("b"))
    world.waits("10s")
    for _ in range(3):
        world.fails("a", "b")
        world.waits("10s")
    world.fails("a", "b", cause=Cause.DNS)
    dark = world.now
    world.waits("10s")
    world.reads(run("a"), run("b"))
    world.keeps()
    past = fold(world.entries_until(dark))
    (known,) = past.dark.values()
    assert ("dns", NOON + timedelta(seconds=10)) == (known.cause, moment(known.since))
    assert {} == fold(world.entries_until(world.now)).dark
    found = [entry for part in world.parts if isinstance(part, Frame) for entry in part.entries]
    assert ["timeout", "dns"] == [entry.cause for entry in found if isinstance(entry, Dark)]
    assert [(10_000_000,)] == [entry.later for entry in found if isinstance(entry, Failed)]


def test_a_discovery_that_fails_is_kept_until_it_works() -> None:
    """A listing that failed is an outage of names that nobody knows yet."""
    world = Recorded(plan(jobs=("x*",)), STREAM)
    world.lists("x1")
    world.cannot_list()
    world.keeps()
    assert {(STREAM, "")} == set(fold(world.entries_until(world.now)).dark)
    world.waits("10s")
    world.lists("x1")
    world.keeps()
    assert {} == fold(world.entries_until(world.now)).dark


def test_a_poll_that_shows_nothing_new_leaves_its_time_alone() -> None:
    """Between two minutes nothing but when it was looked at is kept, and it need not be soon."""
    world = Recorded(plan(jobs=("a",)), STREAM)
    world.reads(run(delay=5))
    world.keeps()
    world.waits("10s")
    world.reads(run(delay=7))
    assert not world.tape.urgent
    (frame,) = world.tape.drain().parts
    assert isinstance(frame, Frame)
    (looked,) = frame.entries
    assert Looked(stamp(world.now), STREAM, "a") == looked


def test_what_an_error_said_is_cut() -> None:
    """The beginning of a text of any length is enough, and names the text."""
    world = Recorded(plan(jobs=("a",)), STREAM)
    world.reads(run())
    world.reads(run(error="x" * 20_000, error_at=1000))
    world.keeps()
    assert {("a", 1000): "x" * TEXT_KEPT} == world.texts


def test_a_text_without_a_time_is_known_by_its_number() -> None:
    """An API that gives errors no time still has what they said kept with the look that gave it."""
    world = Recorded(plan(jobs=("a",)), STREAM)
    world.reads(run())
    world.reads(run(error="x broke", error_at=0))
    world.keeps()
    seen = fold(world.entries_until(world.now)).jobs[(STREAM, "a")]
    assert number_of("x broke") == seen.error


def test_what_is_not_about_a_job_and_ticks_are_kept_with_the_watcher() -> None:
    """Notes and the times of ticks stand under no source; unknown words are for later readers."""
    world = Recorded(plan(jobs=("a",)), STREAM)
    world.tape.note(NOON, "reload", {"rules": ["down"]})
    world.tape.tick(NOON)
    world.tape.tick(NOON + timedelta(seconds=2))
    world.keeps()
    entries = world.entries_until(NOON + timedelta(seconds=5), source="")
    assert [
        Noted(stamp(NOON), "reload", {"rules": ["down"]}),
        Ticked(stamp(NOON), (2_000_000,)),
    ] == entries
