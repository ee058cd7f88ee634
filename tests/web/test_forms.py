"""What changes something is believed only where it comes from our own page, or from a program."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from tests.web.house import HouseDesk, house_in
from watcher.telemetry.metrics import Metrics
from watcher.web.application import build_app
from watcher.web.auth import note, who
from watcher.web.doors import Doors
from watcher.web.gate import Gate
from watcher.web.rendering import page
from watcher.web.serving import serve

FIELD = re.compile(r'name="csrf" value="([^"]+)"')


async def show(request: web.Request) -> web.Response:
    """Any page with a form."""
    return await page(request, "login.html", back="/", by_token=True, wrong=False, wait=0)


async def act(request: web.Request) -> web.Response:
    """Any action."""
    note(request, job="orders")
    return web.Response(text=f"done by {who(request)}")


@asynccontextmanager
async def acting(folder: Path, gate: Gate) -> AsyncIterator[aiohttp.ClientSession]:
    """A client, of one page with a form and of an action of the page and one of the API."""
    async with house_in(folder) as house:
        app = build_app(HouseDesk(house), Metrics(), gate)
        app.router.add_get("/form", show)
        app.router.add_post("/act", act)
        app.router.add_post("/api/v1/act", act)
        jar = aiohttp.CookieJar(unsafe=True)
        async with (
            serve(app, "127.0.0.1", 0) as (host, port),
            aiohttp.ClientSession(f"http://{host}:{port}", cookie_jar=jar) as client,
        ):
            yield client


async def token_of(client: aiohttp.ClientSession, path: str = "/form") -> str:
    async with client.get(path) as answer:
        found = FIELD.search(await answer.text())
    assert found is not None
    return found[1]


async def origin_of(client: aiohttp.ClientSession) -> str:
    async with client.get("/healthz") as answer:
        return str(answer.url.origin())


async def status_of(
    client: aiohttp.ClientSession,
    path: str,
    data: dict[str, str],
    headers: dict[str, str] | None = None,
) -> int:
    async with client.post(path, data=data, headers=headers) as answer:
        return answer.status


async def test_a_form_of_ours_is_taken(tmp_path: Path) -> None:
    """Also twice, and with a token that was made before the last one."""
    async with acting(tmp_path, Gate()) as client:
        first, second = await token_of(client), await token_of(client)
        assert first != second
        for token in (first, second, first):
            assert 200 == await status_of(client, "/act", {"csrf": token})


async def test_a_form_without_a_token_is_refused(tmp_path: Path) -> None:
    """And one with an invented token, or that of another browser."""
    async with acting(tmp_path, Gate()) as client:
        token = await token_of(client)
        for data in ({}, {"csrf": ""}, {"csrf": "A" * 88}, {"csrf": token[:-4]}, {"csrf": "ä"}):
            assert 403 == await status_of(client, "/act", data)
        client.cookie_jar.clear()
        assert 403 == await status_of(client, "/act", {"csrf": token})
        await token_of(client)
        assert 403 == await status_of(client, "/act", {"csrf": token})


@pytest.mark.parametrize(
    "headers, status",
    [
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "https://evil.example.com"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "https://ops.example.com"}, 200),
        ({"Origin": "https://ops.example.com:444"}, 403),
        ({"Origin": "http://ops.example.com"}, 403),
    ],
)
async def test_another_site_is_refused(
    tmp_path: Path, headers: dict[str, str], status: int
) -> None:
    """Even with a good token: what the browser says of where the form comes from counts first."""
    gate = Gate(lambda: Doors(base_url="https://ops.example.com/watcher"))
    async with acting(tmp_path, gate) as client:
        token = await token_of(client)
        # Over plain http here, so that the cookie, which is for https alone, is given by hand.
        cookies = "; ".join(f"{c.key}={c.value}" for c in client.cookie_jar)
        headers = {**headers, "Cookie": cookies}
        assert status == await status_of(client, "/act", {"csrf": token}, headers)


async def test_the_same_origin_is_taken_without_a_base_url(tmp_path: Path) -> None:
    """An `Origin` that names the host that was asked is our own."""
    async with acting(tmp_path, Gate()) as client:
        token = await token_of(client)
        own = await origin_of(client)
        assert 200 == await status_of(client, "/act", {"csrf": token}, {"Origin": own})


async def test_a_program_needs_no_token_for_the_api(tmp_path: Path) -> None:
    """But a browser does: it cannot help sending where it comes from, or its cookies."""
    async with acting(tmp_path, Gate()) as client:
        own = {"Origin": await origin_of(client)}
        assert 200 == await status_of(client, "/api/v1/act", {})
        assert 403 == await status_of(client, "/api/v1/act", {}, own)
        token = await token_of(client)
        assert 403 == await status_of(client, "/api/v1/act", {})
        assert 200 == await status_of(client, "/api/v1/act", {}, {"X-CSRF-Token": token})


async def test_the_bearer_of_the_token_needs_no_other(tmp_path: Path) -> None:
    """No browser sends a bearer token of itself."""
    gate = Gate(lambda: Doors(token="0123456789abcdef"))
    async with acting(tmp_path, gate) as client:
        bearer = {"Authorization": "Bearer 0123456789abcdef"}
        async with client.post("/act", headers=bearer) as answer:
            assert "done by token" == await answer.text()


@pytest.mark.parametrize(
    "site, mode, dest, status",
    [
        ("cross-site", "no-cors", "image", 403),
        ("same-site", "cors", "empty", 403),
        ("cross-site", "navigate", "iframe", 403),
        ("cross-site", "navigate", "document", 200),
        ("same-origin", "cors", "empty", 200),
        ("none", "navigate", "document", 200),
    ],
)
async def test_another_site_may_lead_here_and_no_more(
    tmp_path: Path, site: str, mode: str, dest: str, status: int
) -> None:
    """Its pictures and streams would take places and time from those who look here."""
    told = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": dest}
    async with acting(tmp_path, Gate()) as client, client.get("/live", headers=told) as answer:
        assert status == answer.status
