"""Houses that are served on loopback beside the tests, each with a scene of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import msgspec
from anyio.from_thread import BlockingPortal, start_blocking_portal

from tests.web.house import House, HouseDesk, house_in
from watcher.core.plan import Plan
from watcher.telemetry.metrics import Metrics
from watcher.web.application import build_app
from watcher.web.gate import Gate
from watcher.web.serving import serve

Scene = Callable[[House], Awaitable[None]]


class Home(msgspec.Struct, frozen=True):
    """A house that is served: `address` without a slash at its end."""

    house: House
    address: str
    portal: BlockingPortal

    def plays(self, scene: Scene) -> None:
        """Something more happens in it; returns when it is saved."""
        self.portal.call(_kept, self.house, scene)


@contextmanager
def home_in(
    folder: Path, file: Plan | None = None, *scenes: Scene, gate: Gate | None = None
) -> Iterator[Home]:
    """A house in which the scenes have been played, served until the block ends.

    It lives on a thread of its own: tests and browsers run beside it, as they would beside a
    service.
    """
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(_served(folder, file, *scenes, gate=gate)) as (
            house,
            address,
        ),
    ):
        yield Home(house, address, portal)


@asynccontextmanager
async def _served(
    folder: Path, file: Plan | None, *scenes: Scene, gate: Gate | None
) -> AsyncIterator[tuple[House, str]]:
    async with house_in(folder, file) as house:
        for scene in scenes:
            await scene(house)
        app = build_app(HouseDesk(house), Metrics(), gate)
        async with serve(app, "127.0.0.1", 0) as (host, port):
            yield house, f"http://{host}:{port}"


async def _kept(house: House, scene: Scene) -> None:
    await scene(house)
    await house.keeps()
