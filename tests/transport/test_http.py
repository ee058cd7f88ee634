"""The HTTP client against servers that behave, and against every way in which they do not."""

from __future__ import annotations

import asyncio
import gzip
import socket
from datetime import timedelta
from pathlib import Path

import anyio
import pytest

from tests.raw_server import Respond, sending, serving, whole
from tests.transport.asking import LIMIT, SECRET, SOON, failure, fetch
from watcher.core.reading import Cause
from watcher.ports import HttpAnswer, HttpRequest, TransportError
from watcher.transport import Http


async def hang(_: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def reset(writer: asyncio.StreamWriter) -> None:
    """Break off with a reset instead of a proper end."""
    linger = b"\x01\0\0\0\0\0\0\0"
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.transport.abort()


async def test_a_whole_answer(http: Http) -> None:
    """Status, lower-case headers and the body arrive as they were sent."""
    async with serving(sending(whole(b"hello", "X-Thing: Yes", status="418 Teapot"))) as server:
        answer = await fetch(http, server.url)
    headers = {"content-length": "5", "x-thing": "Yes"}
    assert HttpAnswer(418, headers, b"hello") == answer


async def test_the_url_is_sent_as_it_is_encoded(http: Http) -> None:
    """What was signed is what is sent: no character of the path or query is encoded anew."""
    target = "/a%2Fb/%7E~?x=%2C,%20%2B&y=%E4%BD%9C*'()%25"
    async with serving(sending(whole(b""))) as server:
        await fetch(http, server.url + target)
    assert f"GET {target} HTTP/1.1" == server.heads[0].partition("\r\n")[0]


async def test_method_headers_and_body_are_sent(http: Http) -> None:
    """A POST carries its own headers and exactly its body's bytes."""
    received = asyncio.get_running_loop().create_future()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        received.set_result((head.decode(), await reader.readexactly(6)))
        writer.write(whole(b""))
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    request = HttpRequest("POST", url, {"Content-Type": "text/plain"}, "作业".encode())
    await http.fetch(request, within=SOON, max_bytes=LIMIT)
    head, body = await received
    server.close()
    assert "作业".encode() == body
    assert head.startswith("POST / HTTP/1.1\r\n")
    assert "Content-Type: text/plain" in head
    assert "User-Agent: watcher/" in head


async def test_a_redirect_is_an_answer_and_never_followed(http: Http) -> None:
    """Whoever is redirected to is not asked: credentials would go there."""
    async with serving(sending(whole(b"stolen"))) as other:
        location = f"Location: {other.url}/"
        async with serving(sending(whole(b"", location, status="302 Found"))) as server:
            answer = await fetch(http, server.url)
    assert (302, 0) == (answer.status, other.connections)


async def test_cookies_are_not_kept(http: Http) -> None:
    """What one receiver sets is never sent again."""
    async with serving(sending(whole(b"", "Set-Cookie: a=b")), keep=True) as server:
        await fetch(http, server.url)
        await fetch(http, server.url)
    assert [False, False] == ["cookie" in head.lower() for head in server.heads]


async def test_netrc_is_not_sent(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, http: Http
) -> None:
    """The passwords of the user's .netrc go to nobody."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password planted\n", encoding="ascii")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    async with serving(sending(whole(b""))) as server:
        await fetch(http, server.url)
    assert "authorization" not in server.heads[0].lower()


async def test_a_connection_is_used_again(http: Http) -> None:
    """Successive requests to one host go over one connection."""
    async with serving(sending(whole(b"x")), keep=True) as server:
        for _ in range(3):
            await fetch(http, server.url)
    assert (1, 3) == (server.connections, len(server.heads))


async def test_a_kept_connection_that_is_gone_is_no_second_request(http: Http) -> None:
    """When the server drops a kept connection, the request is not sent again by itself."""
    answers = iter([whole(b"x"), b""])

    async def respond(writer: asyncio.StreamWriter) -> None:
        answer = next(answers)
        writer.write(answer)
        if not answer:
            writer.close()

    async with serving(respond, keep=True) as server:
        await fetch(http, server.url)
        error = await failure(http, server.url)
    assert (Cause.CONNECTION, True, 2) == (error.cause, error.maybe_received, len(server.heads))


async def test_gzip_is_read(http: Http) -> None:
    """A compressed answer arrives decompressed, and is asked for."""
    body = gzip.compress(b"x" * 1000)
    async with serving(sending(whole(body, "Content-Encoding: gzip"))) as server:
        answer = await fetch(http, server.url)
    assert b"x" * 1000 == answer.body
    assert "Accept-Encoding: gzip\r\n" in server.heads[0]


async def test_a_body_of_just_the_limit_is_whole(http: Http) -> None:
    """The limit itself is allowed, also without Content-Length and in several pieces."""

    async def respond(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        for _ in range(16):
            writer.write(b"x" * (LIMIT // 16))
            await writer.drain()

    async with serving(respond) as server:
        answer = await fetch(http, server.url)
    assert LIMIT == len(answer.body)


BOMB = gzip.compress(b"\0" * (50 << 20))
ENDLESS = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b"x" * (2 * LIMIT)
LIMITED = {
    "announced": whole(b"x" * (LIMIT + 1)),
    "small": whole(b"x" * 200),
    "endless": ENDLESS,
    "gzip bomb": whole(BOMB, "Content-Encoding: gzip"),
}


@pytest.mark.parametrize("name", LIMITED)
async def test_a_body_above_the_limit_is_refused(http: Http, name: str) -> None:
    """What is too large, announced, unannounced or when decompressed, is refused by its size."""
    limit = 199 if name == "small" else LIMIT
    async with serving(sending(LIMITED[name])) as server:
        error = await failure(http, server.url, max_bytes=limit)
    assert (Cause.TOO_LARGE, True) == (error.cause, error.maybe_received)
    assert f"larger than {limit:,} bytes" in error.detail


JSON = b'{"a": 1}' * 100
TROUBLES: dict[str, tuple[Respond, Cause]] = {
    "closed without a word": (sending(b""), Cause.CONNECTION),
    "reset": (reset, Cause.CONNECTION),
    "closed in the head": (sending(b"HTTP/1.1 200 OK\r\nConte"), Cause.CONNECTION),
    "no HTTP": (sending(b"220 smtp.example.com ESMTP\r\n"), Cause.GARBLED),
    "truncated": (sending(whole(JSON)[:-7]), Cause.GARBLED),
    "truncated chunk": (
        sending(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nab"),
        Cause.GARBLED,
    ),
    "no gzip": (sending(whole(JSON, "Content-Encoding: gzip")), Cause.GARBLED),
}


@pytest.mark.parametrize("name", TROUBLES)
async def test_an_answer_that_is_none_has_its_cause(http: Http, name: str) -> None:
    """Each way to fail after the request went out is named, in doubt, and not tried again."""
    respond, cause = TROUBLES[name]
    async with serving(respond) as server:
        error = await failure(http, server.url)
    assert (cause, True, 1) == (error.cause, error.maybe_received, len(server.heads))


async def test_a_server_that_hangs_is_given_up_in_time(http: Http) -> None:
    """No answer ends as a time-out, in doubt, and long before anybody's patience ends."""
    async with serving(hang) as server:
        with anyio.fail_after(5):
            error = await failure(http, server.url, within=timedelta(milliseconds=100))
    assert (Cause.TIMEOUT, True) == (error.cause, error.maybe_received)
    assert "within 100ms" in error.detail


async def test_a_server_that_drips_is_given_up_in_time(http: Http) -> None:
    """The time bounds the whole exchange, not the wait for each piece."""

    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        for _ in range(1000):
            writer.write(b"x")
            await asyncio.sleep(0.01)

    async with serving(drip) as server:
        with anyio.fail_after(5):
            error = await failure(http, server.url, within=timedelta(milliseconds=200))
    assert (Cause.TIMEOUT, True) == (error.cause, error.maybe_received)


@pytest.mark.parametrize("seconds", [0, -1])
async def test_without_time_nothing_is_sent(http: Http, seconds: int) -> None:
    """A time of nothing is a time-out, not the absence of a limit."""
    async with serving(sending(whole(b""))) as server:
        error = await failure(http, server.url, within=timedelta(seconds=seconds))
    assert (Cause.TIMEOUT, False, 0) == (error.cause, error.maybe_received, server.connections)


async def test_nobody_listens(http: Http) -> None:
    """A refused connection says so, with host and port; nothing was received."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        error = await failure(http, f"http://127.0.0.1:{port}")
    assert (Cause.CONNECTION, False) == (error.cause, error.maybe_received)
    assert f"no connection to 127.0.0.1:{port}" in error.detail


async def test_a_name_that_is_not_known(monkeypatch: pytest.MonkeyPatch, http: Http) -> None:
    """A name that DNS does not know is told apart from a host that does not answer."""

    def unknown(*_: object, **__: object) -> list[object]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    error = await failure(http, "http://foas.nowhere.invalid")
    assert (Cause.DNS, False) == (error.cause, error.maybe_received)
    assert "foas.nowhere.invalid" in error.detail


@pytest.mark.parametrize("url", ["", "foas.example.com/x", "ftp://127.0.0.1/", "http:///x"])
async def test_an_address_that_is_none(http: Http, url: str) -> None:
    """What is no http(s) URL is refused before anything is sent."""
    with pytest.raises(TransportError) as caught:
        await fetch(http, url)
    assert (Cause.ADDRESS, False) == (caught.value.cause, caught.value.maybe_received)


async def test_a_header_that_cannot_be_sent(http: Http) -> None:
    """A line break in a header, such as the end of a key file, is named and sends nothing."""
    async with serving(sending(whole(b""))) as server:
        request = HttpRequest("GET", server.url, {"Authorization": f"{SECRET}\n"})
        with pytest.raises(TransportError) as caught:
            await http.fetch(request, within=SOON, max_bytes=LIMIT)
    assert (Cause.ADDRESS, False) == (caught.value.cause, caught.value.maybe_received)
    assert SECRET not in str(caught.value)
    assert [] == server.heads


async def test_who_waits_can_be_cancelled(http: Http) -> None:
    """A cancelled wait ends at once and is no transport error."""
    async with serving(hang) as server:
        with anyio.move_on_after(0.05) as scope:
            await fetch(http, server.url)
    assert scope.cancelled_caught
