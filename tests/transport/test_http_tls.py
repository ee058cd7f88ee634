"""The HTTP client and certificates: real TLS servers with authorities made for the test."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.authority import make_authority
from tests.raw_server import sending, serving, whole
from tests.transport.asking import failure, fetch
from watcher.authorities import trusting
from watcher.core.reading import Cause
from watcher.transport import Http


async def test_a_certificate_that_nobody_vouches_for(http: Http, tmp_path: Path) -> None:
    """TLS is always verified: a private authority counts only where the file names it."""
    tls = make_authority(tmp_path).server()
    async with serving(sending(whole(b"")), tls=tls) as server:
        error = await failure(http, f"https://127.0.0.1:{server.port}")
    assert (Cause.TLS, False, []) == (error.cause, error.maybe_received, server.heads)
    assert "certificate" in error.detail


async def test_ca_file_vouches_for_a_certificate(tmp_path: Path) -> None:
    """An authority of one's own is trusted when the file holds it."""
    authority = make_authority(tmp_path)
    async with (
        Http(ca_file=str(authority.ca_file)) as http,
        serving(sending(whole(b"safe")), tls=authority.server()) as server,
    ):
        answer = await fetch(http, f"https://127.0.0.1:{server.port}")
    assert b"safe" == answer.body


async def test_another_authority_vouches_for_nobody(tmp_path: Path) -> None:
    """A private authority is no reason to believe everybody."""
    (tmp_path / "other").mkdir()
    other = make_authority(tmp_path / "other", "somebody else")
    async with (
        Http(ca_file=str(other.ca_file)) as http,
        serving(sending(whole(b"")), tls=make_authority(tmp_path).server()) as server,
    ):
        error = await failure(http, f"https://127.0.0.1:{server.port}")
    assert (Cause.TLS, []) == (error.cause, server.heads)


async def test_a_certificate_for_another_name(tmp_path: Path) -> None:
    """A trusted certificate that does not name the host is not enough."""
    authority = make_authority(tmp_path)
    async with (
        Http(ca_file=str(authority.ca_file)) as http,
        serving(sending(whole(b"")), tls=authority.server("127.0.0.2")) as server,
    ):
        error = await failure(http, f"https://127.0.0.1:{server.port}")
    assert (Cause.TLS, []) == (error.cause, server.heads)
    assert "IP address mismatch" in error.detail


async def test_who_is_trusted_changes_with_the_next_request(http: Http, tmp_path: Path) -> None:
    """A reload can add an authority, and take it away also from connections that are kept."""
    authority = make_authority(tmp_path)
    async with serving(sending(whole(b"safe")), tls=authority.server(), keep=True) as server:
        url = f"https://127.0.0.1:{server.port}"
        http.adopt(trusting(str(authority.ca_file)), ())
        assert b"safe" == (await fetch(http, url)).body
        http.adopt(trusting(None), ())
        assert Cause.TLS == (await failure(http, url)).cause
    assert 1 == len(server.heads)


async def test_a_port_that_speaks_no_tls(http: Http) -> None:
    """Plain HTTP where TLS was asked for is a matter of TLS."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(whole(b"", status="400 Bad Request"))
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    error = await failure(http, f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    server.close()
    assert (Cause.TLS, False) == (error.cause, error.maybe_received)


async def test_a_ca_file_that_is_none(tmp_path: Path) -> None:
    """A ca_file that holds no certificate is named in words, not passed over."""
    path = tmp_path / "ca.pem"
    path.write_text("no certificate\n", encoding="ascii")
    with pytest.raises(ValueError, match=r"no certificate can be read from .*ca\.pem "):
        Http(ca_file=str(path))
