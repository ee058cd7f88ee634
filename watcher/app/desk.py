"""The desk at which the pages ask the running service."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection

from watcher.app.health import Health
from watcher.config.resolve import Resolved
from watcher.core.plan import Plan
from watcher.messages.wording import Language, Wording
from watcher.ports import Clock
from watcher.services.courtesy import Courtesy
from watcher.store.access import Access
from watcher.store.open import open_reading, open_writer
from watcher.telemetry.redaction import Redactor
from watcher.web.desk import WAITS

Result = TypeVar("Result")


class ServiceDesk:
    """What pages ask, answered from the file in force and from connections of their own.

    Reading on a connection of its own, a page never waits for the loops' transactions, nor they
    for it.
    """

    def __init__(
        self,
        in_force: Callable[[], Resolved],
        health: Health,
        clock: Clock,
        redactor: Redactor,
        reading: Access,
        courtesy: Courtesy,
    ) -> None:
        self._in_force = in_force
        self._health = health
        self._clock = clock
        self._redactor = redactor
        self._reading = reading
        self._courtesy = courtesy

    @property
    def plan(self) -> Plan:
        """See `Desk.plan`."""
        return self._in_force().plan

    @property
    def wording(self) -> Wording:
        """See `Desk.wording`."""
        resolved = self._in_force()
        return Wording(Language(resolved.language), resolved.timezone)

    def wording_of(self, channel: str) -> Wording:
        """See `Desk.wording_of`."""
        table = self._in_force().channels.get(channel)
        return self.wording.in_language(table.language if table else None)

    @property
    def store(self) -> Path:
        """See `Desk.store`."""
        return self._reading.path

    def now(self) -> datetime:
        """See `Desk.now`."""
        return self._clock.now()

    def read_at(self, source: str) -> datetime | None:
        """See `Desk.read_at`."""
        return self._health.read_at(source)

    def give_way(self, times: int) -> int:
        """See `Desk.give_way`."""
        return self._courtesy.give_way(times)

    def alive(self) -> tuple[str, ...]:
        """See `Desk.alive`."""
        return self._health.alive()

    def ready(self) -> tuple[str, ...]:
        """See `Desk.ready`."""
        return self._health.ready()

    def redact(self, text: str) -> str:
        """See `Desk.redact`."""
        return self._redactor.redact(text)

    async def read(self, work: Callable[[Connection], Result]) -> Result:
        """See `Desk.read`."""

        def in_turn(connection: Connection) -> Result:
            self.give_way(WAITS)
            return work(connection)

        return await self._reading.transact(in_turn)

    async def write(self, work: Callable[[Connection], Result]) -> Result:
        """See `Desk.write`: on a connection that lives for this alone, as a command's does."""
        store = await open_writer(self.store)
        try:
            return await store.access.transact(work)
        finally:
            await store.close()


@asynccontextmanager
async def open_desk(
    in_force: Callable[[], Resolved],
    health: Health,
    clock: Clock,
    redactor: Redactor,
    courtesy: Courtesy,
) -> AsyncIterator[ServiceDesk]:
    """A desk while the block runs; `StoreError` where the store cannot be read."""
    reading = await open_reading(in_force().store)
    try:
        yield ServiceDesk(in_force, health, clock, redactor, reading, courtesy)
    finally:
        await reading.close()
