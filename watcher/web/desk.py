"""What the pages and the API ask of the running service, and all that they may do to it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol, TypeVar

from aiohttp import web
from sqlalchemy import Connection

from watcher.core.plan import Plan
from watcher.messages.wording import Wording

Result = TypeVar("Result")

WAITS: Final = 5
"""How often the making of one page gives way to polls at most."""


class Desk(Protocol):
    """The running service, as far as a page is concerned."""

    @property
    def plan(self) -> Plan:
        """The rules, channels, sources and windows of the file that is in force."""
        ...

    @property
    def wording(self) -> Wording:
        """The file's language and time zone."""
        ...

    def wording_of(self, channel: str) -> Wording:
        """The same for what a channel is told: its own language, where it has one."""
        ...

    @property
    def store(self) -> Path:
        """Where the store is; the flight recorder's files stand beside it."""
        ...

    def now(self) -> datetime:
        """The service's time."""
        ...

    def read_at(self, source: str) -> datetime | None:
        """When a source last gave a good answer to this process; `None` where it has not yet."""
        ...

    def give_way(self, times: int) -> int:
        """Let a poll that is made go first, where `times` is not used up; only for threads.

        Returns how often its caller may still wait.
        """
        ...

    def alive(self) -> tuple[str, ...]:
        """Why a loop of the service counts as dead, one sentence each; nothing if all live."""
        ...

    def ready(self) -> tuple[str, ...]:
        """Why the service does not do its work yet, one sentence each; nothing if it does."""
        ...

    def redact(self, text: str) -> str:
        """The text without any secret that is known."""
        ...

    async def read(self, work: Callable[[Connection], Result]) -> Result:
        """What `work` reads in one transaction, on a thread; `StoreError` where that cannot be."""
        ...

    async def write(self, work: Callable[[Connection], Result]) -> Result:
        """What `work` gives, committed in one short transaction; the loops see it within 1 s."""
        ...


DESK: Final = web.AppKey("desk", Desk)
"""Under this key every handler finds its desk: `request.app[DESK]`."""
