"""What a house has seen and sent, and a visitor who reads its pages and fills in its forms."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from html import unescape

import aiohttp
import msgspec

from tests.web.house import House, pages_of
from watcher.core.breaker import Breaker
from watcher.core.outcome import Fate, Outcome
from watcher.ports import Settlement, Terms

TOKEN = re.compile(r'name="csrf" value="([^"]+)"')
FOUND = 303


class Visitor:
    """A browser without scripts: it keeps cookies, follows no redirection, sends forms' tokens."""

    def __init__(self, client: aiohttp.ClientSession) -> None:
        self.client = client
        self.status = 0
        self.text = ""

    async def reads(self, path: str) -> str:
        """The page at an address, without the markup's own escapes."""
        async with self.client.get(path) as answer:
            self.status, self.text = answer.status, await answer.text()
        return unescape(self.text)

    async def sends(self, page: str, path: str, fields: Mapping[str, str | Sequence[str]]) -> str:
        """Load a page, send a form with its token, and read where that leads."""
        await self.reads(page)
        token = TOKEN.search(self.text)
        assert token is not None, self.text
        form = [("csrf", token[1])]
        for name, value in fields.items():
            form += [(name, one) for one in ([value] if isinstance(value, str) else value)]
        async with self.client.post(path, data=form, allow_redirects=False) as answer:
            self.status, self.text = answer.status, await answer.text()
            leads_to = answer.headers.get("Location")
        if leads_to is None:
            return unescape(self.text)
        assert FOUND == self.status
        return await self.reads(leads_to)


@asynccontextmanager
async def visits(house: House) -> AsyncIterator[Visitor]:
    """A visitor of the house's pages, as it stands when they are asked."""
    async with pages_of(house) as client:
        yield Visitor(client)


async def sends(
    house: House,
    fate: Fate,
    channel: str = "ops",
    *,
    detail: str = "",
    begin_only: bool = False,
) -> int:
    """Send what waits on a channel, with one fate for all; how many parcels there were."""
    await house.keeps()
    terms = Terms(channel, "robot", 32, None, Breaker(), bundles=channel == "ops")
    now = house.clock() + timedelta(seconds=10)
    parcels = (await house.saved.turn(terms, [], now)).parcels
    ended = [
        Settlement(parcel.id, parcel.attempt, Outcome(fate, detail, status=200), now, now)
        for parcel in parcels
    ]
    if not begin_only:
        await house.saved.turn(msgspec.structs.replace(terms, room=0), ended, now)
    return len(parcels)
