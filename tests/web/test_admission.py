"""Who is let in, with what, and what the others are told."""

from __future__ import annotations

from base64 import b64encode
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import aiohttp
import anyio
import pytest
from structlog.testing import capture_logs

from tests.web.house import House, house_in, pages_of
from watcher.web.doors import Doors
from watcher.web.failures import MOST
from watcher.web.gate import Gate

TOKEN = "0123456789abcdef"
BY_TOKEN = Doors(token=TOKEN)
BY_PASSWORD = Doors(user="ops", password="pässword")
BEARER = {"Authorization": f"Bearer {TOKEN}"}


def basic(user: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + b64encode(f"{user}:{password}".encode()).decode()}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with house_in(tmp_path) as made:
        yield made


async def status_of(
    client: aiohttp.ClientSession, path: str, headers: dict[str, str] | None = None
) -> int:
    async with client.get(path, headers=headers, allow_redirects=False) as answer:
        return answer.status


@pytest.mark.parametrize("path", ["/", "/metrics", "/live", "/api/v1/x", "/nowhere"])
async def test_without_a_word_nothing_is_shown(house: House, path: str) -> None:
    """Not even whether there is something."""
    async with pages_of(house, gate=Gate(lambda: BY_TOKEN)) as client, client.get(path) as answer:
        assert 401 == answer.status
        assert answer.headers["WWW-Authenticate"].startswith("Bearer ")


async def test_programs_bring_the_token_or_the_password(house: House) -> None:
    """Each where the file asks for it, whatever letters it has."""
    async with pages_of(house, gate=Gate(lambda: BY_TOKEN)) as client:
        assert 200 == await status_of(client, "/metrics", BEARER)
        assert 200 == await status_of(client, "/", {"Authorization": f"bearer  {TOKEN}"})
        assert 401 == await status_of(client, "/", basic("token", TOKEN))
    async with pages_of(house, gate=Gate(lambda: BY_PASSWORD)) as client:
        assert 200 == await status_of(client, "/metrics", basic("ops", "pässword"))
        assert 401 == await status_of(client, "/metrics", BEARER)


@pytest.mark.parametrize(
    "words",
    ["Bearer", "Bearer x", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", "Bearer ä", "Basic", "x"],
)
async def test_what_is_not_right_is_refused(house: House, words: str) -> None:
    """Also what is nearly right, and what is none."""
    async with pages_of(house, gate=Gate(lambda: BY_TOKEN)) as client:
        assert 401 == await status_of(client, "/", {"Authorization": words})


@pytest.mark.parametrize(
    "words",
    ["Basic", "Basic !", "Basic " + b64encode(b"\xff\xfe").decode(), "Basic b3Bz"],
)
async def test_a_broken_basic_header_is_refused(house: House, words: str) -> None:
    """It is no password, and breaks nothing."""
    async with pages_of(house, gate=Gate(lambda: BY_PASSWORD)) as client:
        assert 401 == await status_of(client, "/", {"Authorization": words})


async def test_a_browser_is_led_to_the_form(house: House) -> None:
    """And from there to the page that it wanted."""
    async with pages_of(house, gate=Gate(lambda: BY_TOKEN)) as client:
        accept = {"Accept": "text/html,*/*"}
        async with client.get("/jobs?q=a%26b", headers=accept, allow_redirects=False) as answer:
            assert 303 == answer.status
            assert "/login?next=%2Fjobs%3Fq%3Da%2526b" == answer.headers["Location"]


async def test_probes_need_no_word_and_learn_no_reason(house: House) -> None:
    """Whether all is well is for everybody; why not is for those who may look."""
    house.unready = ("source prod at foas.internal is blind",)
    async with pages_of(house, gate=Gate(lambda: BY_TOKEN)) as client:
        for headers, reasons in ((None, []), (BEARER, list(house.unready))):
            async with client.get("/readyz", headers=headers) as answer:
                assert 503 == answer.status
                assert {"status": "unavailable", "reasons": reasons} == await answer.json()
        assert 200 == await status_of(client, "/healthz")
        assert 200 == await status_of(client, "/static/watcher.css")


async def test_wrong_tokens_at_full_speed_hurt_nobody(house: House) -> None:
    """They are told to wait, in few lines of the log, while the right one is served throughout."""
    gate = Gate(lambda: BY_TOKEN)
    found: Counter[int] = Counter()

    async def guess(client: aiohttp.ClientSession) -> None:
        for number in range(200):
            found[await status_of(client, "/", {"Authorization": f"Bearer {number:016}"})] += 1

    with capture_logs() as lines, anyio.fail_after(120):
        async with pages_of(house, gate=gate) as client, anyio.create_task_group() as group:
            for _ in range(5):
                group.start_soon(guess, client)
            for _ in range(50):
                assert 200 == await status_of(client, "/", BEARER)
    assert {401: MOST - 1, 429: 1000 - MOST + 1} == found
    assert 2 == len([line for line in lines if line["event"] == "login_refused"])


async def test_passwords_cannot_be_guessed_at_leisure(house: House) -> None:
    """After ten wrong ones not even the right one is looked at, until the minute is over."""
    async with pages_of(house, gate=Gate(lambda: BY_PASSWORD)) as client:
        for number in range(MOST - 1):
            assert 401 == await status_of(client, "/", basic("ops", f"guess{number}"))
        assert 429 == await status_of(client, "/", basic("ops", "guess"))
        async with client.get("/", headers=basic("ops", "pässword")) as answer:
            assert 429 == answer.status
            assert "60" == answer.headers["Retry-After"]
        house.now += timedelta(minutes=1)
        assert 200 == await status_of(client, "/", basic("ops", "pässword"))


async def test_a_reload_holds_from_the_next_request(house: House) -> None:
    """The old token opens nothing any more."""
    doors = [BY_TOKEN]
    async with pages_of(house, gate=Gate(lambda: doors[0])) as client:
        assert 200 == await status_of(client, "/", BEARER)
        doors[0] = Doors(token="another-token-of-16")
        assert 401 == await status_of(client, "/", BEARER)
        doors[0] = Doors()
        assert 200 == await status_of(client, "/")
