"""The HTTP client behind proxies: what they are asked, and what they are not told."""

from __future__ import annotations

import pytest

from tests.raw_server import sending, serving, whole
from tests.transport.asking import SECRET, failure, fetch
from watcher.core.reading import Cause
from watcher.transport import Http


async def test_a_proxy_of_the_environment_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """With HTTP_PROXY set, the proxy gets the request, whole, and its own password."""
    async with serving(sending(whole(b"by proxy"))) as proxy:
        monkeypatch.setenv("http_proxy", f"http://user:pass@127.0.0.1:{proxy.port}")
        async with Http() as http:
            answer = await fetch(http, "http://foas.nowhere.invalid/x?y=%2C")
    assert b"by proxy" == answer.body
    assert proxy.heads[0].startswith("GET http://foas.nowhere.invalid/x?y=%2C HTTP/1.1\r\n")
    assert "Proxy-Authorization: Basic dXNlcjpwYXNz" in proxy.heads[0]


async def test_a_proxys_tunnel_gets_its_password_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """With HTTPS_PROXY set, the proxy sees host, port and its own password, nothing else."""
    async with serving(sending(whole(b"", status="502 Bad Gateway"))) as proxy:
        monkeypatch.setenv("https_proxy", f"http://user:pass@127.0.0.1:{proxy.port}")
        async with Http() as http:
            await failure(http, "https://foas.nowhere.invalid")
    assert proxy.heads[0].startswith("CONNECT foas.nowhere.invalid:443 HTTP/1.1\r\n")
    assert "Proxy-Authorization: Basic dXNlcjpwYXNz" in proxy.heads[0]
    assert SECRET not in proxy.heads[0]


async def test_a_proxy_that_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that opens no tunnel is told as such, and nothing of the request reached anybody."""
    async with serving(sending(whole(b"", status="407 Proxy Authentication Required"))) as proxy:
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{proxy.port}")
        async with Http() as http:
            error = await failure(http, "https://foas.nowhere.invalid")
    assert (Cause.CONNECTION, False) == (error.cause, error.maybe_received)
    assert "the proxy for foas.nowhere.invalid:443" in error.detail


@pytest.mark.parametrize("host", ["169.254.169.254", "[::ffff:a9fe:a9fe]", "2852039166"])
async def test_a_proxy_is_not_asked_for_a_metadata_address(
    monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    """An address in the URL is refused before the proxy could dial it for us."""
    async with serving(sending(whole(b"stolen"))) as proxy:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
        async with Http() as http:
            error = await failure(http, f"http://{host}")
    assert (Cause.ADDRESS, []) == (error.cause, proxy.heads)


async def test_a_proxy_at_such_an_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The words say that it is the proxy whose address is not allowed."""
    monkeypatch.setenv("http_proxy", "http://169.254.169.254:3128")
    async with Http() as http:
        error = await failure(http, "http://hooks.example.com")
    assert Cause.ADDRESS == error.cause
    assert error.detail.startswith("the proxy for hooks.example.com leads to 169.254.169.254")
