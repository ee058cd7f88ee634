"""Who may ask, and who is said to have acted."""

from __future__ import annotations

from pathlib import Path

import msgspec
from structlog.testing import capture_logs

from tests.web.api.asking import Api, asking
from tests.web.api.furnished import furnished
from tests.web.house import pages_of
from watcher.web.api.operation import BASE
from watcher.web.api.problem import Problem
from watcher.web.doors import Doors
from watcher.web.gate import Gate

TOKEN = "0123456789abcdef"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
SILENCE = {"jobs": ["orders_*"], "lasts": "2h"}


async def test_without_the_token_nothing_is_told(tmp_path: Path) -> None:
    """Not even the document; the refusal is a problem of the form that the document promises."""
    gate = Gate(lambda: Doors(token=TOKEN))
    async with furnished(tmp_path) as house, pages_of(house, gate=gate) as client:
        api = Api(house, client)
        for path in ("/openapi.json", "/status", "/nothing"):
            problem = await api.get(path, 401)
            assert 401 == msgspec.convert(problem, Problem).status
        await api.ask("POST", "/silences", 401, json=SILENCE)
        await api.ask("GET", "/status", 200, headers=BEARER)


async def test_who_brings_the_token_acts_without_a_form(tmp_path: Path) -> None:
    """It is kept and logged who acted, with what."""
    gate = Gate(lambda: Doors(token=TOKEN))
    async with furnished(tmp_path) as house, pages_of(house, gate=gate) as client:
        api = Api(house, client)
        with capture_logs() as logs:
            made = await api.ask("POST", "/silences", 201, json=SILENCE, headers=BEARER)
        assert "token" == made["silence"]["created_by"]
        (acted,) = [line for line in logs if line["event"] == "acted"]
        expected = ("token", f"{BASE}/silences", made["silence"]["id"])
        assert expected == (acted["who"], acted["path"], acted["silence"])


async def test_a_page_of_another_site_does_nothing(tmp_path: Path) -> None:
    """Also where nobody need log in: a browser says where it comes from."""
    async with asking(tmp_path) as api:
        for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
            await api.ask("POST", "/silences", 403, json=SILENCE, headers=headers)
        assert [] == (await api.get("/silences"))["silences"]
