"""Batch jobs that are late or long, and delays that grow or stand still, by the real process."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import anyio
import msgspec
import pytest

from tests.acceptance.waiting import LOOK_EVERY, eventually
from tests.acceptance.world import PROJECT, World, rule, world
from watcher.core.job import JobRecord
from watcher.core.runs import Runs
from watcher.store.records import encode

pytestmark = pytest.mark.slow

SHANGHAI = ZoneInfo("Asia/Shanghai")
NIGHTLY = """
[sources.nightly]
kind = "foas"
account = "main"
endpoint = "{api}"
project = "test_project"
interval = "300ms"
jobs = [{{ type = "FLINK_BATCH", names = ["load"] }}]
"""


@asynccontextmanager
async def nights(folder: Path) -> AsyncIterator[World]:
    """A stream job, and a batch job that runs and is meant to succeed."""
    async with world(folder, "orders") as here:
        here.simulator.add_job(PROJECT, "load", "FLINK_BATCH")
        here.change("load", expect_state="SUCCESS", actual_state="RUNNING", instance_id=1)
        yield here


def write(here: World, more: str) -> None:
    late = rule("batch-late", more=f'match = {{ job = "load" }}\n{more}')
    here.write(late, NIGHTLY.format(api=here.api))


def remember(store: Path, **changes: object) -> None:
    """What the killed service knows of the batch job's past becomes something else."""
    with closing(sqlite3.connect(store)) as connection, connection:
        where = "WHERE job_type = 'FLINK_BATCH'"
        (written,) = connection.execute(f"SELECT record FROM jobs {where}").fetchone()  # noqa: S608
        record = msgspec.json.decode(written, type=JobRecord)
        assert isinstance(record.runs, Runs)
        runs = msgspec.structs.replace(record.runs, **changes)
        changed = encode(msgspec.structs.replace(record, runs=runs))
        connection.execute(f"UPDATE jobs SET record = ? {where}", (changed,))  # noqa: S608


async def begin(here: World) -> None:
    """Let the service see both jobs once, and kill it."""
    async with here.run() as service:
        await service.polled_again(4)
        await service.kill()
    assert [] == here.receiver.requests


async def test_a_job_that_is_late_is_told_once_through_kills(tmp_path: Path) -> None:
    """At the first reading after the deadline; killed, it tells neither that nor the end twice."""
    async with nights(tmp_path) as here:
        write(here, 'deadline = "00:00"')
        await begin(here)
        now = datetime.now(UTC)
        remember(here.store, since=now - timedelta(days=1), done_at=None)
        due = (now - timedelta(minutes=2)).astimezone(SHANGHAI)
        write(here, f'deadline = "{due:%H:%M}"\nzone = "Asia/Shanghai"')
        async with here.run() as service:
            await here.told("audit", 1)
            await service.polled_again(3)
            await service.kill()
        here.change("load", actual_state="SUCCESS")
        async with here.run() as service:
            await here.told("audit", 2)
            await service.polled_again(3)
            await service.kill()
        async with here.run() as service:
            await service.polled_again(3)
            await here.settle(service)
        began, ended = here.receiver.taken("audit")
    assert ("batch-late.firing", "late") == (began.json["type"], began.data["verdict"])
    assert "load is not done at " in began.data["summary"]
    assert f"{due.astimezone(UTC):%H:%M}" in began.data["summary"]
    assert ("batch-late.resolved", "recovered") == (ended.json["type"], ended.data["reason"])
    assert began.data["alert"] == ended.data["alert"]
    assert "late" in ended.data["summary"]


async def test_a_run_that_takes_too_long_is_told_until_it_is_over(tmp_path: Path) -> None:
    """Against what was saved of its past; ended by its success."""
    async with nights(tmp_path) as here:
        write(here, "longer_than = 2.0")
        await begin(here)
        remember(
            here.store,
            begun_at=datetime.now(UTC) - timedelta(minutes=30),
            lasted_ms=(600_000, 660_000, 540_000),
        )
        async with here.run() as service:
            (began,) = await here.told("audit", 1)
            here.change("load", actual_state="SUCCESS")
            await here.told("audit", 2)
            await here.settle(service)
        ended = here.receiver.taken("audit")[1]
    assert ("batch-late.firing", "long") == (began.json["type"], began.data["verdict"])
    assert "runs for 30 min" in began.data["summary"]
    assert "usually 10 min" in began.data["summary"]
    assert ("batch-late.resolved", "long") == (ended.json["type"], ended.data["verdict"])


async def fall_behind(here: World) -> None:
    """`grows` falls behind by a minute a minute, `moves` only moves."""
    begun = anyio.current_time()
    number = 0
    while True:
        number += 1
        passed = int((anyio.current_time() - begun) * 1000)
        here.change("grows", input_delay=600_000 + passed)
        here.change("moves", input_delay=1000 + number)
        await anyio.sleep(LOOK_EVERY)


@pytest.mark.slow
async def test_what_grows_and_what_stands_still(tmp_path: Path) -> None:
    """One job's delay grows and says where to, another stands still until it moves."""
    async with (
        world(tmp_path, "grows", "moves", "rests") as here,
        anyio.create_task_group() as all_,
    ):
        here.change("rests", input_delay=777)
        high = rule("input-delay", more='threshold = "5m"\nfor = "140s"\nmatch = { job = "grows" }')
        still = rule("input-delay", more='frozen_after = 20\nmatch = { job = "rests" }')
        here.write(high, still.replace('name = "input-delay"', 'name = "rests"'))
        all_.start_soon(fall_behind, here)
        async with here.run() as service:
            await eventually(lambda: len(here.receiver.taken("audit")) >= 2, within=400)
            here.change("rests", input_delay=778)
            await here.told("audit", 3)
            await here.settle(service)
        all_.cancel_scope.cancel()
        told = {
            (one.data["job"], one.json["type"]): one.data for one in here.receiver.taken("audit")
        }
    grows = told["grows", "input-delay.firing"]
    assert ("growing", 900_000) == (grows["verdict"], grows["trend"]["reaches_ms"])
    assert 55_000 <= grows["trend"]["ms_per_minute"] <= 65_000
    assert "frozen" == told["rests", "input-delay.firing"]["verdict"]
    assert "frozen" == told["rests", "input-delay.resolved"]["verdict"]
