"""The HTTP client against servers that would never end, or fill the memory."""

from __future__ import annotations

import asyncio
import gzip
import tracemalloc
import zlib
from datetime import timedelta

import pytest

from tests.raw_server import Respond, sending, serving, whole
from tests.transport.asking import LIMIT, failure
from watcher.core.reading import Cause
from watcher.ports import HttpAnswer
from watcher.transport import Http

BRIEFLY = timedelta(milliseconds=300)
MEGABYTE = b"\0" * (1 << 20)
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
PACKED = CHUNKED[:-2] + b"Content-Encoding: gzip\r\n\r\n"
MEMBERS = b"%x\r\n%s\r\n" % (len(gzip.compress(b"")) * 99, gzip.compress(b"") * 99)


def bomb(window: int) -> bytes:
    """A hundred megabytes, compressed; `window` is zlib's word for the format."""
    packer = zlib.compressobj(9, zlib.DEFLATED, window)
    return b"".join([*(packer.compress(MEGABYTE) for _ in range(100)), packer.flush()])


GZIP = whole(bomb(31), "Content-Encoding: gzip")


def endless(head: bytes, piece: bytes) -> Respond:
    """Send the head, and then the piece for as long as somebody reads."""

    async def respond(writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while True:
            writer.write(piece)
            await writer.drain()

    return respond


def dripping(head: bytes, piece: bytes) -> Respond:
    """Send the head, and then the piece again and again with a pause, never to an end."""

    async def respond(writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while not writer.is_closing():
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.01)

    return respond


ENDLESS: dict[str, tuple[Respond, Cause]] = {
    "a header without an end": (endless(b"HTTP/1.1 200 OK\r\nX: ", b"x" * 9999), Cause.GARBLED),
    "a status without an end": (endless(b"HTTP/1.1 200 ", b"x" * 9999), Cause.GARBLED),
    "headers without an end": (endless(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n" * 999), Cause.GARBLED),
    "two hundred headers": (
        sending(whole(b"", *(f"X-{number}: y" for number in range(200)))),
        Cause.GARBLED,
    ),
    "trailers without an end": (endless(CHUNKED + b"0\r\n", b"X: y\r\n" * 999), Cause.GARBLED),
    "early hints without an end": (
        endless(b"", b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" * 99),
        Cause.TIMEOUT,
    ),
    "a chunk's extension without an end": (endless(CHUNKED + b"1;", b"x" * 9999), Cause.TIMEOUT),
    "empty lines without an end": (endless(b"", b"\r\n" * 999), Cause.TIMEOUT),
    "empty gzip members without an end": (
        endless(PACKED, MEMBERS),
        Cause.TIMEOUT,
    ),
    "chunks of one byte without an end": (
        endless(CHUNKED, b"1\r\nx\r\n" * 9999),
        Cause.TOO_LARGE,
    ),
    "a gzip bomb": (sending(GZIP), Cause.TOO_LARGE),
    "a deflate bomb": (sending(whole(bomb(-15), "Content-Encoding: deflate")), Cause.TOO_LARGE),
    "a packing that was not asked for": (
        sending(whole(b"x", "Content-Encoding: br")),
        Cause.GARBLED,
    ),
    "a status that drips": (dripping(b"HTTP/1.1 200 ", b"x"), Cause.TIMEOUT),
    "headers that drip": (dripping(b"HTTP/1.1 200 OK\r\nX: ", b"x"), Cause.TIMEOUT),
    "a body that drips": (dripping(whole(MEGABYTE)[:200], b"x"), Cause.TIMEOUT),
    "gzip that drips": (
        dripping(GZIP[:200], b"\0"),
        Cause.TIMEOUT,
    ),
}


@pytest.mark.parametrize("name", ENDLESS)
async def test_what_never_ends_is_ended(http: Http, name: str) -> None:
    """Each ends by its size or in the time given, with its cause, and little of it is held."""
    respond, cause = ENDLESS[name]
    within = BRIEFLY if cause is Cause.TIMEOUT else timedelta(seconds=30)
    limit = LIMIT if name != "chunks of one byte without an end" else 50_000
    async with serving(respond) as server:
        tracemalloc.start()
        error = await failure(http, server.url, within=within, max_bytes=limit)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert cause is error.cause
    assert most < 16 * LIMIT


async def test_a_tls_handshake_that_hangs_is_given_up(http: Http) -> None:
    """Who accepts a connection and says nothing gets no more time than anybody else."""

    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(mute, "127.0.0.1", 0)
    url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    # Connecting gets a little less than the whole; a busy machine must not make both one.
    error = await failure(http, url, within=timedelta(seconds=3))
    server.close()
    assert (Cause.TIMEOUT, False) == (error.cause, error.maybe_received)


async def test_what_is_too_large_still_has_its_status(http: Http) -> None:
    """Status and headers came before the body; they may say all that matters."""
    async with serving(sending(whole(b"x" * 100, "X: y", status="202 Accepted"))) as server:
        error = await failure(http, server.url, max_bytes=99)
    assert HttpAnswer(202, {"content-length": "100", "x": "y"}, b"") == error.head
