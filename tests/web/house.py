"""A world of jobs whose Steps are saved in a real store, with the pages that look at it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import aiohttp
from sqlalchemy import Connection

from tests.core.playbook import World, plan, rule
from watcher.core.flight import Reason
from watcher.core.plan import Plan
from watcher.core.step import Step
from watcher.core.tape import Tape
from watcher.messages.wording import Language, Wording
from watcher.store.access import Access
from watcher.store.flight_writer import FlightWriter
from watcher.store.open import open_reading, open_store
from watcher.store.store import SqlStore
from watcher.telemetry.metrics import Metrics
from watcher.telemetry.redaction import Redactor
from watcher.web.application import build_app
from watcher.web.connection import Patience
from watcher.web.gate import Gate
from watcher.web.serving import serve

Result = TypeVar("Result")


class House(World):
    """A desk over a real store: what its world sees is saved and recorded by `keeps`."""

    def __init__(self, path: Path, file: Plan, saved: SqlStore, reading: Access) -> None:
        self.path = path
        self.untold: list[Step] = []
        self.tape, self.writer, self.begun = Tape(), FlightWriter(path, str), False
        self.saved, self.reading = saved, reading
        self.dead: tuple[str, ...] = ()
        self.read_at: dict[str, datetime] = {}
        self.unready: tuple[str, ...] = ()
        self.redactor = Redactor(["s3cr3t"])
        self.language = Language.ENGLISH
        super().__init__(file=file)

    def _take(self, step: Step) -> list[str]:
        if not self.begun:
            self.begun = True
            self.tape.begin(self.state, self.now, Reason.START, None)
        self.tape.take(self.state, step)
        self.untold.append(step)
        return super()._take(step)

    async def keeps(self) -> None:
        """Save everything since the last time, as the service does."""
        for step in self.untold:
            await self.saved.commit(step)
        self.untold.clear()
        await self.writer.write(self.tape.drain(), self.clock())

    def clock(self) -> datetime:
        return datetime.fromtimestamp(self.now.timestamp(), UTC)


class HouseDesk:
    """What the pages ask, answered from a house."""

    def __init__(self, house: House) -> None:
        self.house = house

    @property
    def plan(self) -> Plan:
        return self.house.plan

    @property
    def wording(self) -> Wording:
        return Wording(self.house.language, UTC)

    def wording_of(self, channel: str) -> Wording:
        return self.wording

    @property
    def store(self) -> Path:
        return self.house.path

    def now(self) -> datetime:
        return self.house.clock()

    def read_at(self, source: str) -> datetime | None:
        return self.house.read_at.get(source)

    def give_way(self, times: int) -> int:
        return times

    def alive(self) -> tuple[str, ...]:
        return self.house.dead

    def ready(self) -> tuple[str, ...]:
        return self.house.unready

    def redact(self, text: str) -> str:
        return self.house.redactor.redact(text)

    async def read(self, work: Callable[[Connection], Result]) -> Result:
        return await self.house.reading.transact(work)

    async def write(self, work: Callable[[Connection], Result]) -> Result:
        return await self.house.saved.access.transact(work)


@asynccontextmanager
async def house_in(folder: Path, file: Plan | None = None) -> AsyncIterator[House]:
    """A house with its store open; without `file`, one rule on the states of jobs a and b."""
    file = file or plan(rule("down", "state-mismatch"), jobs=("a", "b"))
    path = folder / "watcher.db"
    saved = await open_store(path, datetime(2026, 11, 22, tzinfo=UTC))
    reading = await open_reading(path)
    house = House(path, file, saved, reading)
    try:
        yield house
    finally:
        await house.writer.close()
        await reading.close()
        await saved.close()


@asynccontextmanager
async def pages_of(
    house: House,
    metrics: Metrics | None = None,
    gate: Gate | None = None,
    patience: Patience | None = None,
) -> AsyncIterator[aiohttp.ClientSession]:
    """A client of the pages, as the house is when they are asked; it keeps cookies."""
    app = build_app(HouseDesk(house), metrics or Metrics(), gate)
    jar = aiohttp.CookieJar(unsafe=True)
    async with (
        serve(app, "127.0.0.1", 0, patience=patience) as (host, port),
        aiohttp.ClientSession(f"http://{host}:{port}", cookie_jar=jar) as client,
    ):
        yield client
