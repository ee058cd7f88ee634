"""What a request may be before anybody looks at what it wants: its host, and how much it brings."""

from __future__ import annotations

from ipaddress import ip_address
from types import MappingProxyType
from typing import Final

import anyio
from aiohttp import web

from watcher.web.connection import Patience, connection_of
from watcher.web.gate import GATE
from watcher.web.refusal import refusal

LARGEST_BODY: Final = 64 * 1024
"""How many bytes a request may bring."""

CLOSE: Final = MappingProxyType({"Connection": "close"})


def misdirected(request: web.Request) -> web.Response | None:
    """The answer to one who asks for a host that is not ours.

    Where nobody need log in, a page of another site could give its own name our address (DNS
    rebinding) and act as one that sits at this machine.  Behind a login that gives it nothing.
    """
    doors = request.app[GATE].doors
    if doors.locked:
        return None
    name = _name_in(request.headers.get("Host", ""))
    if not name or name in {doors.host, "localhost"} or name.endswith(".localhost"):
        return None
    try:
        ip_address(name)
    except ValueError:
        text = f"This is not {name[:200]!a}: give the address that you use as `base_url` in [web]."
        return refusal(request, 421, text)
    # Nobody's name leads here: the address itself was asked for.
    return None


def _name_in(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].lower().rstrip(".")


def too_large(request: web.Request) -> web.Response | None:
    """The answer to one who says that it brings more than may be, before any of it is read."""
    size = request.content_length
    if size is None or size <= LARGEST_BODY:
        return None
    return refuse_large(request)


def refuse_large(request: web.Request) -> web.Response:
    """Say how much may be brought."""
    return refusal(request, 413, f"A request may bring {LARGEST_BODY // 1024} KiB.", CLOSE)


async def take_body(request: web.Request) -> web.Response | None:
    """Read what it brings, which is kept for the handler; the answer where that is too much.

    `HTTPRequestEntityTooLarge` where more comes than was announced.
    """
    if not request.can_read_body:
        return None
    if request.content_type.startswith("multipart/"):
        return refusal(request, 415, "Forms are sent as application/x-www-form-urlencoded.", CLOSE)
    connection = connection_of(request)
    patience = connection.patience if connection else Patience()
    with anyio.move_on_after(patience.body) as reading:
        await request.read()
    if reading.cancelled_caught:
        return refusal(request, 408, f"It took more than {patience.body:g} s to send this.", CLOSE)
    return None
