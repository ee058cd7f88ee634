"""Everything that the API does, in one table."""

from __future__ import annotations

from typing import Final

import msgspec
from aiohttp import web

from watcher.web.api import alerts, deliveries, events, history, jobs, rules, silences, status
from watcher.web.api.document import document
from watcher.web.api.operation import BASE, Operation
from watcher.web.api.routes import api_routes

OPERATIONS: Final[tuple[Operation, ...]] = (
    *status.OPERATIONS,
    *jobs.OPERATIONS,
    *history.OPERATIONS,
    *alerts.OPERATIONS,
    *events.OPERATIONS,
    *deliveries.OPERATIONS,
    *silences.OPERATIONS,
    *rules.OPERATIONS,
)
"""A new subject is one line here."""


def document_text() -> bytes:
    """The OpenAPI document as it is served and kept in docs/api/openapi.json."""
    return msgspec.json.format(msgspec.json.encode(document(OPERATIONS)), indent=2) + b"\n"


def routes() -> list[web.RouteDef]:
    """The routes of the API, and of the document that describes them."""
    body = document_text()

    async def show(_: web.Request) -> web.Response:
        return web.Response(body=body, content_type="application/json")

    return [web.get(f"{BASE}/openapi.json", show), *api_routes(OPERATIONS)]
