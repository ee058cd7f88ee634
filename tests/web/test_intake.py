"""Which requests are looked at at all."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import anyio
import pytest

from tests.bench.memory import resident
from tests.web.house import House, house_in, pages_of
from watcher.web.connection import Patience
from watcher.web.doors import Doors
from watcher.web.gate import Gate

MEGABYTE = b"x" * 2**20
HUNDRED = 100
TOKEN = "0123456789abcdef"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with house_in(tmp_path) as made:
        yield made


async def hundred_megabytes() -> AsyncIterator[bytes]:
    for _ in range(HUNDRED):
        yield MEGABYTE


async def test_a_hundred_megabytes_are_refused_at_once(house: House) -> None:
    """Where the head says so, nothing of it is read into memory."""
    async with pages_of(house) as client:
        before = resident()
        headers = {"Content-Length": str(HUNDRED * 2**20)}
        async with client.post("/login", data=hundred_megabytes(), headers=headers) as answer:
            assert 413 == answer.status
            assert "A request may bring 64 KiB.\n" == await answer.text()
        assert 16 * 2**20 > resident() - before
        async with client.get("/healthz") as answer:
            assert 200 == answer.status


async def test_a_hundred_megabytes_that_do_not_say_so_are_refused_too(house: House) -> None:
    """Sent in chunks, they are read as far as the limit."""
    async with pages_of(house) as client:
        before = resident()
        async with client.post("/login", data=hundred_megabytes()) as answer:
            assert 413 == answer.status
        assert 16 * 2**20 > resident() - before


async def test_what_bursts_when_unpacked_is_refused(house: House) -> None:
    """A body of zeros is small on the wire only."""
    packed = gzip.compress(bytes(50 * 2**20))
    async with pages_of(house) as client:
        before = resident()
        headers = {"Content-Encoding": "gzip"}
        async with client.post("/login", data=packed, headers=headers) as answer:
            assert answer.status in {400, 413}
        assert 16 * 2**20 > resident() - before


async def test_a_body_that_drips_in_is_given_up(house: House) -> None:
    """Whoever announces more than it sends is answered, and hung up on."""
    async with pages_of(house, patience=Patience(body=0.3)) as client:
        async with client.get("/healthz") as answer:
            host, port = str(answer.url.host), answer.url.port or 0
        with anyio.fail_after(60):
            async with await anyio.connect_tcp(host, port) as stream:
                head = f"POST /login HTTP/1.1\r\nHost: {host}\r\nContent-Length: 60000\r\n\r\n"
                await stream.send(head.encode() + b"csrf=")
                told = b""
                while b"s to send this" not in told:
                    told += await stream.receive()
                assert told.startswith(b"HTTP/1.1 408 ")


async def test_forms_with_files_are_refused(house: House) -> None:
    """No page of ours has any."""
    async with pages_of(house) as client:
        form = aiohttp.FormData({"csrf": "x"}, default_to_multipart=True)
        async with client.post("/login", data=form) as answer:
            assert 415 == answer.status


@pytest.mark.parametrize("path", ["/" + "x" * 9000, "/?" + "x" * 9000])
async def test_long_addresses_are_refused(house: House, path: str) -> None:
    """By the parser, before anything else."""
    async with pages_of(house) as client, client.get(path) as answer:
        assert 400 == answer.status


@pytest.mark.parametrize(
    "host, status",
    [
        ("localhost", 200),
        ("LOCALHOST:9109", 200),
        ("watcher.localhost", 200),
        ("127.0.0.1:9109", 200),
        ("[::1]:9109", 200),
        ("ops.example.com", 200),
        ("evil.example.com", 421),
        ("evil.example.com:9109", 421),
        ("127.0.0.1.evil.example.com", 421),
        ("ops.example.com.evil.example.com", 421),
    ],
)
async def test_a_host_that_is_not_ours_is_refused(house: House, host: str, status: int) -> None:
    """Without a login, another site's name that leads here (DNS rebinding) gets nothing."""
    gate = Gate(lambda: Doors(base_url="https://ops.example.com/w"))
    async with (
        pages_of(house, gate=gate) as client,
        client.get("/healthz", headers={"Host": host}) as answer,
    ):
        assert status == answer.status
        assert (status == 421) == ("base_url" in await answer.text())


async def test_behind_a_login_any_host_will_do(house: House) -> None:
    """A proxy may pass whatever name it was asked for; a rebound name has no cookie of ours."""
    async with pages_of(house, gate=Gate(lambda: Doors(token=TOKEN))) as client:
        headers = {"Host": "any.example.com", "Authorization": f"Bearer {TOKEN}"}
        async with client.get("/", headers=headers) as answer:
            assert 200 == answer.status
