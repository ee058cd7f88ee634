"""Pages that listen for changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiohttp
import anyio
import pytest
from aiohttp import web
from sqlalchemy import Connection

from tests.core.playbook import run
from tests.web.house import House, HouseDesk, Result, house_in, pages_of
from watcher.ports import StoreError
from watcher.web.live import MOST, Live
from watcher.web.serving import LOOPS, serve

PATIENT = aiohttp.ClientTimeout(total=None, sock_read=60)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with house_in(tmp_path) as made:
        yield made


def an_app(live: Live) -> web.Application:
    """The stream alone, without what guards it."""
    app = web.Application()
    app[LOOPS] = (live.run,)
    app.on_shutdown.append(live.close)
    app.router.add_get("/live", live.stream)
    return app


@asynccontextmanager
async def listening(live: Live) -> AsyncIterator[aiohttp.ClientSession]:
    connector = aiohttp.TCPConnector(limit=0)
    async with (
        serve(an_app(live), "127.0.0.1", 0) as (host, port),
        aiohttp.ClientSession(
            f"http://{host}:{port}", timeout=PATIENT, connector=connector
        ) as client,
    ):
        yield client


async def until(answer: aiohttp.ClientResponse, wanted: bytes) -> None:
    """Read the stream until a line is `wanted`."""
    while (line := await answer.content.readline()) != wanted:
        assert line, "the stream ended"


async def test_a_change_is_told_to_all(house: House) -> None:
    """Each page that listens hears of what was saved."""
    async with pages_of(house) as client, AsyncExitStack() as stack:
        stack.enter_context(anyio.fail_after(60))
        streams = [await stack.enter_async_context(client.get("/live")) for _ in range(3)]
        for stream in streams:
            assert "text/event-stream" == stream.content_type
            await until(stream, b"retry: 5000\n")
        heard = 0

        async def hear(stream: aiohttp.ClientResponse) -> None:
            nonlocal heard
            await until(stream, b"event: changed\n")
            heard += 1

        async with anyio.create_task_group() as group:
            for stream in streams:
                group.start_soon(hear, stream)
            while heard < len(streams):
                # What is saved before the first look is on the page already.
                house.reads(run("a"), run("b"))
                await house.keeps()
                await house.saved.probe(house.clock())
                await anyio.sleep(0.1)


async def test_silence_is_broken_for_proxies(house: House) -> None:
    """A comment now and then keeps the line."""
    async with (
        listening(Live(HouseDesk(house), keep_alive=0.05)) as client,
        client.get("/live") as stream,
    ):
        with anyio.fail_after(60):
            await until(stream, b":\n")
            await until(stream, b":\n")


async def test_one_page_too_many_is_told_to_come_again(house: House) -> None:
    """A hundred listen; three hundred more are refused, and the others go on."""
    async with (
        listening(Live(HouseDesk(house), keep_alive=0.1)) as client,
        AsyncExitStack() as stack,
    ):
        stack.enter_context(anyio.fail_after(120))
        streams = [await stack.enter_async_context(client.get("/live")) for _ in range(MOST)]
        found: Counter[int] = Counter()

        async def knock() -> None:
            for _ in range(30):
                async with client.get("/live") as answer:
                    found[answer.status] += 1
                    assert "30" == answer.headers["Retry-After"]

        async with anyio.create_task_group() as group:
            for _ in range(10):
                group.start_soon(knock)
        assert {503: 300} == found
        for stream in streams:
            await until(stream, b":\n")


async def test_who_leaves_makes_room(house: House) -> None:
    """At once, not at the next word."""
    live = Live(HouseDesk(house), most=1, keep_alive=600)
    async with listening(live) as client:
        with anyio.fail_after(60):
            stream = await client.get("/live")
            stream.close()
            while live.listeners:
                await anyio.sleep(0.01)
            async with client.get("/live") as answer:
                assert 200 == answer.status


async def test_streams_end_with_the_service(house: House) -> None:
    """Nobody who listens keeps it from stopping."""
    live = Live(HouseDesk(house), keep_alive=600)
    async with aiohttp.ClientSession(timeout=PATIENT) as client:
        with anyio.fail_after(60):
            async with serve(an_app(live), "127.0.0.1", 0) as (host, port):
                stream = await client.get(f"http://{host}:{port}/live")
                await until(stream, b"retry: 5000\n")
            # To its proper end: it was not torn off.
            while await stream.content.readline():
                pass


class Failing(HouseDesk):
    looks = 0

    async def read(self, work: Callable[[Connection], Result]) -> Result:
        self.looks += 1
        raise StoreError("locked")


async def test_a_store_that_cannot_be_read_ends_nothing(house: House) -> None:
    """It is asked again, and whoever listens goes on listening."""
    desk = Failing(house)
    async with (
        listening(Live(desk, keep_alive=0.05)) as client,
        client.get("/live") as stream,
    ):
        with anyio.fail_after(60):
            while desk.looks < 2:
                await until(stream, b":\n")
