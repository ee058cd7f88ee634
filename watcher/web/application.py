"""All that is served on `listen`, as one application."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from aiohttp import web

from watcher.telemetry.metrics import Metrics
from watcher.web.api.table import routes as api_routes
from watcher.web.deeds import DEEDS, Deeds
from watcher.web.desk import DESK, Desk
from watcher.web.gate import GATE, Gate
from watcher.web.guard import dress, guard
from watcher.web.health import health_routes
from watcher.web.intake import LARGEST_BODY
from watcher.web.live import Live
from watcher.web.pages import (
    alerts,
    deliveries,
    job,
    jobs,
    login,
    orders,
    overview,
    rules,
    silences,
)
from watcher.web.rendering import RENDERER, Renderer
from watcher.web.serving import LOOPS
from watcher.web.static_files import static_routes

PAGES: Final = (
    login.ROUTES,
    overview.ROUTES,
    jobs.ROUTES,
    job.ROUTES,
    alerts.ROUTES,
    deliveries.ROUTES,
    orders.ROUTES,
    silences.ROUTES,
    rules.ROUTES,
)
"""The routes of each page; a new page is one line here."""


def build_app(desk: Desk, metrics: Metrics, gate: Gate | None = None) -> web.Application:
    """The pages, the API and what machines ask, with what guards them.

    Without a `gate` everybody may come in, under any name: for tests of pages.
    """
    app = web.Application(middlewares=[guard], client_max_size=LARGEST_BODY)
    app[DESK] = desk
    app[GATE] = gate or Gate()
    app[RENDERER] = Renderer()
    app[DEEDS] = Deeds()
    app[job.PAST] = job.Past()
    live = Live(desk)
    app[LOOPS] = (live.run,)
    app.on_response_prepare.append(dress)
    app.on_shutdown.append(live.close)
    machines = (*health_routes(desk, metrics), web.get("/live", live.stream, allow_head=False))
    app.add_routes(_all((machines, static_routes(), api_routes(), *PAGES)))
    return app


def _all(tables: Iterable[Iterable[web.RouteDef]]) -> list[web.RouteDef]:
    return [route for table in tables for route in table]
