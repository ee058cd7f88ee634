"""Answers /healthz, /readyz and /metrics for machines; reads only, and shows no secret."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from watcher.telemetry.metrics import Metrics
from watcher.web.auth import is_inside
from watcher.web.desk import Desk

PATHS: Final = ("/healthz", "/readyz", "/metrics")


def health_routes(desk: Desk, metrics: Metrics) -> list[web.RouteDef]:
    """The three addresses."""

    async def healthz(request: web.Request) -> web.Response:
        return _verdict(request, desk, desk.alive())

    async def readyz(request: web.Request) -> web.Response:
        return _verdict(request, desk, desk.ready())

    async def show_metrics(_: web.Request) -> web.Response:
        body, content_type = await metrics.page_in_parts()
        return web.Response(body=body, headers={"Content-Type": content_type})

    handlers = (healthz, readyz, show_metrics)
    return [web.get(path, handler) for path, handler in zip(PATHS, handlers, strict=True)]


def _verdict(request: web.Request, desk: Desk, reasons: tuple[str, ...]) -> web.Response:
    """Whether it is well is for everybody; why not names hosts and jobs, and is for insiders."""
    status = "unavailable" if reasons else "ok"
    told = [desk.redact(reason) for reason in reasons] if is_inside(request) else []
    return web.json_response({"status": status, "reasons": told}, status=503 if reasons else 200)
