"""What stands before every handler: who may come in, how much, and what every answer carries."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

from watcher.web.admission import admit, keep_visit
from watcher.web.auth import FACTS, who
from watcher.web.forms import SAFE
from watcher.web.gate import GATE
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
    """Say what is wrong in words, and let every answer carry the headers."""
    try:
        response = await admit(request) or await handler(request)
    except web.HTTPNotFound:
        response = refusal(request, 404, "Nothing is here.")
    except web.HTTPMethodNotAllowed as refused:
        response = _not_allowed(request, refused)
    except web.HTTPException as answer:
        # Redirections and what a handler refuses are raised, and are answers all the same.
        _finish(request, answer)
        raise
    _finish(request, response)
    return response


def _finish(request: web.Request, response: web.StreamResponse) -> None:
    if request.method not in SAFE and response.status < BAD:
        facts = request.get(FACTS, {})
        log = request.app[GATE].log
        log.info("acted", who=who(request), method=request.method, path=request.path, **facts)
    if response.prepared:
        return
    keep_visit(request, response)
    for name, value in HEADERS:
        response.headers.setdefault(name, value)
    if request.app[GATE].doors.secure:
        response.headers.setdefault("Strict-Transport-Security", STRICT)


def _not_allowed(request: web.Request, refused: web.HTTPMethodNotAllowed) -> web.Response:
    allowed = ", ".join(sorted(refused.allowed_methods))
    words = allowed.replace(", ", " or ")
    text = f"This is not done with {request.method}, only with {words}."
    return refusal(request, 405, text, {"Allow": allowed})
