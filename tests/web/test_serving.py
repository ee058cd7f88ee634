"""Applications on an address, for as long as a block runs."""

from __future__ import annotations

import os
import ssl
from pathlib import Path

import aiohttp
import anyio
import pytest
from aiohttp import web

from tests.authority import make_authority
from watcher.certificates import serving_with
from watcher.web.connection import Patience
from watcher.web.serving import LOOPS, serve, take_short_turns

LONG = aiohttp.ClientTimeout(60)


def an_app() -> web.Application:
    async def show(_: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    app = web.Application()
    app.router.add_get("/healthz", show)
    return app


async def test_a_port_that_is_taken_is_told_with_its_holder() -> None:
    """At the start, and by whom, as far as this user may see."""
    async with serve(an_app(), "127.0.0.1", 0) as (host, port):
        with pytest.raises(OSError, match="address already in use") as caught:
            async with serve(an_app(), host, port):
                pass
    assert f"(pid {os.getpid()})" in str(caught.value.strerror)


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid"])
async def test_an_address_that_is_not_ours_is_an_error(host: str) -> None:
    """With the system's words."""
    with pytest.raises(OSError, match=r".") as caught:
        async with serve(an_app(), host, 0):
            pass
    assert caught.value.strerror


async def test_what_the_block_raises_leaves_it_as_it_is() -> None:
    """Whoever catches it need not look into a group."""
    with pytest.raises(ZeroDivisionError):
        async with serve(an_app(), "127.0.0.1", 0):
            raise ZeroDivisionError


async def test_a_name_stands_for_all_of_its_addresses() -> None:
    """`localhost` is served by whichever of its addresses the client takes."""
    async with (
        serve(an_app(), "localhost", 0) as (host, port),
        aiohttp.ClientSession(timeout=LONG) as client,
    ):
        bracketed = f"[{host}]" if ":" in host else host
        async with client.get(f"http://{bracketed}:{port}/healthz") as answer:
            assert 200 == answer.status


async def test_the_port_is_free_afterwards() -> None:
    """When the block ends the server is gone, also with a client still connected."""
    async with aiohttp.ClientSession(timeout=LONG) as client:
        async with serve(an_app(), "127.0.0.1", 0) as (host, port):
            page = f"http://{host}:{port}/healthz"
            answer = await client.get(page)
            assert "ok" == (await answer.json())["status"]
        with pytest.raises(aiohttp.ClientConnectorError):
            await client.get(page)
        async with serve(an_app(), host, port):
            assert "ok" == (await (await client.get(page)).json())["status"]


async def test_tls_is_spoken_where_there_is_a_certificate(tmp_path: Path) -> None:
    """By a client that trusts its authority; who speaks plain HTTP gets nothing."""
    authority = make_authority(tmp_path)
    authority.server()
    file = str(tmp_path / "127.0.0.1.pem")
    trust = ssl.create_default_context(cafile=str(authority.ca_file))
    async with (
        serve(an_app(), "127.0.0.1", 0, tls=serving_with(file, file)) as (host, port),
        aiohttp.ClientSession(timeout=LONG) as client,
    ):
        async with client.get(f"https://{host}:{port}/healthz", ssl=trust) as answer:
            assert 200 == answer.status
        with pytest.raises(aiohttp.ClientError):
            await client.get(f"http://{host}:{port}/healthz")
        async with client.get(f"https://{host}:{port}/healthz", ssl=trust) as answer:
            assert 200 == answer.status


async def test_who_never_shakes_hands_takes_nobody_s_place(tmp_path: Path) -> None:
    """A TLS handshake must come to an end in time, and then its socket is another's."""
    authority = make_authority(tmp_path)
    authority.server()
    file = str(tmp_path / "127.0.0.1.pem")
    trust = ssl.create_default_context(cafile=str(authority.ca_file))
    patience = Patience(connections=1, head=0.2)
    async with (
        serve(an_app(), "127.0.0.1", 0, tls=serving_with(file, file), patience=patience) as (
            host,
            port,
        ),
        aiohttp.ClientSession(timeout=LONG) as client,
    ):
        mute = [await anyio.connect_tcp(host, port) for _ in range(80)]
        async with client.get(f"https://{host}:{port}/healthz", ssl=trust) as answer:
            assert 200 == answer.status
        for stream in mute:
            await stream.aclose()


async def test_loops_run_for_as_long_as_the_application_is_served() -> None:
    """What an application does beside answering begins and ends with its block."""
    begun, ended = anyio.Event(), anyio.Event()

    async def loop() -> None:
        begun.set()
        try:
            await anyio.sleep_forever()
        finally:
            ended.set()

    app = an_app()
    app[LOOPS] = (loop,)
    async with serve(app, "127.0.0.1", 0):
        with anyio.fail_after(30):
            await begun.wait()
    assert ended.is_set()


def test_turns_are_shorter_than_python_s(monkeypatch: pytest.MonkeyPatch) -> None:
    """A poll that wakes while a page is made waits half a millisecond, not five."""
    told: list[float] = []
    monkeypatch.setattr("sys.setswitchinterval", told.append)
    take_short_turns()
    assert [0.0005] == told


async def test_requests_that_are_none_leave_the_log_alone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Anybody can send them, as fast as the wire: each would be a trace of a page's length."""
    async with serve(web.Application(), "127.0.0.1", 0) as (host, port):
        with anyio.fail_after(60):
            async with await anyio.connect_tcp(host, port) as stream:
                await stream.send(b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")
                told = await stream.receive()
    assert b" 400 " in told.partition(b"\n")[0]
    assert [] == caplog.records
