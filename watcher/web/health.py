"""Answers /healthz, /readyz and /metrics; reads only, and shows no secret."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final, Protocol

from aiohttp import web

from watcher.telemetry.metrics import Metrics
from watcher.telemetry.redaction import Redactor

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

HEADERS: Final = (("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"))
PATHS: Final = ("/healthz", "/readyz", "/metrics")
STOP_WITHIN: Final = 1.0
"""Seconds that a request under way gets when the service stops."""


class HealthView(Protocol):
    """What the pages ask of the running service; both answers come from memory."""

    def alive(self) -> tuple[str, ...]:
        """Why a loop of the service counts as dead, one sentence each; nothing if all live."""
        ...

    def ready(self) -> tuple[str, ...]:
        """Why the service does not do its work yet, one sentence each; nothing if it does."""
        ...


def build_app(
    view: HealthView, metrics: Metrics, redactor: Redactor | None = None
) -> web.Application:
    """The pages as an application; reasons pass through `redactor` on their way out."""
    masks = redactor or Redactor()

    async def healthz(_: web.Request) -> web.Response:
        return _verdict(view.alive(), masks)

    async def readyz(_: web.Request) -> web.Response:
        return _verdict(view.ready(), masks)

    async def show_metrics(_: web.Request) -> web.Response:
        body, content_type = metrics.page()
        return web.Response(body=body, headers={"Content-Type": content_type})

    app = web.Application(middlewares=[_say_what_is_here])
    app.add_routes(
        web.get(path, handler)
        for path, handler in zip(PATHS, (healthz, readyz, show_metrics), strict=True)
    )
    return app


@asynccontextmanager
async def serve(app: web.Application, host: str, port: int) -> AsyncIterator[tuple[str, int]]:
    """Serve `app` while the block runs; yields the address that is bound (`port` 0: a free one).

    Raises OSError when the address cannot be bound.
    """
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=STOP_WITHIN)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        bound = runner.addresses[0]
        yield bound[0], bound[1]
    finally:
        await runner.cleanup()


def _verdict(reasons: tuple[str, ...], redactor: Redactor) -> web.Response:
    told = [redactor.redact(reason) for reason in reasons]
    status = "unavailable" if told else "ok"
    return web.json_response({"status": status, "reasons": told}, status=503 if told else 200)


@web.middleware
async def _say_what_is_here(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        response = await handler(request)
    except web.HTTPNotFound:
        response = _plain(404, f"Nothing is here. There is {', '.join(PATHS)}.")
    except web.HTTPMethodNotAllowed as refused:
        response = _plain(405, "These pages are read with GET or HEAD only.")
        response.headers["Allow"] = ", ".join(sorted(refused.allowed_methods))
    response.headers.update(HEADERS)
    return response


def _plain(status: int, text: str) -> web.Response:
    return web.Response(status=status, text=text + "\n")
