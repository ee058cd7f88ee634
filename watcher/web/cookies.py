"""The cookies: named for the port, so that two watchers on one host do not undo each other's."""

from __future__ import annotations

from datetime import timedelta
from typing import Final, Literal

from aiohttp import web

from watcher.web.doors import Doors

Kind = Literal["session", "visit", "known", "lang"]

LONGEST: Final = 512
"""How long a value may be that is looked at."""


def read_cookie(request: web.BaseRequest, doors: Doors, kind: Kind) -> str:
    """What the browser keeps for us; "" for nothing."""
    value = request.cookies.get(_name(doors, kind), "")
    return value if len(value) <= LONGEST else ""


def set_cookie(
    response: web.StreamResponse,
    doors: Doors,
    kind: Kind,
    value: str,
    *,
    lasts: timedelta | None = None,
) -> None:
    """Let the browser keep `value`: for our pages alone, out of scripts' and other sites' reach."""
    response.set_cookie(
        _name(doors, kind),
        value,
        max_age=int(lasts.total_seconds()) if lasts else None,
        path=f"{doors.prefix}/",
        secure=doors.secure,
        httponly=True,
        samesite="Strict",
    )


def drop_cookie(response: web.StreamResponse, doors: Doors, kind: Kind) -> None:
    """Let the browser forget it."""
    response.del_cookie(
        _name(doors, kind),
        path=f"{doors.prefix}/",
        secure=doors.secure,
        httponly=True,
        samesite="Strict",
    )


def _name(doors: Doors, kind: Kind) -> str:
    return f"watcher-{kind}-{doors.port}"
