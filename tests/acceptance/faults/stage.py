"""Where a case is played: its world, the process that it watches, and what is noted of it."""

from __future__ import annotations

import socket
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from tests.acceptance.faults.case import Case, Row
from tests.acceptance.process import COMMAND, Running
from tests.acceptance.receiver import Taken
from tests.acceptance.waiting import Result, eventually
from tests.acceptance.world import World, world
from tests.tcp_proxy import TcpProxy, proxying

PATIENCE = 90.0
"""Seconds after which what should come counts as never coming: longer than any wait between two
tries, on a machine that others use too."""
MOST_MEMORY = 150 * 2**20
MOST_ON_DISK = 16 * 2**20
"""What a case of a few messages may take; those with more say how much."""
BUGS = ("loop_broke", "attempt_broke")


class EndedError(Exception):
    """The process ended by itself."""


class Stage:
    """One case while it is played; what is expected and does not come is noted, and goes on."""

    def __init__(self, case: Case, folder: Path) -> None:
        self.row = Row(case)
        self.folder = folder
        self._began = time.monotonic()

    def expect(self, holds: object, words: str) -> None:
        """Note `words` as a miss unless it holds."""
        if not holds:
            self.row.misses.append(words)

    def expect_words(self, words: str, text: str) -> None:
        """Note a miss unless `text` says `words`."""
        self.expect(words in text, f"“{words}” is not said in: {text[:300]}")

    def begin(self) -> None:
        """The fault begins now; `after` counts from here."""
        self._began = time.monotonic()

    def at(self, seconds: float) -> float:
        """The monotonic time so many seconds after the fault began."""
        return self._began + seconds

    def after(self, at: float | None = None) -> float:
        """Seconds from the fault's beginning to then, or to now."""
        return (time.monotonic() if at is None else at) - self._began

    def note_when(self, what: str, at: float) -> None:
        """Something was told; so many seconds after the fault began."""
        self.row.when.append(f"{what} {self.after(at):.1f} s")

    def note_over(self, what: str, seconds: float) -> None:
        """Something was well again so many seconds after the fault ended."""
        self.row.over.append(f"{what} {seconds:.1f} s")

    async def until(
        self, look: Callable[[], Result], words: str, within: float = PATIENCE
    ) -> Result:
        """What `look` gives once it is something; `AssertionError` with `words` if it never is."""
        try:
            return await eventually(look, within=within)
        except AssertionError:
            raise AssertionError(f"waited {within:g} s in vain: {words}") from None

    @asynccontextmanager
    async def world(
        self, *names: str, now: Callable[[], float] = time.time
    ) -> AsyncIterator[World]:
        """The case's project and receivers; at the end the row tells what was told."""
        async with world(self.folder, *names, now=now) as here:
            try:
                yield here
            finally:
                self.row.told = tell_all(here) + self.row.told

    @asynccontextmanager
    async def watching(
        self,
        here: World,
        *,
        env: Mapping[str, str] | None = None,
        command: Sequence[str] = COMMAND,
        most_on_disk: int = MOST_ON_DISK,
    ) -> AsyncIterator[Running]:
        """`watcher run` from its first good poll to a clean end, measured; the books balance."""
        async with here.run(env=env, command=command) as service:
            await self.first_poll(service)
            yield service
            self._measure(here, service, most_on_disk)
            self.expect(await service.terminate() == 0, "SIGTERM did not end it with 0")
            for bug in BUGS:
                self.expect(not service.log(bug), f"its log tells of {bug}")
        await self._balance(here)

    async def first_poll(self, service: Running) -> None:
        """Wait until the process has polled once; what it said if it has not."""

        def polled() -> bool:
            if service.process.returncode is not None:
                raise EndedError(f"it ended by itself: {service.err[-600:]}")
            return bool(service.log("poll"))

        await self.until(polled, "no poll")

    def _measure(self, here: World, service: Running, most_on_disk: int) -> None:
        self.row.peak = max(self.row.peak, memory_of(service.pid, "VmHWM"))
        self.row.size = max(self.row.size, size_of(here.store))
        self.expect(self.row.peak <= MOST_MEMORY, f"it took {self.row.peak / 2**20:.0f} MiB")
        self.expect(
            self.row.size <= most_on_disk, f"{self.row.size / 2**20:.1f} MiB of database and WAL"
        )

    async def _balance(self, here: World) -> None:
        """Both equations of the ledger, whole and of the last hour."""
        said = []
        for arguments in (("--json",), ("--json", "--since", "1h")):
            ended = await here.call("ledger", *arguments)
            good = ended.code == 0 and ended.json["balances"] is True
            self.expect(good, f"ledger {' '.join(arguments)}: {ended.out[:600]}{ended.err[-300:]}")
            said.append(good)
        self.row.ledger = "balances" if all(said) else "DOES NOT BALANCE"


@asynccontextmanager
async def proxied(here: World, *channels: str) -> AsyncIterator[TcpProxy]:
    """A proxy before the receiver, for these channels; their addresses lead to it."""
    async with proxying(here.receiver.url) as proxy:
        here.receiver.fronts |= dict.fromkeys(channels, proxy.url)
        yield proxy


@asynccontextmanager
async def proxied_api(here: World) -> AsyncIterator[TcpProxy]:
    """A proxy before the API; the file's endpoint is it."""
    async with proxying(here.api) as proxy:
        here.api = proxy.url
        yield proxy


def free_port() -> int:
    """A port of the loopback that nobody listens on now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def memory_of(pid: int, field: str) -> int:
    """Bytes of memory of a process now (`VmRSS`), or at most so far (`VmHWM`)."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    line = next(line for line in lines if line.startswith(f"{field}:"))
    return int(line.split()[1]) * 1024


def size_of(store: Path) -> int:
    """Bytes of a database with its WAL, wherever it is linked to."""
    store = store.resolve()
    files = (store, store.with_name(store.name + "-wal"))
    return sum(file.stat().st_size for file in files if file.exists())


def type_of(one: Taken) -> str:
    """Kind and reason of what a webhook took: `blind began`."""
    return f"{one.json['type'].partition('.')[0]} {one.data['reason']}"


def tell_all(here: World) -> list[str]:
    """What each channel took: kinds and reasons of a webhook, the number of a chat's messages."""
    told = []
    for channel in dict.fromkeys(one.channel for one in here.receiver.requests):
        taken = here.receiver.taken(channel)
        if taken and "webhook-id" in taken[0].headers:
            counts = Counter(type_of(one) for one in taken)
            words = ", ".join(f"{n} × {what}" if n > 1 else what for what, n in counts.items())
        else:
            words = f"{len(taken)} messages" if len(taken) != 1 else "1 message"
        told.append(f"{channel}: {words}")
    return told
