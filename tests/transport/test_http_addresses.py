"""The HTTP client and where names lead: what is judged is what is dialled."""

from __future__ import annotations

import socket
from collections.abc import Callable
from ipaddress import ip_address

import pytest

from tests.raw_server import sending, serving, whole
from tests.transport.asking import failure, fetch
from watcher.addresses import parse_network
from watcher.authorities import trusting
from watcher.core.reading import Cause
from watcher.transport import Http

METADATA = "169.254.169.254"
CLOSE = "Connection: close"
Dialled = list[str]
Names = Callable[..., None]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    """Let a name lead to addresses, one answer after the other as in a rebinding attack."""

    def lead(*answers: str | tuple[str, ...]) -> None:
        coming = iter(answers)

        def look_up(host: str, port: int, *_: object, **__: object) -> list[object]:
            now = next(coming)
            found = (now,) if isinstance(now, str) else now
            return [_info(address, port) for address in found]

        monkeypatch.setattr(socket, "getaddrinfo", look_up)

    return lead


def _info(address: str, port: int) -> object:
    if ":" in address:
        return (socket.AF_INET6, socket.SOCK_STREAM, 6, "", (address, port, 0, 0))
    return (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))


@pytest.fixture
def dialled(monkeypatch: pytest.MonkeyPatch) -> Dialled:
    """Every address that a connection was asked of; all of them are answered on the loopback."""
    seen: Dialled = []
    connect = socket.socket.connect

    def note(self: socket.socket, address: tuple[str, int]) -> None:
        seen.append(address[0])
        connect(self, ("127.0.0.1", address[1]))

    monkeypatch.setattr(socket.socket, "connect", note)
    return seen


@pytest.mark.parametrize(
    "host", [METADATA, "[::ffff:169.254.169.254]", "[fe80::1]", "100.100.100.200", "2852039166"]
)
async def test_an_address_in_the_url_is_refused(http: Http, host: str, dialled: Dialled) -> None:
    """The cause is the address, the words say what it is and how to allow it; nobody is asked."""
    error = await failure(http, f"http://{host}")
    assert (Cause.ADDRESS, False, []) == (error.cause, error.maybe_received, dialled)
    assert "allow_addresses = [" in error.detail


@pytest.mark.parametrize("address", [METADATA, "100.100.100.200", "::ffff:a9fe:a9fe"])
async def test_a_name_that_leads_there_is_refused(
    http: Http, names: Names, dialled: Dialled, address: str
) -> None:
    """Names are judged by the address that would be dialled, just before it is."""
    names(address)
    error = await failure(http, "http://hooks.example.com")
    assert (Cause.ADDRESS, False, []) == (error.cause, error.maybe_received, dialled)
    # Since Python 3.13 the last four bytes are written as IPv4's.
    assert f"hooks.example.com leads to {ip_address(address)}" in error.detail


async def test_a_name_all_of_whose_addresses_lead_there(http: Http, names: Names) -> None:
    """Several such addresses are told like one."""
    names(("169.254.1.1", METADATA))
    assert Cause.ADDRESS == (await failure(http, "http://hooks.example.com")).cause


async def test_of_a_name_only_other_addresses_are_dialled(
    http: Http, names: Names, dialled: Dialled
) -> None:
    """One bad address among good ones is passed over."""
    async with serving(sending(whole(b"good"))) as server:
        names((METADATA, "127.0.0.1"))
        answer = await fetch(http, f"http://hooks.example.com:{server.port}/")
    assert b"good" == answer.body
    assert ["127.0.0.1"] == dialled


async def test_a_name_that_changes_its_mind_is_refused(
    names: Names, dialled: Dialled, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name is judged anew at each connection, not by where it led first."""
    monkeypatch.setattr("watcher.transport.http.NAMES_KEPT", 0)
    async with Http() as http, serving(sending(whole(b"good", CLOSE))) as server:
        names("127.0.0.1", METADATA)
        url = f"http://hooks.example.com:{server.port}"
        await fetch(http, url)
        error = await failure(http, url)
    assert Cause.ADDRESS == error.cause
    assert ["127.0.0.1"] == dialled


async def test_what_the_file_allows_is_dialled(names: Names, dialled: Dialled) -> None:
    """An allowed address is asked, by its name and as it stands."""
    networks = [parse_network("169.254.169.0/24")]
    async with Http(allowed=networks) as http, serving(sending(whole(b"here", CLOSE))) as server:
        names(METADATA)
        by_name = await fetch(http, f"http://hooks.example.com:{server.port}/")
        as_it_stands = await fetch(http, f"http://{METADATA}:{server.port}/")
    assert [b"here", b"here"] == [by_name.body, as_it_stands.body]
    assert [METADATA, METADATA] == dialled


async def test_what_is_allowed_changes_with_the_next_request(
    http: Http, names: Names, dialled: Dialled
) -> None:
    """A reload can allow an address, and forbid it again, also over a connection that is kept."""
    names(METADATA)
    async with serving(sending(whole(b"here")), keep=True) as server:
        url = f"http://hooks.example.com:{server.port}"
        http.adopt(trusting(None), [parse_network("169.254.0.0/16")])
        assert b"here" == (await fetch(http, url)).body
        http.adopt(trusting(None), ())
        assert Cause.ADDRESS == (await failure(http, url)).cause
    assert [METADATA] == dialled
