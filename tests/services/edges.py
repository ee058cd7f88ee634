"""Real edges for the loops' tests: a SQLite store, loopback HTTP, a clock that the test turns."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from io import StringIO
from pathlib import Path

import anyio

from tests.manual_clock import ManualClock
from watcher.app.build import build_channel
from watcher.clock import SteadyClock
from watcher.config.load import load_text
from watcher.config.resolve import Resolved, resolve
from watcher.core.fallback import Stranded
from watcher.core.in_force import InForce, Reload
from watcher.core.reading import Snapshot
from watcher.core.run_summary import RUNNING, STREAM, RunSummary
from watcher.core.silence import Silence
from watcher.core.state import State
from watcher.core.step import Step
from watcher.ports import Backlog, Channel, Refuge, Settlement, StoreError, Terms, Turn
from watcher.services.bell import Bell
from watcher.services.courtesy import Courtesy
from watcher.services.edge import Edge
from watcher.services.guard import Guard
from watcher.services.keeper import Keeper
from watcher.store.open import open_store
from watcher.store.store import SqlStore
from watcher.telemetry.logs import make_logger
from watcher.telemetry.metrics import Metrics
from watcher.telemetry.redaction import Redactor
from watcher.transport import Http

FILE = """
store = "watcher.db"
storm = 0
[sources.prod]
kind = "foas"
endpoint = "{api}"
access_key_id = "testAccessKeyId"
access_key_secret = "testAccessKeySecret"
project = "test_project"
interval = "10s"
jobs = [{{ type = "FLINK_STREAM", names = [{names}] }}]
[[rules]]
name = "down"
on = "state-mismatch"
for = "0s"
keep_firing_for = "0s"
severity = "critical"
notify = [{notify}]
{channels}
"""
BROKEN = "watcher.db: the disk is full; make room: nothing has been saved since"


def resolved(
    *names: str, api: str = "http://127.0.0.1:9", channels: dict[str, str] | None = None
) -> Resolved:
    """A file that watches these jobs or patterns and tells these channels (name → table)."""
    tables = channels or {"audit": 'kind = "webhook"\nurl = "http://127.0.0.1:9/"'}
    text = FILE.format(
        api=api,
        names=", ".join(f'"{name}"' for name in names or ("payments",)),
        notify=", ".join(f'"{name}"' for name in tables),
        channels="\n".join(f"[channels.{name}]\n{table}" for name, table in tables.items()),
    )
    return resolve(load_text(text, {}))


class FallibleStore:
    """The real store, which can be told to fail as a full disk does, or to hold a commit."""

    def __init__(self, store: SqlStore) -> None:
        self.store = store
        self.broken = False
        self.bug: Exception | None = None
        self.turns = 0
        self.probes = 0
        self.entered = anyio.Event()
        self.may_commit = anyio.Event()
        self.may_commit.set()

    def _check(self) -> None:
        if self.broken:
            raise StoreError(BROKEN)

    async def load(self) -> object:
        return await self.store.load()

    async def commit(self, step: Step) -> None:
        self.entered.set()
        await self.may_commit.wait()
        self._check()
        await self.store.commit(step)

    async def turn(self, terms: Terms, settled: Sequence[Settlement], now: datetime) -> Turn:
        self.turns += 1
        self._check()
        if self.bug is not None:
            raise self.bug
        return await self.store.turn(terms, settled, now)

    async def release_all(self, now: datetime) -> int:
        return await self.store.release_all(now)

    async def clamp(self, now: datetime) -> int:
        self._check()
        return await self.store.clamp(now)

    async def backlogs(self) -> Sequence[Backlog]:
        self._check()
        return await self.store.backlogs()

    async def silences(self, now: datetime) -> Sequence[Silence]:
        self._check()
        return await self.store.silences(now)

    async def stranded(self, refuges: Sequence[Refuge], now: datetime) -> Sequence[Stranded]:
        self._check()
        return await self.store.stranded(refuges, now)

    async def dead(self) -> Mapping[str, int]:
        self._check()
        return await self.store.dead()

    async def bury(self, channels: Sequence[str], now: datetime, give_up: object) -> int:
        self._check()
        return await self.store.bury(channels, now, give_up)  # type: ignore[arg-type]

    async def note_reload(self, reload: Reload, in_force: InForce | None) -> None:
        self._check()
        await self.store.note_reload(reload, in_force)

    async def prune(self, before: datetime) -> int:
        self._check()
        return await self.store.prune(before)

    async def probe(self, now: datetime) -> None:
        self.probes += 1
        self._check()
        await self.store.probe(now)

    async def close(self) -> None:
        await self.store.close()


@dataclass
class Bench:
    """One process's edges, with what a test needs to steer and to see."""

    resolved: Resolved
    store: FallibleStore
    edge: Edge
    keeper: Keeper
    clock: ManualClock
    said: StringIO = field(default_factory=StringIO)

    def channel(self, name: str = "audit") -> Channel:
        return build_channel(name, self.resolved)

    def logged(self, event: str) -> list[str]:
        """The log's lines of one event."""
        return [line for line in self.said.getvalue().splitlines() if f'"{event}"' in line]

    async def mend(self, *told: str) -> bool:
        """Let the store work again, and the keeper come back to it."""
        self.store.broken = False
        await self.edge.store.probe(self.clock.now())
        return await self.keeper.come_back(told)

    async def see(self, **states: str) -> Step | None:
        """Hand the keeper a good answer: each job's ActualState by name."""
        return await self.keeper.observe(answer(**states))


def answer(**states: str) -> Snapshot:
    """A good answer about stream jobs that shall run: each one's ActualState by name."""
    runs = tuple(RunSummary(name, RUNNING, state, 1) for name, state in states.items())
    return Snapshot("prod", STREAM, tuple(states), runs)


@asynccontextmanager
async def bench(
    folder: Path, wanted: Resolved, clock: ManualClock | None = None
) -> AsyncIterator[Bench]:
    """Edges around a new store, with the file in force and nothing seen yet."""
    clock, said = clock or ManualClock(), StringIO()
    store = FallibleStore(await open_store(folder / "watcher.db", clock.now()))
    try:
        async with Http() as wire:
            log = make_logger(said, Redactor(), level="debug", environ={})
            steady = SteadyClock(clock)
            guard = Guard(store, steady, log)  # type: ignore[arg-type]
            edge = Edge(guard, wire, steady, Bell(), Metrics(), log, Courtesy())
            keeper = Keeper(State(await store.store.load(), wanted.plan), edge)
            await keeper.adopt(wanted.plan, starting=True)
            yield Bench(wanted, store, edge, keeper, clock, said)
    finally:
        await store.close()
