"""The pages of the real process: who may come in, by TLS, through reloads, and a taken port."""

from __future__ import annotations

import os
import shutil
import socket
import ssl
from contextlib import suppress
from pathlib import Path

import aiohttp
import anyio

from tests.acceptance.process import Running
from tests.acceptance.world import HUP, World, job_down, world
from tests.authority import make_authority

TOKEN = "planted-token-of-the-pages"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
LONG = aiohttp.ClientTimeout(60)


def write(here: World, web: str) -> None:
    here.write(job_down(), f"[web]\n{web}\n", top='listen = "127.0.0.1:0"')


async def address_of(service: Running) -> str:
    """Where it listens, as its log says."""
    (told,) = await service.logged("listening")
    return f"{'https' if told['tls'] else 'http'}://{told['host']}:{told['port']}"


async def status_of(
    client: aiohttp.ClientSession, address: str, headers: dict[str, str] | None = None
) -> int:
    async with client.get(f"{address}/metrics", headers=headers) as answer:
        return answer.status


async def test_the_token_opens_and_a_reload_changes_it(tmp_path: Path) -> None:
    """What is wrong is logged once, without what was brought."""
    async with world(tmp_path, "payments") as here:
        write(here, f'token = "{TOKEN}"')
        async with here.run() as service, aiohttp.ClientSession(timeout=LONG) as client:
            address = await address_of(service)
            assert 401 == await status_of(client, address)
            assert 401 == await status_of(client, address, {"Authorization": "Bearer guessed-one"})
            assert 200 == await status_of(client, address, BEARER)
            write(here, 'token = "another-token-of-the-pages"')
            await service.send(HUP)
            await service.logged("reloaded")
            assert 401 == await status_of(client, address, BEARER)
            await service.logged("login_refused")
        assert "guessed-one" not in service.err
        assert TOKEN not in service.err


async def test_tls_with_the_certificate_of_the_last_reload(tmp_path: Path) -> None:
    """A renewed certificate is shown to new connections, and a bad file takes nothing away."""
    both = old, new = tmp_path / "old", tmp_path / "new"
    for folder in both:
        folder.mkdir()
        make_authority(folder).server()
    cert = tmp_path / "tls.pem"
    shutil.copy(old / "127.0.0.1.pem", cert)
    web = f'token = "{TOKEN}"\ncert_file = "{cert}"\nkey_file = "{cert}"'
    async with world(tmp_path, "payments") as here:
        write(here, web)
        async with here.run() as service:
            address = await address_of(service)
            assert address.startswith("https:")
            assert old == await shown_by(address, both)
            shutil.copy(new / "127.0.0.1.pem", cert)
            await service.send(HUP)
            await service.logged("reloaded")
            assert new == await shown_by(address, both)
            cert.write_text("broken")
            await service.send(HUP)
            await service.logged("reload_refused")
            assert new == await shown_by(address, both)


async def shown_by(address: str, folders: tuple[Path, ...]) -> Path | None:
    """The one of the two folders whose authority vouches for the server."""
    for folder in folders:
        trust = ssl.create_default_context(cafile=str(folder / "ca.pem"))
        async with aiohttp.ClientSession(timeout=LONG) as client:
            with suppress(aiohttp.ClientConnectorError):
                async with client.get(f"{address}/healthz", ssl=trust):
                    return folder
    return None


async def test_a_port_that_is_taken_is_told_with_its_holder(tmp_path: Path) -> None:
    """The name and pid of the process that has it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        async with world(tmp_path, "payments") as here:
            here.write(job_down(), top=f'listen = "127.0.0.1:{server.getsockname()[1]}"')
            ended = await here.call("run")
    assert 1 == ended.code
    assert f"(pid {os.getpid()})" in ended.err


async def test_a_stream_and_a_slow_client_do_not_keep_it_from_stopping(tmp_path: Path) -> None:
    """SIGTERM ends both."""
    async with world(tmp_path, "payments") as here:
        here.write(job_down(), top='listen = "127.0.0.1:0"')
        async with here.run() as service, aiohttp.ClientSession(timeout=LONG) as client:
            address = await address_of(service)
            async with client.get(f"{address}/live") as stream:
                assert b"retry: 5000\n" == await stream.content.readline()
                host, _, port = address.rpartition("/")[2].rpartition(":")
                async with await anyio.connect_tcp(host, int(port)) as slow:
                    await slow.send(b"GET / HTTP/1.1\r\n")
                    assert 0 == await service.terminate()
