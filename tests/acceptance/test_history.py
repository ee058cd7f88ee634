"""The flight recorder through the real process: what it keeps, and what `history` tells of it."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.acceptance.process import Ended
from tests.acceptance.waiting import eventually
from tests.acceptance.world import World, job_down, rule, world
from watcher.store.flight_reader import FlightReader
from watcher.store.history import Place, changes_of

pytestmark = pytest.mark.slow

PAYMENTS = Place("prod", "FLINK_STREAM", "payments")
EVER = datetime(2020, 1, 1, tzinfo=UTC)


def states(here: World) -> list[str | None]:
    """The ActualStates that the recording shows of payments, in order."""
    reader = FlightReader(here.store)
    try:
        changes = changes_of(reader, PAYMENTS, EVER) if reader.paths else ()
        return [c.after.run.actual_state for c in changes if c.after and c.after.run]
    finally:
        reader.close()


async def recorded(here: World, *expected: str) -> None:
    """Wait until these ActualStates are in the recording."""
    await eventually(lambda: states(here)[-len(expected) :] == list(expected))


def at(moment: datetime) -> tuple[str, str, str, str]:
    """The options that ask for a time."""
    return ("--at", f"{moment:%H:%M:%S}", "--date", f"{moment:%Y-%m-%d}")


async def test_what_was_seen_is_told_after_a_kill(tmp_path: Path) -> None:
    """Between two changes the state of then is shown with both, also after kill -9; no secret."""
    async with world(tmp_path, "payments") as here:
        here.write(job_down(), rule("new-error"))
        secret = "java.io.IOException: https://u:hunter2@db/ testAccessKeySecret is wrong"
        async with here.run() as service:
            await service.logged("poll")
            here.change("payments", actual_state="FAILED", last_error_message=secret)
            await recorded(here, "FAILED")
            await service.kill()
        async with here.run() as service:
            await service.logged("poll")
            here.change("payments", actual_state="RUNNING")
            await recorded(here, "FAILED", "RUNNING")
            await service.terminate()
        failed, mended = await changes_at(here)
        then = await here.call("history", "payments", *at(failed.replace(microsecond=0)))
        data = await here.call("history", "payments", "--json")
        late = await here.call("history", "payments", *at(mended))
        assert 0 == data.code, data.err
        changes = data.json["changes"]
        assert "FAILED" == changes[-2]["after"]["run"]["actual_state"]
        assert "start" in [pause["reason"] for pause in data.json["pauses"]]
        assert "actual_state RUNNING → FAILED" in then.out + late.out
        assert_no_secret(here, then, data, late)


async def changes_at(here: World) -> tuple[datetime, datetime]:
    reader = FlightReader(here.store)
    try:
        found = changes_of(reader, PAYMENTS, EVER)
        return found[-2].at, found[-1].at
    finally:
        reader.close()


def assert_no_secret(here: World, *shown: Ended) -> None:
    reader = FlightReader(here.store)
    text = ""
    for stretch in reader.stretches():
        for source in reader.sources():
            text += str(list(reader.everything(stretch, source)))
    reader.close()
    for secret in ("hunter2", "testAccessKeySecret"):
        assert secret not in text
        assert not any(secret in one.out for one in shown)


async def test_a_recording_of_a_newer_watcher_is_left_and_another_begun(tmp_path: Path) -> None:
    """It is said which file was left and why, nothing in it changes, and recording goes on."""
    async with world(tmp_path, "payments") as here:
        here.write(job_down())
        first = here.store.with_name("watcher.db.history")
        with sqlite3.connect(first) as newer:
            newer.executescript(
                "CREATE TABLE runs (x); PRAGMA application_id = 2001103988; PRAGMA user_version = 9"
            )
        newer.close()
        before = first.read_bytes()
        async with here.run() as service:
            await service.logged("history_begun_beside")
            await recorded(here, "RUNNING")
            await service.terminate()
        shown = await here.call("history", "payments")
        assert before == first.read_bytes()
        assert "a newer watcher recorded it (format 9" in shown.err
        assert "RUNNING" in shown.out


async def test_a_recording_that_cannot_be_written_stops_nobody(tmp_path: Path) -> None:
    """It is said once, alerts go on, `status` shows it, and it is recorded again when it can be."""
    async with world(tmp_path, "payments") as here:
        here.write(job_down())
        here.store.with_name("watcher.db.history").mkdir()
        for number in range(2, 100):
            here.store.with_name(f"watcher.db.history.{number}").mkdir()
        async with here.run() as service:
            await service.logged("history_not_recorded")
            here.change("payments", actual_state="FAILED")
            await here.told("audit", 1)
            await here.settle(service)
        assert 1 == len(service.log("history_not_recorded"))


async def test_history_says_what_it_cannot_tell(tmp_path: Path) -> None:
    """Nothing recorded, an unknown job, a time to come or no time at all: each a clear answer."""
    async with world(tmp_path, "payments") as here:
        here.write(job_down())
        early = await here.call("history", "payments")
        async with here.run() as service:
            await recorded(here, "RUNNING")
            await service.terminate()
        stranger, odd, coming, old = [
            await here.call("history", *arguments)
            for arguments in (
                ("strangers",),
                ("payments", "--at", "25:00"),
                ("payments", "--at", "10:00", "--date", "2999-01-01"),
                ("payments", "--at", "10:00", "--date", "2001-01-01"),
            )
        ]
        assert (1, 1, 2, 2, 0) == (early.code, stranger.code, odd.code, coming.code, old.code)
        assert "nothing has been recorded" in early.err
        assert "'strangers'" in stranger.err
        assert "no time of day" in odd.err
        assert "still to come" in coming.err
        assert "recording begins" in old.out


async def test_nothing_is_recorded_where_the_file_says_so(tmp_path: Path) -> None:
    """`history = "0s"` makes no file."""
    async with world(tmp_path, "payments") as here:
        here.write(job_down(), top='history = "0s"')
        async with here.run() as service:
            await service.polled_again(4)
            await service.terminate()
        assert [] == list(tmp_path.glob("*.history*"))
        assert 'history = "0s"' in (await here.call("history", "payments")).err
