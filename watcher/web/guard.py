"""What stands before every handler: headers, and what is said where nothing is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

HEADERS: Final = (("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"))


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Say what is wrong in words, and let every answer carry the headers."""
    try:
        response = await handler(request)
    except web.HTTPNotFound:
        response = _plain(404, "Nothing is here.")
    except web.HTTPMethodNotAllowed as refused:
        response = _plain(405, "This is read with GET or HEAD only.")
        response.headers["Allow"] = ", ".join(sorted(refused.allowed_methods))
    for name, value in HEADERS:
        response.headers.setdefault(name, value)
    return response


def _plain(status: int, text: str) -> web.Response:
    return web.Response(status=status, text=text + "\n")
