"""Tells open pages that something changed, over server-sent events; one look a second for all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Final

import anyio
from aiohttp import web

from watcher.clock import SystemClock
from watcher.ports import StoreError
from watcher.store.changes import read_version
from watcher.web.connection import connection_of
from watcher.web.desk import Desk
from watcher.web.refusal import refusal

EVERY: Final = timedelta(seconds=1)
"""How often the store is asked while anybody listens."""

KEEP_ALIVE: Final = 15.0
"""Seconds without a word after which one is said, so that proxies keep the line."""

MOST: Final = 100
"""How many pages may listen at once."""

AGAIN: Final = 30
"""Seconds after which one that was refused may come again."""


class Ear:
    """One page that listens."""

    def __init__(self) -> None:
        self.gone = False
        self._word = anyio.Event()
        self._changed = False

    def tell(self) -> None:
        """Something changed; several changes before it looks are one."""
        self._changed = True
        self._word.set()

    def leave(self) -> None:
        """It listens no more, or is to listen no more."""
        self.gone = True
        self._word.set()

    async def hear(self, patience: float) -> bool:
        """Whether something changed, within so many seconds."""
        with anyio.move_on_after(patience):
            await self._word.wait()
        changed, self._changed, self._word = self._changed, False, anyio.Event()
        if self.gone:
            self._word.set()
        return changed


class Live:
    """Who listens, and the loop that finds out whether there is anything to tell."""

    def __init__(self, desk: Desk, most: int = MOST, keep_alive: float = KEEP_ALIVE) -> None:
        self._desk = desk
        self._most = most
        self._keep_alive = keep_alive
        self._ears: set[Ear] = set()
        self._somebody = anyio.Event()
        self._closed = False

    @property
    def listeners(self) -> int:
        """How many pages listen now."""
        return len(self._ears)

    async def run(self) -> None:
        """Look while anybody listens, and tell all of them."""
        clock, seen = SystemClock(), None
        while True:
            if not self._somebody.is_set():
                # What was saved while nobody listened is on the page of whoever comes next.
                seen = None
                await self._somebody.wait()
            with suppress(StoreError):
                seen = self._tell(seen, await self._desk.read(read_version))
            await clock.sleep(EVERY)

    def _tell(self, seen: int | None, version: int) -> int:
        if seen is not None and version != seen:
            for ear in self._ears:
                ear.tell()
        return version

    async def close(self, _: web.Application) -> None:
        """The service stops: let every stream end."""
        self._closed = True
        for ear in self._ears:
            ear.leave()

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Say "changed" as often as it is true, until the page is gone or the service stops."""
        if len(self._ears) >= self._most or self._closed:
            text = f"{self._most} pages listen already; this one is refreshed more seldom."
            return refusal(request, 503, text, {"Retry-After": str(AGAIN)})
        headers = {"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"}
        response = web.StreamResponse(headers=headers)
        with self._listening() as ear, suppress(ConnectionError):
            connection = connection_of(request)
            if connection is not None:
                connection.when_lost(ear.leave)
            await response.prepare(request)
            await response.write(b"retry: 5000\n\n")
            while not ear.gone:
                changed = await ear.hear(self._keep_alive)
                await response.write(b"event: changed\ndata: \n\n" if changed else b":\n\n")
        return response

    @contextmanager
    def _listening(self) -> Iterator[Ear]:
        ear = Ear()
        self._ears.add(ear)
        self._somebody.set()
        try:
            yield ear
        finally:
            self._ears.discard(ear)
            if not self._ears:
                self._somebody = anyio.Event()
