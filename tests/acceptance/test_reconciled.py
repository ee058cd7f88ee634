"""What changed while nobody looked is told in one message, and answers that stand still are."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import anyio
import msgspec
import pytest

from tests.acceptance.process import Running
from tests.acceptance.waiting import LOOK_EVERY
from tests.acceptance.world import World, job_down, rule, world
from watcher.simulator import Fault, FaultKind
from watcher.store.records import decode_source, encode

pytestmark = pytest.mark.slow

LATER = 2_000_000_000_000
"""A LastErrorTime (ms) after every other one."""


def away_for(store: Path, span: timedelta) -> None:
    """Make the last good reading of the stopped service so much older."""
    with closing(sqlite3.connect(store)) as connection, connection:
        (record,) = connection.execute("SELECT record FROM sources").fetchone()
        source = decode_source(record)
        assert source.read_at is not None
        older = msgspec.structs.replace(source, read_at=source.read_at - span)
        connection.execute("UPDATE sources SET record = ?", (encode(older),))


def happen(here: World) -> None:
    """While nobody looks: one comes back as a new run, one goes down, one only has an error."""
    here.change("back", restart=True)
    here.change("gone", actual_state="FAILED")
    here.change("ill", last_error_message="java.io.IOException: full", last_error_time=LATER)


NAMES = ("back", "gone", "ill", "same", "told")


async def stand(here: World, service: Running) -> None:
    """One job is down and told of before anything else happens."""
    await service.logged("poll")
    here.change("told", actual_state="FAILED")
    await here.told("audit", 1)


async def test_after_blindness_one_message_names_what_changed(tmp_path: Path) -> None:
    """Restarted, down and new errors by name; what was told before is not named again."""
    async with world(tmp_path, *NAMES) as here:
        here.write(
            job_down(),
            rule("blind", more='for = "0s"'),
            rule("reconciled", severity="info"),
            # It bounds a reading's time; a busy machine's slow answer must not be a failed one.
            interval="2s",
        )
        async with here.run() as service:
            await stand(here, service)
            here.simulator.add_fault(Fault(FaultKind.UNAVAILABLE))
            await here.told("audit", 2)
            happen(here)
            here.simulator.faults.clear()
            await here.told("audit", 5)
            await service.polled_again()
            await here.settle(service)
        events = [event for event in await here.events() if event.kind == "reconciled"]
        told = sorted(one.json["type"] for one in here.receiver.taken("audit"))
        assert [
            "blind.firing",
            "blind.resolved",
            "reconciled.occurred",
            "state-mismatch.firing",
            "state-mismatch.firing",
        ] == told
        (facts,) = (event.facts for event in events)
        assert (("back",), ("gone",), ("ill",)) == (facts.restarted, facts.down, facts.errors)


async def test_after_the_watcher_was_away_one_message_names_what_changed(tmp_path: Path) -> None:
    """Stopped for an hour: the same message, from what was saved and what is seen now."""
    async with world(tmp_path, *NAMES) as here:
        chats = {"audit": "webhook", "chat": "slack"}
        reconciled = rule("reconciled", "audit", "chat", severity="info")
        here.write(job_down(), reconciled, channels=chats)
        async with here.run() as service:
            await stand(here, service)
            assert 0 == await service.terminate()
        away_for(here.store, timedelta(hours=1))
        happen(here)
        async with here.run() as service:
            await here.told("audit", 3)
            (chat,) = await here.told("chat", 1)
            await service.polled_again()
            await here.settle(service)
        told = sorted(one.json["type"] for one in here.receiver.taken("audit"))
        mismatch = "state-mismatch.firing"
        assert ["reconciled.occurred", mismatch, mismatch] == told
        assert "source prod is seen again; this changed meanwhile" in chat.text
        for words in ("Restarted:* back", "Down:* gone", "New errors:* ill"):
            assert words in chat.text
        assert "told" not in chat.text
        assert "same" not in chat.text


async def move(here: World, names: tuple[str, ...]) -> None:
    """Change the jobs' delays without an end."""
    number = 0
    while True:
        number += 1
        for name in names:
            here.change(name, input_delay=1000 + number)
        await anyio.sleep(LOOK_EVERY)


async def test_answers_that_stand_still_are_told_of(tmp_path: Path) -> None:
    """A source that serves old data is told of, and its first new answer ends that."""
    async with world(tmp_path, "orders", "payments") as here, anyio.create_task_group() as group:
        here.write(rule("frozen", severity="warning", more='for = "1s"'), interval="100ms")
        group.start_soon(move, here, ("orders", "payments"))
        async with here.run() as service:
            await service.logged("poll", 20)
            here.simulator.add_fault(Fault(FaultKind.FROZEN))
            (began,) = await here.told("audit", 1)
            here.simulator.faults.clear()
            await here.told("audit", 2)
            await service.polled_again(20)
            await here.settle(service)
        group.cancel_scope.cancel()
        began, ended = here.receiver.taken("audit")
        assert ("frozen.firing", "warning") == (began.json["type"], began.data["severity"])
        assert "nothing in its answers changes any more" in began.data["summary"]
        assert ("frozen.resolved", "recovered") == (ended.json["type"], ended.data["reason"])


async def test_jobs_that_stop_moving_because_they_were_stopped_are_no_frozen_source(
    tmp_path: Path,
) -> None:
    """All paused on purpose: the same answers for ever, and nobody is told."""
    async with world(tmp_path, "orders", "payments") as here:
        here.write(rule("frozen", severity="warning", more='for = "0s"'), interval="100ms")
        async with here.run() as service:
            for number in range(5):
                for name in here.names:
                    here.change(name, input_delay=1000 + number)
                await service.polled_again()
            for name in here.names:
                here.change(name, expect_state="PAUSED", actual_state="PAUSED")
            await service.polled_again(40)
            await here.settle(service)
        assert [] == here.receiver.requests
