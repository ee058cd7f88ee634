"""What stands before every handler: who may come in, how much, and what every answer carries."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

from watcher.ports import StoreError
from watcher.web.admission import admit, keep_visit
from watcher.web.auth import FACTS, who
from watcher.web.compression import shrink
from watcher.web.connection import connection_of
from watcher.web.desk import DESK
from watcher.web.forms import SAFE, embedded, forged
from watcher.web.gate import GATE
from watcher.web.intake import misdirected, refuse_large, take_body, too_large
from watcher.web.pages.refused import explained
from watcher.web.refusal import refusal

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""A page is made of what we serve and of nothing else; nothing inline runs, nobody frames it."""

HEADERS: Final = (
    ("Cache-Control", "no-store"),
    ("Content-Security-Policy", POLICY),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
    # Without any referrer a browser would say that its forms come from nowhere.
    ("Referrer-Policy", "same-origin"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
)
BAD: Final = 400
"""From this status on nothing was done."""

STRICT: Final = "max-age=31536000"
"""For so many seconds browsers come by https only."""


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Say what is wrong in words, and note who did what."""
    connection = connection_of(request)
    if connection is not None:
        connection.begin()
    try:
        response = await _answer(request, handler)
        if isinstance(response, web.Response) and not response.prepared:
            response = await explained(request, response)
    except web.HTTPException as answer:
        # Redirections are raised, and are answers all the same.
        _finish(request, answer)
        raise
    finally:
        if connection is not None:
            connection.end()
    _finish(request, response)
    return response


async def _answer(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await _refused(request) or await handler(request)
    except web.HTTPNotFound:
        return refusal(request, 404, "Nothing is here.")
    except web.HTTPMethodNotAllowed as refused:
        return _not_allowed(request, refused)
    except web.HTTPRequestEntityTooLarge:
        return refuse_large(request)
    except StoreError as error:
        text = f"The store cannot be used just now: {request.app[DESK].redact(str(error))}"
        return refusal(request, 503, text, {"Retry-After": "5"})
    except (web.HTTPException, ConnectionError):
        raise
    except Exception:  # the supervisor of requests: a bug in one page stops no other
        log = request.app[GATE].log
        log.exception("page_broke", path=request.path)
        return refusal(request, 500, "This page has a bug; the log of the watcher says more.")


async def _refused(request: web.Request) -> web.Response | None:
    """The answer to one who may not ask this, or not so."""
    early = too_large(request) or misdirected(request) or admit(request)
    if early is not None:
        return early
    foreign = embedded(request)
    if foreign is not None:
        return refusal(request, 403, foreign)
    late = await take_body(request)
    if late is not None:
        return late
    reason = await forged(request)
    return None if reason is None else refusal(request, 403, reason)


async def dress(request: web.Request, response: web.StreamResponse) -> None:
    """Let each answer carry the headers, when it begins."""
    for name, value in HEADERS:
        response.headers.setdefault(name, value)
    if request.app[GATE].doors.secure:
        response.headers.setdefault("Strict-Transport-Security", STRICT)


def _finish(request: web.Request, response: web.StreamResponse) -> None:
    if request.method not in SAFE and response.status < BAD:
        facts = request.get(FACTS, {})
        log = request.app[GATE].log
        what = {"who": who(request), "method": request.method, "path": request.path}
        log.info("acted", **{**facts, **what})
    if not response.prepared:
        keep_visit(request, response)
        shrink(request, response)


def _not_allowed(request: web.Request, refused: web.HTTPMethodNotAllowed) -> web.Response:
    allowed = ", ".join(sorted(refused.allowed_methods))
    words = allowed.replace(", ", " or ")
    text = f"This is not done with {request.method}, only with {words}."
    return refusal(request, 405, text, {"Allow": allowed})
