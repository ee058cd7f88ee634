"""Applications on an address, for as long as a block runs."""

from __future__ import annotations

import aiohttp
import pytest
from aiohttp import web

from watcher.web.serving import serve


def an_app() -> web.Application:
    async def show(_: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    app = web.Application()
    app.router.add_get("/healthz", show)
    return app


async def test_an_address_in_use_is_an_error() -> None:
    """A port that is taken is told at the start, not passed over."""
    app = an_app()
    async with serve(app, "127.0.0.1", 0) as (host, port):
        with pytest.raises(OSError, match="address already in use"):
            async with serve(an_app(), host, port):
                pass


async def test_the_port_is_free_afterwards() -> None:
    """When the block ends the server is gone, also with a client still connected."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(10)) as client:
        async with serve(an_app(), "127.0.0.1", 0) as (host, port):
            page = f"http://{host}:{port}/healthz"
            answer = await client.get(page)
            assert "ok" == (await answer.json())["status"]
        with pytest.raises(aiohttp.ClientConnectorError):
            await client.get(page)
