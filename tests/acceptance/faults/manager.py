"""A service manager's end of the line: counts the pings of the watchdog."""

from __future__ import annotations

import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import anyio

PING_EVERY = 1.0
"""Seconds: a third of the WatchdogSec that the process is told."""


@dataclass
class Manager:
    """What the process told its manager, with the monotonic time of each ping."""

    env: dict[str, str]
    pings: list[float] = field(default_factory=list)

    def since(self, at: float) -> list[float]:
        """The pings after a time."""
        return [ping for ping in self.pings if ping > at]

    def silent_for(self) -> float:
        """Seconds since the last ping."""
        return time.monotonic() - self.pings[-1] if self.pings else 0.0

    def longest_silence(self, begin: float, end: float) -> float:
        """The longest time without a ping between two times."""
        inside = [begin, *(ping for ping in self.pings if begin < ping < end), end]
        return max(later - earlier for earlier, later in pairwise(inside))


@asynccontextmanager
async def managing(folder: Path) -> AsyncIterator[Manager]:
    """A manager that listens while the block runs."""
    address = str(folder / "notify")
    micros = str(int(3 * PING_EVERY * 1_000_000))
    manager = Manager({"NOTIFY_SOCKET": address, "WATCHDOG_USEC": micros})
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(address)
        line.setblocking(False)

        async def listen() -> None:
            while True:
                await anyio.wait_readable(line)
                if b"WATCHDOG=1" in line.recv(4096).split(b"\n"):
                    manager.pings.append(time.monotonic())

        async with anyio.create_task_group() as group:
            group.start_soon(listen)
            yield manager
            group.cancel_scope.cancel()
