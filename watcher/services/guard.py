"""The store as the loops see it: once it cannot be written, nobody tries until it can again."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

import anyio
import msgspec
from structlog.typing import FilteringBoundLogger

from watcher.core.fallback import Stranded
from watcher.core.in_force import InForce, Reload
from watcher.core.silence import Silence
from watcher.core.step import Saved, Step
from watcher.core.unwritable import Trouble
from watcher.ports import Backlog, Clock, Refuge, Settlement, Store, StoreError, Terms, Turn

Result = TypeVar("Result")


class Guard:
    """Implements `ports.Store` around the real one, and is the only one who judges how it does.

    The first thing that fails is logged and begins a `trouble`; from then on every method but
    `load` and `probe` raises `StoreError` without touching the disk, until `reopen`.
    """

    def __init__(self, store: Store, clock: Clock, log: FilteringBoundLogger) -> None:
        """Take a store that works."""
        self.trouble: Trouble | None = None
        self._store = store
        self._clock = clock
        self._log = log
        self._failed = anyio.Event()

    async def failing(self) -> Trouble:
        """Wait until the store fails; returns at once while it does."""
        while self.trouble is None:
            await self._failed.wait()
        return self.trouble

    def reopen(self) -> None:
        """Let everybody try again."""
        self.trouble = None
        self._failed = anyio.Event()

    def close_again(self, trouble: Trouble) -> None:
        """It fails still, or again: the trouble is the old one, with its newest words."""
        now = self.trouble or trouble
        self.trouble = msgspec.structs.replace(now, since=trouble.since)
        self._failed.set()

    async def load(self) -> Saved:
        """See `ports.Store.load`."""
        return await self._watched(self._store.load())

    async def commit(self, step: Step) -> None:
        """See `ports.Store.commit`."""
        self._require()
        await self._watched(self._store.commit(step))

    async def turn(self, terms: Terms, settled: Sequence[Settlement], now: datetime) -> Turn:
        """See `ports.Store.turn`."""
        self._require()
        return await self._watched(self._store.turn(terms, settled, now))

    async def release_all(self, now: datetime) -> int:
        """See `ports.Store.release_all`."""
        self._require()
        return await self._watched(self._store.release_all(now))

    async def clamp(self, now: datetime) -> int:
        """See `ports.Store.clamp`."""
        self._require()
        return await self._watched(self._store.clamp(now))

    async def stranded(self, refuges: Sequence[Refuge], now: datetime) -> Sequence[Stranded]:
        """See `ports.Store.stranded`."""
        self._require()
        return await self._watched(self._store.stranded(refuges, now))

    async def backlogs(self) -> Sequence[Backlog]:
        """See `ports.Store.backlogs`."""
        self._require()
        return await self._watched(self._store.backlogs())

    async def silences(self, now: datetime) -> Sequence[Silence]:
        """See `ports.Store.silences`."""
        self._require()
        return await self._watched(self._store.silences(now))

    async def dead(self) -> Mapping[str, int]:
        """See `ports.Store.dead`."""
        self._require()
        return await self._watched(self._store.dead())

    async def bury(self, channels: Sequence[str], now: datetime, give_up: timedelta) -> int:
        """See `ports.Store.bury`."""
        self._require()
        return await self._watched(self._store.bury(channels, now, give_up))

    async def note_reload(self, reload: Reload, in_force: InForce | None) -> None:
        """See `ports.Store.note_reload`."""
        self._require()
        await self._watched(self._store.note_reload(reload, in_force))

    async def prune(self, before: datetime) -> int:
        """See `ports.Store.prune`."""
        self._require()
        return await self._watched(self._store.prune(before))

    async def probe(self, now: datetime) -> None:
        """See `ports.Store.probe`."""
        await self._watched(self._store.probe(now))

    async def close(self) -> None:
        """See `ports.Store.close`."""
        await self._store.close()

    def _require(self) -> None:
        if self.trouble is not None:
            raise StoreError(self.trouble.words, self.trouble.cause)

    async def _watched(self, work: Awaitable[Result]) -> Result:
        try:
            return await work
        except StoreError as error:
            self._note(error)
            raise

    def _note(self, error: StoreError) -> None:
        since = self._clock.now()
        if self.trouble is not None:
            since = self.trouble.since
        else:
            self._log.error("store_failed", error=str(error))
        self.trouble = Trouble(since, str(error), error.cause)
        self._failed.set()
