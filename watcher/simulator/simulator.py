"""Join the simulated API with its server."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager

from aiohttp import web

from watcher.simulator import server
from watcher.simulator.api import SimulatedApi


class Simulator(SimulatedApi):
    """A simulated FOAS that can be served: SimulatedApi and an aiohttp application for it."""

    def app(self, *, control: bool = True) -> web.Application:
        """Return the application; with `control` it has the /_simulator/ endpoints too."""
        return server.build_app(self, control=control)

    def serve(
        self, host: str = "127.0.0.1", port: int = 0, *, control: bool = True
    ) -> AbstractAsyncContextManager[str]:
        """Serve within the context, which gives the base URL; port 0 takes a free one."""
        return server.serve(self, host, port, control=control)
