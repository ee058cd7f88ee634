"""Whether a request that changes something comes from our own page, or from a program."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from watcher.web.auth import VISITOR, Carrier
from watcher.web.forgery import FIELD, HEADER, is_token
from watcher.web.gate import GATE
from watcher.web.refusal import API

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
"""Methods that change nothing."""

FORM: Final = "application/x-www-form-urlencoded"

ELSEWHERE: Final = (
    "This form was sent from another site. If a proxy stands before the watcher, give its address"
    " as `base_url` in the [web] table."
)
EMBEDDED: Final = "Another site may lead here by a link, and no closer."
FETCH: Final = ("Site", "Mode", "Dest")
"""What browsers say of a request: from where, how and what for."""
OLD: Final = "This form has no token of this browser, or one from before a restart: load it again."


def embedded(request: web.Request) -> str | None:
    """Why what is asked for is not given to a page of another site; `None` where nobody tries.

    Its pictures and streams would take the places and the time of those who look here.
    """
    told = [request.headers.get(f"Sec-Fetch-{name}", "").lower() for name in FETCH]
    elsewhere = told[0] not in {"", "same-origin", "none"}
    followed = told[1:] == ["navigate", "document"]
    return EMBEDDED if request.method in SAFE and elsewhere and not followed else None


async def forged(request: web.Request) -> str | None:
    """Why the request is not to be trusted to be its sender's own wish; `None` where it is."""
    if request.method in SAFE or request.match_info.http_exception is not None:
        return None
    if request[VISITOR].carrier is Carrier.TOKEN:
        # No browser sends a token of itself.
        return None
    if _from_elsewhere(request):
        return ELSEWHERE
    if _is_program(request):
        return None
    token = await _token_of(request)
    known = is_token(request.app[GATE].key, request[VISITOR].binding, token)
    return None if known else OLD


def _from_elsewhere(request: web.Request) -> bool:
    """What the browser itself says; a page cannot change these headers."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site.lower() not in {"same-origin", "none"}
    origin = request.headers.get("Origin")
    if origin is None:
        return False
    own = request.app[GATE].doors.origin
    host = origin.lower().partition("://")[2]
    return origin.lower() != own and (not host or host != request.host.lower())


def _is_program(request: web.Request) -> bool:
    """One that asks the API and brings nothing that only a browser sends."""
    if request[VISITOR].carrier is Carrier.SESSION or not request.path.startswith(API):
        return False
    return not any(name in request.headers for name in ("Origin", "Sec-Fetch-Site", "Cookie"))


async def _token_of(request: web.Request) -> str:
    token = request.headers.get(HEADER)
    if token is None and request.content_type == FORM:
        field = (await request.post()).get(FIELD)
        token = field if isinstance(field, str) else None
    return token or ""
