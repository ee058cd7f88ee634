"""Serves an application on an address for as long as a block runs."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import socket
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import ExitStack, asynccontextmanager, suppress
from datetime import timedelta
from functools import partial
from ssl import SSLContext
from typing import Any, Final

import anyio
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from anyio.abc import TaskGroup

from watcher.clock import SystemClock
from watcher.web.connection import Connection, Crowd, Patience
from watcher.web.holders import holder_of

STOP_WITHIN: Final = 1.0
"""Seconds that a request under way gets when the service stops."""

LINGERS: Final = 1.0
"""Seconds for which what a refused request still sends is read and thrown away."""

BACKLOG: Final = 128
SPARE: Final = 64
"""So many sockets more than connections: those that shake hands, or are told to come again."""

PAUSE: Final = timedelta(seconds=0.5)
"""Nothing is accepted for so long where the machine has no socket left."""

TURN: Final = 0.0005
"""Seconds after which a thread that makes a page lets the event loop go on, if it wants to."""

LOOPS: Final = web.AppKey("loops", tuple[Callable[[], Coroutine[Any, Any, None]], ...])
"""What runs beside the application for as long as it is served."""


MACHINERY: Final = logging.getLogger("aiohttp.server.requests")
"""Where aiohttp says what went wrong with a request before a handler had it."""


def _is_ours(record: logging.LogRecord) -> bool:
    """Whether a fault is the server's own: anybody can send requests that are none."""
    return record.exc_info is None or not isinstance(record.exc_info[1], HttpProcessingError)


MACHINERY.addFilter(_is_ours)


def take_short_turns() -> None:
    """Let threads of this process take turns more often than Python's 5 ms.

    A poll wakes many times; each time it would wait that long for a page that is being made.
    """
    sys.setswitchinterval(TURN)


@asynccontextmanager
async def serve(
    app: web.Application,
    host: str,
    port: int,
    *,
    tls: SSLContext | None = None,
    patience: Patience | None = None,
) -> AsyncIterator[tuple[str, int]]:
    """Serve `app` while the block runs; yields the address that is bound (`port` 0: a free one).

    Raises OSError when the address cannot be bound, with the holder of a port that is taken.
    """
    with ExitStack() as stack:
        listeners = [stack.enter_context(one) for one in await _listen(host, port)]
        bound = listeners[0].getsockname()
        runner = web.AppRunner(
            app,
            access_log=None,
            logger=MACHINERY,
            shutdown_timeout=STOP_WITHIN,
            lingering_time=LINGERS,
        )
        await runner.setup()
        try:
            async with _serving(runner, listeners, tls, Crowd(patience or Patience())):
                yield bound[0], bound[1]
        finally:
            stack.close()
            await runner.cleanup()


@asynccontextmanager
async def _serving(
    runner: web.AppRunner, listeners: list[socket.socket], tls: SSLContext | None, crowd: Crowd
) -> AsyncIterator[None]:
    """Accept while the block runs; what the block raises leaves it as it is."""
    failure: Exception | None = None
    async with anyio.create_task_group() as group:
        for loop in runner.app.get(LOOPS, ()):
            group.start_soon(loop)
        door = _Door(runner, tls, crowd)
        for listener in listeners:
            group.start_soon(door.accept, listener, group)
        try:
            yield
        except Exception as error:  # noqa: BLE001  raised again below, not as a group
            failure = error
        group.cancel_scope.cancel()
    if failure is not None:
        raise failure


class _Door:
    """Takes sockets in, never more at once than there is room for."""

    def __init__(self, runner: web.AppRunner, tls: SSLContext | None, crowd: Crowd) -> None:
        self._server = runner.server
        self._tls = tls
        self._crowd = crowd
        self._room = anyio.Semaphore(crowd.patience.connections + SPARE)

    async def accept(self, listener: socket.socket, group: TaskGroup) -> None:
        """Take in whoever comes."""
        loop = asyncio.get_running_loop()
        while True:
            await self._room.acquire()
            try:
                client, _ = await loop.sock_accept(listener)
            except OSError:
                # Out of sockets, or a client that was gone before it was taken in.
                self._room.release()
                await SystemClock().sleep(PAUSE)
                continue
            except BaseException:
                self._room.release()
                raise
            group.start_soon(self._greet, client)

    async def _greet(self, client: socket.socket) -> None:
        """Shake hands where TLS is spoken; from then on the connection goes its own way."""
        client.settimeout(0.0)
        seconds = self._crowd.patience.head if self._tls else None
        seat = _Seat(self._room)
        try:
            await asyncio.get_running_loop().connect_accepted_socket(
                partial(self._connection, seat),
                client,
                ssl=self._tls,
                ssl_handshake_timeout=seconds,
            )
        except OSError:
            # No TLS, or nobody there any more.
            client.close()
            seat.leave()
        except BaseException:
            client.close()
            seat.leave()
            raise

    def _connection(self, seat: _Seat) -> Connection:
        if self._server is None:
            raise RuntimeError("the application is not set up")
        connection = Connection(self._server(), self._crowd)
        connection.when_lost(seat.leave)
        return connection


class _Seat:
    """One socket's place in the room, given up once."""

    def __init__(self, room: anyio.Semaphore) -> None:
        self._room: anyio.Semaphore | None = room

    def leave(self) -> None:
        """Make room for another."""
        if self._room is not None:
            self._room.release()
            self._room = None


async def _listen(host: str, port: int) -> list[socket.socket]:
    """A listening socket for each address that the host's name stands for."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    opened: list[socket.socket] = []
    try:
        for family, _, _, _, address in dict.fromkeys(found):
            opened.append(_bind(family, address))
    except OSError:
        for one in opened:
            one.close()
        raise
    return opened


def _bind(family: int, address: tuple[object, ...]) -> socket.socket:
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            with suppress(OSError):
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
        listener.settimeout(0.0)
    except OSError as error:
        listener.close()
        raise OSError(error.errno, _words(error, int(str(address[1])))) from None
    return listener


def _words(error: OSError, port: int) -> str:
    said = os.strerror(error.errno or 0).lower()
    if error.errno == errno.EADDRINUSE:
        return f"{said}; {holder_of(port)}"
    if error.errno == errno.EACCES:
        return f"{said}; ports below 1024 need AmbientCapabilities=CAP_NET_BIND_SERVICE"
    return said
