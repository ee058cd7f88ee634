"""The page that a browser gets where something is refused: what, and the way back."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from watcher.web.auth import VISITOR
from watcher.web.rendering import page

TOLD: Final = frozenset({403, 404, 405, 408, 415, 503})
"""The refusals that a person can run into, each with its words; 500 may be the page's own fault."""


async def explained(request: web.Request, refused: web.Response) -> web.Response:
    """The refusal as a page where a person asks, else as it is."""
    by_person = "text/html" in request.headers.get("Accept", "")
    plain = refused.content_type == "text/plain"
    if not (by_person and plain and refused.status in TOLD and VISITOR in request):
        return refused
    words = {"reason": refused.status, "detail": refused.text or ""}
    shown = await page(request, "refused.html", status=refused.status, **words)
    shown.headers.update({k: v for k, v in refused.headers.items() if k not in shown.headers})
    return shown
