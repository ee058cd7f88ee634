"""What a recording tells of one job: at a moment, over a span, and what it cannot tell."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from tests.core.playbook import NOON, World, plan, rule, run
from watcher.core.flight import Reason
from watcher.core.run_summary import STREAM
from watcher.core.step import Step
from watcher.core.tape import Tape
from watcher.store.flight_reader import FlightReader
from watcher.store.flight_writer import FlightWriter
from watcher.store.history import (
    Change,
    Moment,
    Place,
    changes_of,
    moment_of,
    outages_of,
    pauses_of,
    places_of,
)

A = Place("prod", STREAM, "a")
SECOND = timedelta(seconds=1)


class Kept(World):
    """A world that is recorded in a file, and asked afterwards."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "watcher.db"
        self.tape, self.begun = Tape(), False
        self.writer = FlightWriter(self.path, str)
        super().__init__(file=plan(rule("down", "state-mismatch"), jobs=("a", "b")))

    def _take(self, step: Step) -> list[str]:
        if not self.begun:
            self.begins(Reason.START)
        self.tape.take(self.state, step)
        return super()._take(step)

    def begins(self, reason: Reason, lost_from: datetime | None = None) -> None:
        self.begun = True
        self.tape.begin(self.state, self.now, reason, lost_from)

    async def keeps(self) -> None:
        await self.writer.write(self.tape.drain(), self.now)

    async def at(self, at: datetime) -> Moment:
        await self.keeps()
        reader = FlightReader(self.path)
        try:
            return moment_of(reader, A, at)
        finally:
            reader.close()

    async def changes(self, since: datetime = NOON) -> tuple[Change, ...]:
        await self.keeps()
        reader = FlightReader(self.path)
        try:
            return changes_of(reader, A, since)
        finally:
            reader.close()


@asynccontextmanager
async def kept(folder: Path) -> AsyncIterator[Kept]:
    world = Kept(folder)
    yield world
    await world.writer.close()


def states(changes: tuple[Change, ...]) -> list[str | None]:
    return [c.after.run.actual_state for c in changes if c.after and c.after.run]


async def test_a_moment_has_the_state_of_then_and_the_changes_round_it(tmp_path: Path) -> None:
    """Between two changes: the state, since when, the delay of the last minute, the last look."""
    async with kept(tmp_path) as world:
        world.reads(run(delay=5), run("b"))
        world.waits("1m")
        world.reads(run(actual="FAILED", delay=7), run("b"))
        failed = world.now
        world.reads_for("2m", run(actual="FAILED", delay=9), run("b"), every="20s")
        world.waits("1m")
        world.reads(run(delay=1), run("b"))
        found = await world.at(failed + timedelta(seconds=90))
        assert found.seen is not None
        assert found.seen.run is not None
        assert ("FAILED", 9) == (found.seen.run.actual_state, found.seen.run.input_delay_ms)
        assert failed + timedelta(seconds=80) == found.looked_at
        assert found.before is not None
        assert found.after is not None
        assert (failed, world.now) == (found.before.at, found.after.at)
        assert ["RUNNING", "FAILED", "RUNNING"] == states(await world.changes())


async def test_a_change_is_found_many_eras_back(tmp_path: Path) -> None:
    """Since when a state stands is known also where everything was written anew in between."""
    async with kept(tmp_path) as world:
        world.reads(run(), run("b"))
        world.waits("1m")
        world.reads(run(actual="PAUSED"), run("b"))
        paused = world.now
        for _ in range(5):
            world.waits("6h")
            world.begins(Reason.TURN)
            world.reads(run(actual="PAUSED"), run("b"))
        found = await world.at(world.now)
        assert found.before is not None
        assert paused == found.before.at
        assert ["RUNNING", "PAUSED"] == states(await world.changes())
        assert [] == states(await world.changes(paused + SECOND))


async def test_an_outage_is_told_with_the_moment_that_lies_in_it(tmp_path: Path) -> None:
    """What was seen last, and that nothing could be seen then, since when and why."""
    async with kept(tmp_path) as world:
        world.reads(run(), run("b"))
        world.waits("10s")
        world.fails("a", "b")
        dark = world.now
        world.waits("20s")
        world.fails("a", "b")
        world.waits("20s")
        world.reads(run(actual="FAILED"), run("b"))
        found = await world.at(dark + SECOND)
        (outage,) = found.outages
        assert (dark, world.now, "timeout") == (outage.since, outage.until, outage.cause)
        assert outage.of_job
        assert NOON == found.looked_at
        reader = FlightReader(world.path)
        assert () == outages_of(reader, A, world.now + SECOND, world.now + 2 * SECOND)
        reader.close()


async def test_a_time_without_a_recorder_is_a_pause(tmp_path: Path) -> None:
    """A moment in it says so, and what changed meanwhile is a change at its end."""
    async with kept(tmp_path) as world:
        world.reads(run(), run("b"))
        stopped = world.now
        world.waits("1h")
        world.begins(Reason.START)
        world.reads(run(actual="FAILED"), run("b"))
        found = await world.at(stopped + timedelta(minutes=30))
        assert found.pause is not None
        assert (stopped, world.now) == (found.pause.since, found.pause.until)
        assert found.after is not None
        assert world.now == found.after.at
        world.waits("10m")
        world.begins(Reason.LOSS, lost_from=world.now - timedelta(minutes=5))
        await world.keeps()
        reader = FlightReader(world.path)
        reasons = [(one.reason, one.until is None) for one in pauses_of(reader.stretches())]
        reader.close()
        assert [(Reason.START, False), (Reason.LOSS, False), (Reason.START, True)] == reasons


async def test_before_the_recording_nothing_is_known(tmp_path: Path) -> None:
    """It is said from when on something is."""
    async with kept(tmp_path) as world:
        world.reads(run(), run("b"))
        found = await world.at(NOON - SECOND)
        assert (None, NOON) == (found.seen, found.recorded_from)


async def test_a_job_that_left_is_told_to_its_end(tmp_path: Path) -> None:
    """What is not watched any more was watched once, and its name is still found."""
    async with kept(tmp_path) as world:
        world.reads(run(), run("b"))
        world.waits("1m")
        world.reloads(file=plan(jobs=("b",)))
        (*_, last) = await world.changes()
        assert (world.now, None) == (last.at, last.after)
        reader = FlightReader(world.path)
        assert (A,) == places_of(reader, "a")
        assert () == places_of(reader, "c")
        reader.close()


async def test_what_an_error_said_comes_with_the_change(tmp_path: Path) -> None:
    """The text of then, also when another error has come since."""
    async with kept(tmp_path) as world:
        world.reads(run(), run("b"))
        for number in (1, 2):
            world.waits("1m")
            error = run(error=f"broke {number}", error_at=1000 * number)
            world.reads(error, run("b"))
        changes = await world.changes()
        assert ["broke 1", "broke 2"] == [one.error for one in changes if one.error]
        found = await world.at(NOON + timedelta(seconds=90))
        assert "broke 1" == found.error
        assert msgspec.json.encode(found)
