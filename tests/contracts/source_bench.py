"""A source of any kind on the bench: over the real client, against the real simulator."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from tests.leaping_clock import LeapingClock
from watcher.core.reading import Cause, Listing, Outage, Snapshot
from watcher.core.run_summary import RunSummary
from watcher.ports import Source
from watcher.simulator import STREAM, Credentials, Simulator
from watcher.sources.foas.table import FoasTable
from watcher.sources.registry import SOURCE_KINDS
from watcher.transport import Http

PROJECT = "test_project"
WITHIN = timedelta(seconds=20)
KEY = Credentials("plantedAccessKeyId", "plantedAccessKeySecret", "plantedSecurityToken")


@dataclass
class Bench:
    """A source under test, the API that it polls, and what it was let wait."""

    source: Source
    api: Simulator
    clock: LeapingClock
    names: tuple[str, ...] = ("job1", "job2", "job3")

    async def read(
        self, *names: str, job_type: str = STREAM, within: timedelta = WITHIN
    ) -> Snapshot | Outage:
        """Read the one request that these names make."""
        (request,) = self.source.requests(job_type, names or self.names)
        reading = await self.source.read(request, within=within)
        assert_no_secret(reading)
        return reading

    async def snapshot(self, *names: str) -> dict[str, RunSummary]:
        """The run summaries of a reading that must be good, by name."""
        reading = await self.read(*names)
        assert isinstance(reading, Snapshot), reading
        assert reading.asked == (names or self.names)
        return {run.job_name: run for run in reading.runs}

    async def cause(self, *names: str, within: timedelta = WITHIN) -> Cause:
        """The cause of a reading that must be an outage of all its names."""
        reading = await self.read(*names, within=within)
        assert isinstance(reading, Outage), reading
        assert reading.asked == (names or self.names)
        return reading.cause

    async def discover(self, *patterns: str) -> Listing | Outage:
        """What a discovery of these patterns gives."""
        listing = await self.source.discover(STREAM, patterns, within=WITHIN)
        assert_no_secret(listing)
        return listing

    def asked(self, operation: str = "BatchGetInstanceRunSummary") -> int:
        """How many requests of an operation came, in whatever way they ended."""
        return sum(self.api.history.counts().get(operation, {}).values())


def assert_no_secret(reading: object) -> None:
    detail = getattr(reading, "detail", "")
    assert "planted" not in f"{reading!r} {detail}"


def table_of(endpoint: str, **settings: Any) -> FoasTable:
    return SOURCE_KINDS["foas"].table.model_validate(
        {
            "kind": "foas",
            "project": PROJECT,
            "region": "cn-hangzhou",
            "access_key_id": KEY.access_key_id,
            "access_key_secret": KEY.access_key_secret,
            "security_token": KEY.security_token,
            "endpoint": endpoint,
            "jobs": [{"type": STREAM, "names": ["*"]}],
            **settings,
        }
    )


def build(endpoint: str, http: Http, clock: LeapingClock, **settings: Any) -> Source:
    table = table_of(endpoint, **settings)
    return SOURCE_KINDS["foas"].build("prod", table, None, http, clock)


@asynccontextmanager
async def benched(clock: LeapingClock | None = None, **settings: Any) -> AsyncIterator[Bench]:
    """A source over the real client against a simulator with three jobs."""
    api = Simulator(credentials=[KEY])
    for name in ("job1", "job2", "job3"):
        api.add_job(PROJECT, name)
    clock = clock or LeapingClock()
    async with api.serve() as url, Http() as http:
        yield Bench(build(url, http, clock, **settings), api, clock)
