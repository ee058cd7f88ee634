"""The stylesheet and the script: read once, served from memory, cached for as long as they stay."""

from __future__ import annotations

from hashlib import sha256
from importlib.resources import files
from typing import Final

from aiohttp import web

TYPES: Final = (("watcher.css", "text/css"), ("watcher.js", "text/javascript"))


def static_routes() -> list[web.RouteDef]:
    """One address for each file."""
    return [_route(name, content_type) for name, content_type in TYPES]


def _route(name: str, content_type: str) -> web.RouteDef:
    body = files("watcher.web").joinpath("static", name).read_bytes()
    tag = f'"{sha256(body).hexdigest()[:16]}"'

    async def show(request: web.Request) -> web.Response:
        headers = {"ETag": tag, "Cache-Control": "no-cache"}
        if request.headers.get("If-None-Match") == tag:
            return web.Response(status=304, headers=headers)
        return web.Response(body=body, content_type=content_type, charset="utf-8", headers=headers)

    return web.get(f"/static/{name}", show)
