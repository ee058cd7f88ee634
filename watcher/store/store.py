"""The SQL store: each of its methods is one transaction on the one writing connection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from watcher.core.fallback import Stranded
from watcher.core.in_force import InForce, Reload
from watcher.core.silence import Silence
from watcher.core.step import Saved, Step
from watcher.ports import Backlog, Refuge, Settlement, Terms, Turn
from watcher.store import upkeep
from watcher.store.access import Access
from watcher.store.in_force import put_reload
from watcher.store.load import load_saved
from watcher.store.lock import RunLock
from watcher.store.moving import clamp_waits
from watcher.store.probe import write_probe
from watcher.store.save import save_step
from watcher.store.silences import read_silences
from watcher.store.stranded import read_stranded
from watcher.store.turn import take_turn

Result = TypeVar("Result")


class SqlStore:
    """Implements `ports.Store`; made by `open.open_store`."""

    def __init__(self, access: Access, lock: RunLock | None) -> None:
        """Take over an open connection, and the lock that is freed with it."""
        self.access = access
        self._lock = lock

    async def load(self) -> Saved:
        """See `ports.Store.load`."""
        return await self.access.transact(load_saved)

    async def commit(self, step: Step) -> None:
        """See `ports.Store.commit`."""
        if step.saves:
            await self.access.transact(partial(save_step, step=step))

    async def turn(self, terms: Terms, settled: Sequence[Settlement], now: datetime) -> Turn:
        """See `ports.Store.turn`."""
        return await self.access.transact(partial(take_turn, terms=terms, settled=settled, now=now))

    async def release_all(self, now: datetime) -> int:
        """See `ports.Store.release_all`."""
        return await self.access.transact(partial(upkeep.release_all, now=now))

    async def clamp(self, now: datetime) -> int:
        """See `ports.Store.clamp`."""
        return await self.access.transact(partial(clamp_waits, now=now))

    async def backlogs(self) -> Sequence[Backlog]:
        """See `ports.Store.backlogs`."""
        return await self.access.transact(upkeep.read_backlogs)

    async def silences(self, now: datetime) -> Sequence[Silence]:
        """See `ports.Store.silences`."""
        return await self.access.transact(partial(read_silences, now=now))

    async def stranded(self, refuges: Sequence[Refuge], now: datetime) -> Sequence[Stranded]:
        """See `ports.Store.stranded`."""
        return await self.access.transact(partial(read_stranded, refuges=refuges, now=now))

    async def dead(self) -> Mapping[str, int]:
        """See `ports.Store.dead`."""
        return await self.access.transact(upkeep.count_dead)

    async def bury(self, channels: Sequence[str], now: datetime, give_up: timedelta) -> int:
        """See `ports.Store.bury`."""
        return await self.access.transact(
            partial(upkeep.bury, channels=channels, now=now, give_up=give_up)
        )

    async def note_reload(self, reload: Reload, in_force: InForce | None) -> None:
        """See `ports.Store.note_reload`."""
        await self.access.transact(partial(put_reload, reload=reload, in_force=in_force))

    async def prune(self, before: datetime) -> int:
        """See `ports.Store.prune`."""
        return await self.access.transact(partial(upkeep.prune, before=before))

    async def probe(self, now: datetime) -> None:
        """See `ports.Store.probe`."""
        await self.access.transact(partial(write_probe, now=now))

    async def close(self) -> None:
        """See `ports.Store.close`."""
        await self.access.close()
        if self._lock is not None:
            self._lock.release()
            self._lock = None
