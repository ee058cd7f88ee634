"""One client's connection: who is slow, or one too many, takes nothing from the others."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Final

import msgspec
from aiohttp import web

from watcher.web.failures import counted_as, is_here

TOO_MANY: Final = b"Too many connections; come again in 5 s.\n"
BUSY: Final = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\n\r\n%s"
) % (len(TOO_MANY), TOO_MANY)
FAREWELL: Final = 2.0
"""Seconds that one who is told to come again has to read it."""


class Patience(msgspec.Struct, frozen=True):
    """How many connections there may be, and how many seconds a client may take.

    `from_one`: how many of them from one address, but for this machine's own: a proxy on it speaks
    for many.

    `head`: until a request has come whole; `body`: until what it brings is read; `idle`: between
    two requests; `reading`: until it has taken what was sent, while more than 64 KiB wait.
    """

    connections: int = 256
    from_one: int = 128
    head: float = 10.0
    body: float = 10.0
    idle: float = 75.0
    reading: float = 30.0


class Crowd:
    """The connections that are served now."""

    def __init__(self, patience: Patience) -> None:
        self.patience = patience
        self._by_peer: Counter[str] = Counter()

    def enter(self, peer: str) -> bool:
        """Count one more from an address; whether there is room for it."""
        if self._by_peer.total() >= self.patience.connections:
            return False
        if self._by_peer[peer] >= self.patience.from_one and not is_here(peer):
            return False
        self._by_peer[peer] += 1
        return True

    def leave(self, peer: str) -> None:
        """One that was let in is gone."""
        self._by_peer[peer] -= 1
        if not self._by_peer[peer]:
            del self._by_peer[peer]


class Connection(asyncio.Protocol):
    """Hands everything on to aiohttp's protocol, and drops the client when its time is over."""

    def __init__(self, inner: asyncio.Protocol, crowd: Crowd) -> None:
        self._inner = inner
        self._crowd = crowd
        self._transport: asyncio.Transport | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._reading: asyncio.TimerHandle | None = None
        self._waits = False
        self._told: list[Callable[[], None]] = []
        self._counted = False
        self._peer = ""

    @property
    def patience(self) -> Patience:
        """The spans that hold for this connection."""
        return self._crowd.patience

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, or say at once that there are too many."""
        self._transport = transport if isinstance(transport, asyncio.Transport) else None
        self._peer = counted_as(str((transport.get_extra_info("peername") or ("",))[0]))
        self._counted = self._crowd.enter(self._peer)
        if not self._counted:
            self._send_away()
            return
        self._arm(self.patience.head)
        self._inner.connection_made(transport)

    def _send_away(self) -> None:
        transport = self._transport
        if transport is None:
            return
        transport.write(BUSY)
        if transport.can_write_eof():
            # Closed at once, with what it sent unread, it would not get to read the answer.
            try:
                transport.write_eof()
            except OSError:
                # It has gone already.
                transport.abort()
                return
            self._arm(FAREWELL)
        else:
            transport.close()

    def data_received(self, data: bytes) -> None:
        """The first bytes after a pause begin a request, which must come whole in time."""
        if not self._counted:
            return
        if self._waits:
            self._waits = False
            self._arm(self.patience.head)
        self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        """The client sends no more."""
        return self._inner.eof_received() if self._counted else None

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever wanted to know."""
        for handle in (self._deadline, self._reading):
            if handle is not None:
                handle.cancel()
        if self._counted:
            self._crowd.leave(self._peer)
            self._inner.connection_lost(exc)
        for tell in self._told:
            tell()

    def pause_writing(self) -> None:
        """More waits than is good: the client must take some of it in time."""
        self._reading = asyncio.get_running_loop().call_later(self.patience.reading, self._drop)
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        """It has taken some."""
        if self._reading is not None:
            self._reading.cancel()
        self._inner.resume_writing()

    def begin(self) -> None:
        """A request has come whole: from now on it takes as long as we do."""
        self._waits = False
        if self._deadline is not None:
            self._deadline.cancel()

    def end(self) -> None:
        """It is answered: wait for the next one."""
        self._waits = True
        self._arm(self.patience.idle)

    def when_lost(self, tell: Callable[[], None]) -> None:
        """Call this when the client is gone."""
        self._told.append(tell)

    def _arm(self, seconds: float) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = asyncio.get_running_loop().call_later(seconds, self._end_of_patience)

    def _end_of_patience(self) -> None:
        if self._transport is None:
            return
        if self._waits and self._transport.get_write_buffer_size():
            # The answer is still on its way; `reading` says how long that may take.
            self._arm(self.patience.idle)
            return
        self._transport.abort()

    def _drop(self) -> None:
        if self._transport is not None:
            self._transport.abort()


def connection_of(request: web.BaseRequest) -> Connection | None:
    """The connection that a request came by; `None` where another server serves it."""
    protocol = None if request.transport is None else request.transport.get_protocol()
    return protocol if isinstance(protocol, Connection) else None
