"""Logging in with a browser, and out."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from http.cookies import SimpleCookie
from pathlib import Path

import aiohttp
import pytest

from tests.web.house import House, house_in, pages_of
from watcher.web.doors import Doors
from watcher.web.failures import MOST
from watcher.web.gate import Gate

FIELD = re.compile(r'name="csrf" value="([^"]+)"')
HTML = {"Accept": "text/html"}
BY_TOKEN = Doors(token="0123456789abcdef", port=9109)
BY_PASSWORD = Doors(user="ops", password="a-password", port=9109)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with house_in(tmp_path) as made:
        yield made


async def form_at(client: aiohttp.ClientSession, path: str) -> str:
    async with client.get(path, headers=HTML) as answer:
        found = FIELD.search(await answer.text())
    assert found is not None
    return found[1]


async def log_in(
    client: aiohttp.ClientSession, origin: str = "", **fields: str
) -> aiohttp.ClientResponse:
    token = await form_at(client, f"{origin}/login")
    data = {"csrf": token, **fields}
    return await client.post(f"{origin}/login", data=data, allow_redirects=False)


def cookies_of(answer: aiohttp.ClientResponse) -> SimpleCookie:
    told = SimpleCookie()
    for line in answer.headers.getall("Set-Cookie", []):
        told.load(line)
    return told


@pytest.mark.parametrize(
    "doors, fields",
    [
        (BY_TOKEN, {"password": "0123456789abcdef"}),
        (BY_PASSWORD, {"user": "ops", "password": "a-password"}),
    ],
)
async def test_one_logs_in_and_out(house: House, doors: Doors, fields: dict[str, str]) -> None:
    """Between, pages are shown; afterwards the cookie is worth nothing, whoever kept it."""
    async with pages_of(house, gate=Gate(lambda: doors)) as client:
        answer = await log_in(client, next="/jobs?q=1", **fields)
        assert (303, "/jobs?q=1") == (answer.status, answer.headers["Location"])
        kept = cookies_of(answer)["watcher-session-9109"].value
        async with client.get("/", headers=HTML) as shown:
            assert 200 == shown.status
            page = await shown.text()
        assert 'action="/logout"' in page
        token = await form_at(client, "/")
        async with client.post("/logout", data={"csrf": token}, allow_redirects=False) as left:
            assert (303, "/login") == (left.status, left.headers["Location"])
        client.cookie_jar.clear()
        async with client.get("/", headers={"Cookie": f"watcher-session-9109={kept}"}) as shut:
            assert 401 == shut.status


async def test_the_cookie_is_out_of_reach(house: House) -> None:
    """Of scripts, of other sites, and of whoever listens on the way."""
    https = Doors(token="0123456789abcdef", base_url="https://ops.example.com/w", port=9109)
    for doors, secure, path in ((BY_TOKEN, "", "/"), (https, True, "/w/")):
        async with pages_of(house, gate=Gate(lambda doors=doors: doors)) as client:  # type: ignore[misc]
            async with client.get("/login") as answer:
                visit = cookies_of(answer)["watcher-visit-9109"]
                found = FIELD.search(await answer.text())
                assert found is not None
            data = {"csrf": found[1], "password": "0123456789abcdef"}
            headers = {"Cookie": f"watcher-visit-9109={visit.value}"}
            async with client.post(
                "/login", data=data, headers=headers, allow_redirects=False
            ) as answer:
                session = cookies_of(answer)["watcher-session-9109"]
            for cookie in (visit, session):
                assert cookie["httponly"]
                assert ("Strict", secure, path) == (
                    cookie["samesite"],
                    cookie["secure"],
                    cookie["path"],
                )


@pytest.mark.parametrize(
    "target", ["//evil.example.com", "https://evil.example.com", "/\\evil", "javascript:1", "/a\nb"]
)
async def test_nobody_is_led_to_another_site(house: House, target: str) -> None:
    """Whatever stands in `next`."""
    async with pages_of(house, gate=Gate(lambda: BY_TOKEN)) as client:
        answer = await log_in(client, next=target, password="0123456789abcdef")
        assert (303, "/") == (answer.status, answer.headers["Location"])


async def test_a_wrong_one_is_asked_again(house: House) -> None:
    """With words that tell nothing of what was wrong, and the page that was wanted kept."""
    async with pages_of(house, gate=Gate(lambda: BY_PASSWORD)) as client:
        answer = await log_in(client, user="ops", password="wrong", next="/jobs")
        assert 401 == answer.status
        page = await answer.text()
        assert 'role="alert"' in page
        assert 'name="next" value="/jobs"' in page
        assert "wrong" not in page


async def test_a_browser_that_was_right_once_is_not_locked_out_by_others(house: House) -> None:
    """All come from one address here, as behind a proxy on another machine."""
    async with pages_of(house, gate=Gate(lambda: BY_PASSWORD)) as client:
        assert 303 == (await log_in(client, user="ops", password="a-password")).status
        async with client.get("/healthz") as answer:
            origin = str(answer.url.origin())
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as stranger:
            found = [
                (await log_in(stranger, origin, user="ops", password=f"guess{n}")).status
                for n in range(MOST)
            ]
        assert 429 == found[-1]
        client.cookie_jar.clear(lambda cookie: "session" in cookie.key)
        assert 303 == (await log_in(client, user="ops", password="a-password")).status
        client.cookie_jar.clear()
        assert 429 == (await log_in(client, user="ops", password="a-password")).status


async def test_a_session_ends_by_itself(house: House) -> None:
    """After twelve hours, or when the file asks for another token."""
    doors = [BY_TOKEN]
    async with pages_of(house, gate=Gate(lambda: doors[0])) as client:
        await log_in(client, password="0123456789abcdef")
        async with client.get("/") as answer:
            assert 200 == answer.status
        doors[0] = Doors(token="another-token-of-16", port=9109)
        async with client.get("/") as answer:
            assert 401 == answer.status
        await log_in(client, password="another-token-of-16")
        async with client.get("/") as answer:
            assert 200 == answer.status
        house.now += timedelta(hours=12)
        async with client.get("/") as answer:
            assert 401 == answer.status


async def test_without_a_lock_there_is_no_form(house: House) -> None:
    """Whoever sits at this machine is led to the first page."""
    async with pages_of(house) as client, client.get("/login", allow_redirects=False) as answer:
        assert (303, "/") == (answer.status, answer.headers["Location"])


async def test_the_form_speaks_the_chosen_language(house: House) -> None:
    """`?lang=zh` is remembered by the browser."""
    async with pages_of(house, gate=Gate(lambda: BY_TOKEN)) as client:
        async with client.get("/login?lang=zh") as answer:
            assert 'lang="zh"' in await answer.text()
        async with client.get("/login") as answer:
            page = await answer.text()
            assert '<html lang="zh">' in page
            assert 'href="/login?lang=en"' in page
        async with client.get("/login?lang=xx") as answer:
            assert '<html lang="zh">' in await answer.text()
