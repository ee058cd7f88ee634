"""The other side of the wire: the simulated API and a webhook's receiver, here or as a process.

    python -m tests.bench.far_end simulator 10000
    python -m tests.bench.far_end receiver

Each prints its address when it is ready, and ends when its standard input closes.
"""

from __future__ import annotations

import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final

import anyio
from aiohttp import web
from anyio.to_thread import run_sync

from tests.bench.rules_file import PROJECT
from watcher.simulator import Simulator, parse_scenario

Handle = Callable[[web.Request], Awaitable[web.StreamResponse]]

SCENARIO: Final = """\
project = "{project}"
[[jobs]]
name = "job_{{n}}"
count = {jobs}
input_delay = {{ from = 100, to = 9000 }}
"""


def make_simulator(jobs: int, *, check_signatures: bool = True) -> Simulator:
    """Jobs `job_1`… that run as they should; the delay of each differs from answer to answer."""
    scenario = parse_scenario(SCENARIO.format(project=PROJECT, jobs=jobs))
    return Simulator(scenario, check_signatures=check_signatures)


class Inbox:
    """What a receiver got: POST anywhere takes a message, GET tells how many there were.

    Times are seconds since 1970, when the request's head had been read.
    """

    def __init__(self) -> None:
        self.received = 0
        self.ids: set[str] = set()
        self.first_at = 0.0
        self.last_at = 0.0

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/{path:.*}", self._take)
        app.router.add_get("/{path:.*}", self._tell)
        return app

    async def _take(self, request: web.Request) -> web.StreamResponse:
        self.last_at = time.time()
        self.first_at = self.first_at or self.last_at
        await request.read()
        self.received += 1
        self.ids.add(request.headers.get("webhook-id", f"{self.received}"))
        return web.Response(status=204)

    async def _tell(self, _: web.Request) -> web.StreamResponse:
        return web.json_response(
            {
                "received": self.received,
                "unique": len(self.ids),
                "first_at": self.first_at,
                "last_at": self.last_at,
            }
        )


@asynccontextmanager
async def serve(app: web.Application) -> AsyncIterator[str]:
    """Serve an application on a free port of the loopback; gives its base URL."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1, max_line_size=1 << 16)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


async def _serve_until_left(server: AbstractAsyncContextManager[str]) -> None:
    async with server as url:
        print(url, flush=True)
        await run_sync(sys.stdin.buffer.read, abandon_on_cancel=True)


def main() -> None:
    match sys.argv[1:]:
        case ["simulator", jobs]:
            anyio.run(_serve_until_left, make_simulator(int(jobs)).serve())
        case ["simulator", jobs, "unsigned"]:
            unsigned = make_simulator(int(jobs), check_signatures=False)
            anyio.run(_serve_until_left, unsigned.serve())
        case ["receiver"]:
            anyio.run(_serve_until_left, serve(Inbox().app()))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
