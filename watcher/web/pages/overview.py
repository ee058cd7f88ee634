"""The first page: how everything stands."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from watcher.store.queries import read_standing
from watcher.web.desk import DESK
from watcher.web.rendering import page


async def show(request: web.Request) -> web.Response:
    """The sources, the jobs by state, what fires and what waits."""
    standing = await request.app[DESK].read(read_standing)
    return await page(request, "overview.html", standing=standing)


ROUTES: Final = (web.get("/", show),)
