"""The recorder's loop: what is due is written, and what cannot be written stops nobody."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path

import anyio
import pytest
from msgspec import json

from tests.core.playbook import NOON
from tests.services.edges import Bench, answer, bench, resolved
from watcher.core.flight import Noted, Reason, Reel
from watcher.core.silence import Matchers, Silence
from watcher.core.state import State
from watcher.ports import StoreError
from watcher.services.flight import ERA, RETRIED_EVERY, SOON, Flight
from watcher.services.keeper import Keeper
from watcher.store.flight_reader import FlightReader
from watcher.store.flight_writer import FlightWriter
from watcher.store.history import Place, changes_of
from watcher.telemetry.logs import make_logger
from watcher.telemetry.redaction import Redactor

MONTH = timedelta(days=30)
PAYMENTS = Place("prod", "FLINK_STREAM", "payments")
FULL = "watcher.db.history: the disk is full"


class FallibleRecorder:
    """The real recorder, which can be told to fail as a full disk does."""

    def __init__(self, writer: FlightWriter) -> None:
        self.writer = writer
        self.passed_over: tuple[str, ...] = ()
        self.broken = False
        self.writes = 0
        self.closed = False

    async def write(self, reel: Reel, now: datetime) -> int:
        self.writes += 1
        if self.broken:
            raise StoreError(FULL)
        return await self.writer.write(reel, now)

    async def prune(self, before: datetime) -> None:
        if self.broken:
            raise StoreError(FULL)
        await self.writer.prune(before)

    async def close(self) -> None:
        await self.writer.close()
        self.closed = True


class Recording:
    """A keeper whose Steps are recorded."""

    def __init__(self, here: Bench, folder: Path, keep: timedelta) -> None:
        self.store = folder / "watcher.db"
        self.recorder = FallibleRecorder(FlightWriter(self.store, str))
        self.said = StringIO()
        log = make_logger(self.said, Redactor(), level="debug", environ={})
        self.flight = Flight(self.recorder, here.edge.clock, log, here.edge.metrics, keep)
        self.here = here
        self.clock = here.clock
        self.keeper = Keeper(here.keeper.state, here.edge._replace(flight=self.flight))

    async def begin(self) -> None:
        saved = await self.here.edge.store.load()
        self.keeper.state = State(saved, self.here.resolved.plan)
        self.flight.begin(self.keeper.state, saved)

    async def see(self, **states: str) -> None:
        assert await self.keeper.observe(answer(**states)) is not None
        await self.flight.once()

    def states(self) -> list[str | None]:
        reader = FlightReader(self.store)
        changes = changes_of(reader, PAYMENTS, self.clock.now() - MONTH)
        reader.close()
        return [c.after.run.actual_state for c in changes if c.after and c.after.run]

    def reasons(self) -> list[Reason]:
        reader = FlightReader(self.store)
        found = [stretch.reason for stretch in reader.stretches()]
        reader.close()
        return found

    def notes(self, word: str) -> list[Mapping[str, object]]:
        reader = FlightReader(self.store)
        found = [
            one.facts
            for stretch in reader.stretches()
            for one in reader.everything(stretch, "")
            if isinstance(one, Noted) and one.word == word
        ]
        reader.close()
        return found

    def frames(self) -> int:
        """How many frames the file holds."""
        with closing(sqlite3.connect(f"{self.store}.history")) as file:
            return int(file.execute("SELECT count(*) FROM frames").fetchone()[0])

    def shown(self, metric: str) -> float:
        """A number of /metrics."""
        found = self.here.edge.metrics.registry.get_sample_value(metric)
        assert found is not None
        return found

    def logged(self, event: str) -> int:
        return self.said.getvalue().count(f'"{event}"')


@asynccontextmanager
async def recording(folder: Path, keep: timedelta = MONTH) -> AsyncIterator[Recording]:
    async with bench(folder, resolved("payments")) as here:
        flight = Recording(here, folder, keep)
        await flight.begin()
        yield flight
        await flight.flight.finish()


async def test_a_change_is_written_at_once_and_a_look_later(tmp_path: Path) -> None:
    """A kill costs no change, and of looks that showed nothing new at most the last minute's."""
    async with recording(tmp_path) as here:
        await here.see(payments="RUNNING")
        assert ["RUNNING"] == here.states()
        before = here.recorder.writes
        assert here.frames() == here.shown("watcher_history_frames_total") > 0
        await here.clock.advance(timedelta(seconds=10))
        await here.see(payments="RUNNING")
        assert before == here.recorder.writes
        await here.clock.advance(SOON)
        await here.see(payments="RUNNING")
        assert before + 1 == here.recorder.writes
        assert here.frames() == here.shown("watcher_history_frames_total")
        await here.see(payments="FAILED")
        assert ["RUNNING", "FAILED"] == here.states()


async def test_what_cannot_be_written_stops_nobody(tmp_path: Path) -> None:
    """It is said once; what is seen meanwhile is decided, and later recorded as a loss."""
    async with recording(tmp_path) as here:
        await here.see(payments="RUNNING")
        here.recorder.broken = True
        await here.see(payments="FAILED")
        await here.see(payments="RUNNING")
        assert 1 == here.logged("history_not_recorded")
        assert 1.0 == here.shown("watcher_history_unwritable")
        here.recorder.broken = False
        await here.clock.advance(RETRIED_EVERY)
        await here.see(payments="FAILED")
        assert 1 == here.logged("history_is_recorded_again")
        assert 0.0 == here.shown("watcher_history_unwritable")
        assert ["RUNNING", "FAILED"] == here.states()
        assert [Reason.START, Reason.LOSS] == here.reasons()


async def test_everything_is_written_anew_now_and_then(tmp_path: Path) -> None:
    """So that what is older can go."""
    async with recording(tmp_path) as here:
        await here.see(payments="RUNNING")
        await here.clock.advance(ERA)
        await here.flight.once()
        assert [Reason.START, Reason.TURN] == here.reasons()


@pytest.mark.parametrize("keep", [timedelta(0), MONTH])
async def test_a_file_may_turn_it_off_and_on(tmp_path: Path, keep: timedelta) -> None:
    """Nothing is recorded while it says so, and a new beginning is made when it does not."""
    async with recording(tmp_path, keep) as here:
        await here.see(payments="RUNNING")
        assert bool(keep) == bool(here.recorder.writes)
        here.flight.keep_for(timedelta(0))
        before = here.recorder.writes
        await here.see(payments="FAILED")
        assert before == here.recorder.writes
        here.flight.keep_for(MONTH)
        await here.flight.once()
        assert Reason.START is here.reasons()[-1]
        here.flight.note("reload", {})
        await here.see(payments="RUNNING")
        assert "RUNNING" == here.states()[-1]


async def test_times_begin_anew_where_the_clock_was_set(tmp_path: Path) -> None:
    """What follows is not mixed with what the wall showed before."""
    async with recording(tmp_path) as here:
        await here.see(payments="RUNNING")
        here.clock.set_wall(here.clock.now() - timedelta(hours=2))
        await here.keeper.heed_clock()
        await here.see(payments="FAILED")
        assert [Reason.START, Reason.CLOCK] == here.reasons()
        assert "FAILED" == here.states()[-1]


async def test_silences_are_recorded_as_they_change(tmp_path: Path) -> None:
    """Whole, with who made them and why; the next tick with the same ones records nothing."""
    quiet = Silence("s1", Matchers(jobs=("orders_*",)), "kim", NOON, reason="known", until=None)
    async with recording(tmp_path) as here:
        for known in ((quiet,), (quiet,), ()):
            assert await here.keeper.tick((), silences=known) is not None
        await here.flight.once()
        assert [{"s1": json.decode(json.encode(quiet))}, {}] == here.notes("silences")


async def test_a_service_that_is_cancelled_lets_go_of_the_file_too(tmp_path: Path) -> None:
    """What was seen last is written, and the file closed, whoever ends it and how."""
    async with recording(tmp_path) as it:
        await it.see(payments="RUNNING")
        assert await it.keeper.observe(answer(payments="FAILED")) is not None
        with anyio.CancelScope() as scope:
            scope.cancel()
            await it.flight.finish()
        assert it.recorder.closed
        assert "FAILED" == it.states()[-1]
