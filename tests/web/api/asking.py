"""Asks the API of a furnished house."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from tests.web.api.furnished import furnished
from tests.web.house import House, pages_of
from watcher.web.api.operation import BASE


class Api:
    """A client of the API."""

    def __init__(self, house: House, client: aiohttp.ClientSession) -> None:
        self.house = house
        self.client = client

    async def get(self, path: str, status: int = 200) -> Any:
        """What is answered, which must be of that status."""
        return await self.ask("GET", path, status)

    async def post(self, path: str, body: object, status: int = 200) -> Any:
        """The same for what acts."""
        return await self.ask("POST", path, status, json=body)

    async def ask(self, method: str, path: str, status: int, **more: Any) -> Any:
        """The JSON of an answer: a problem from 400 on."""
        async with self.client.request(method, BASE + path, **more) as answer:
            found = await answer.json(content_type=None)
            assert status == answer.status, found
            kind = "application/problem+json" if status >= 400 else "application/json"
            assert kind == answer.content_type
            return found


@asynccontextmanager
async def asking(folder: Path) -> AsyncIterator[Api]:
    """The API of a furnished house."""
    async with furnished(folder) as house, pages_of(house) as client:
        yield Api(house, client)
