"""What one process knows of who comes in: the doors of the file in force, and who passed them."""

from __future__ import annotations

from collections.abc import Callable
from secrets import token_bytes
from typing import Final

import structlog
from aiohttp import web
from structlog.typing import FilteringBoundLogger

from watcher.web.doors import Doors
from watcher.web.failures import Failures
from watcher.web.sessions import Sessions

UNLOCKED: Final = Doors()


class Gate:
    """Kept in memory: after a restart browsers log in again, and old forms must be loaded anew."""

    def __init__(
        self,
        doors: Callable[[], Doors] = lambda: UNLOCKED,
        log: FilteringBoundLogger | None = None,
    ) -> None:
        """`doors` is asked at each request, so that a reload holds at once."""
        self._doors = doors
        self.log: FilteringBoundLogger = log or structlog.get_logger()
        self.key = token_bytes(32)
        self.sessions = Sessions()
        self.failures = Failures()

    @property
    def doors(self) -> Doors:
        """What the file in force says."""
        return self._doors()


GATE: Final = web.AppKey("gate", Gate)
"""Under this key every handler finds the gate: `request.app[GATE]`."""
