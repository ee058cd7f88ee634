"""Slow clients, silent ones, and one too many."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
from aiohttp import web
from anyio.abc import SocketStream

from watcher.web.connection import Connection, Crowd, Patience, connection_of
from watcher.web.serving import serve

ASK = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
LARGE = 8 * 2**20


def an_app(dropped: anyio.Event) -> web.Application:
    async def show(request: web.Request) -> web.Response:
        connection = connection_of(request)
        assert connection is not None
        connection.begin()
        connection.end()
        return web.Response(text="here")

    async def large(request: web.Request) -> web.Response:
        connection = connection_of(request)
        assert connection is not None
        connection.begin()
        connection.when_lost(dropped.set)
        connection.end()
        return web.Response(body=b"x" * LARGE)

    app = web.Application()
    app.router.add_get("/", show)
    app.router.add_get("/large", large)
    return app


@asynccontextmanager
async def place(
    patience: Patience, dropped: anyio.Event | None = None
) -> AsyncIterator[tuple[str, int]]:
    with anyio.fail_after(60):
        async with serve(
            an_app(dropped or anyio.Event()), "127.0.0.1", 0, patience=patience
        ) as address:
            yield address


async def rest_of(stream: SocketStream) -> bytes:
    """Everything until the server hangs up."""
    told = b""
    try:
        while True:
            told += await stream.receive()
    except (anyio.EndOfStream, anyio.BrokenResourceError):
        return told


async def test_a_head_that_drips_in_is_cut_off() -> None:
    """Slowloris: each byte is no reason to wait longer."""
    async with place(Patience(head=0.3)) as address, await anyio.connect_tcp(*address) as stream:
        await stream.send(ASK[:-2])
        assert b"" == await rest_of(stream)


async def test_who_says_nothing_is_cut_off() -> None:
    """A connection alone is worth nothing."""
    async with place(Patience(head=0.3)) as address, await anyio.connect_tcp(*address) as stream:
        assert b"" == await rest_of(stream)


async def test_the_second_request_must_come_whole_too() -> None:
    """A first one that was quick buys no time."""
    patience = Patience(head=0.3, idle=600)
    async with place(patience) as address, await anyio.connect_tcp(*address) as stream:
        await stream.send(ASK)
        assert (await stream.receive()).startswith(b"HTTP/1.1 200")
        await stream.send(ASK[:-2])
        await rest_of(stream)


async def test_an_idle_connection_is_closed() -> None:
    """Between two requests there is time, but not for ever."""
    patience = Patience(idle=0.3)
    async with place(patience) as address, await anyio.connect_tcp(*address) as stream:
        await stream.send(ASK)
        assert (await rest_of(stream)).endswith(b"here")


async def test_who_does_not_read_is_dropped() -> None:
    """What was made for it does not wait for ever."""
    dropped = anyio.Event()
    patience = Patience(reading=0.3, idle=0.1)
    async with place(patience, dropped) as address:
        stream = await anyio.connect_tcp(*address)
        await stream.send(ASK.replace(b"/ ", b"/large ", 1))
        await dropped.wait()
        assert LARGE > len(await rest_of(stream))
        await stream.aclose()


async def test_who_reads_slowly_but_reads_is_served() -> None:
    """The answer may take longer than a pause between requests."""
    patience = Patience(reading=30, idle=0.1)
    async with place(patience) as address, await anyio.connect_tcp(*address) as stream:
        await stream.send(ASK.replace(b"/ ", b"/large ", 1))
        assert LARGE < len(await rest_of(stream))


async def test_one_too_many_is_told_to_come_again() -> None:
    """And is served when another has gone."""
    async with place(Patience(connections=2)) as address:
        first, second = await anyio.connect_tcp(*address), await anyio.connect_tcp(*address)
        for stream in (first, second):
            await stream.send(ASK)
            assert (await stream.receive()).startswith(b"HTTP/1.1 200")
        async with await anyio.connect_tcp(*address) as third:
            await third.send(ASK)
            told = await rest_of(third)
            assert told.startswith(b"HTTP/1.1 503 ")
            assert b"\r\nRetry-After: 5\r\n" in told
        await first.aclose()
        while not (await asked(address)).startswith(b"HTTP/1.1 200"):
            await anyio.sleep(0.01)
        await second.aclose()


class Gone(asyncio.Transport):
    """The end of a client that went while it was being let in."""

    def __init__(self) -> None:
        super().__init__({"peername": ("192.0.2.1", 1)})
        self.aborted = False

    def write(self, data: object) -> None:
        pass

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        raise OSError(errno.ENOTCONN, "Transport endpoint is not connected")

    def abort(self) -> None:
        self.aborted = True


def test_one_too_many_that_has_gone_already_is_dropped() -> None:
    """Its place is free again, and nothing is logged of it."""
    connection, transport = Connection(asyncio.Protocol(), Crowd(Patience(connections=0))), Gone()
    connection.connection_made(transport)
    assert transport.aborted


def test_one_address_cannot_take_every_place() -> None:
    """But this machine's own can: a proxy on it speaks for many."""
    for peer, room in (("192.0.2.1", 2), ("127.0.0.1", 3), ("::1", 3)):
        crowd = Crowd(Patience(connections=3, from_one=2))
        assert room == sum(crowd.enter(peer) for _ in range(5))
        crowd.leave(peer)
        assert crowd.enter("192.0.2.2")
        assert (room == 2) == crowd.enter("192.0.2.2")


async def asked(address: tuple[str, int]) -> bytes:
    async with await anyio.connect_tcp(*address) as stream:
        await stream.send(ASK)
        return await stream.receive()
