"""A disk that is full, read-only or does not sync: said once past the outbox, then made good."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial

import aiohttp
import anyio

from tests.acceptance.disks import Disk, injected, small_disk
from tests.acceptance.faults.case import Case
from tests.acceptance.faults.manager import PING_EVERY, Manager, managing
from tests.acceptance.faults.stage import PATIENCE, Stage, free_port, type_of
from tests.acceptance.process import Running
from tests.acceptance.receiver import Taken
from tests.acceptance.world import World, job_down, rule

CHANNELS = {"audit": "webhook", "other": "webhook", "chat": "slack"}
BEATS = '[heartbeat]\nurl = "{url}/ping/beat"\ninterval = "1s"'
IN_ALL = {
    "state-mismatch began": 2,
    "unwritable began": 1,
    "unwritable recovered": 1,
    "restart began": 1,
}
"""What each webhook is told in all."""
QUIET = 4 * PING_EVERY
"""Seconds without any ping or beat that count as silence."""

Broken = Callable[[Disk, Running], AbstractAsyncContextManager[object]]


@dataclass(frozen=True)
class Trouble:
    """One way in which the disk fails, and how it is brought about and ended."""

    name: str
    fault: str
    broken: Broken


@asynccontextmanager
async def full(disk: Disk, _: Running) -> AsyncIterator[None]:
    """Not a block is left on the store's own file system."""
    disk.fill()
    yield
    disk.make_room()


def failing(calls: str, error: str) -> Broken:
    """These system calls of the process fail, as `strace` injects it."""
    return lambda _, service: injected(service, calls, error)


TROUBLES = (
    Trouble("disk-full", "no space left on the store's file system", full),
    Trouble("disk-read-only", "each write says EROFS", failing("pwrite64,ftruncate", "EROFS")),
    Trouble("disk-sync", "fdatasync and fsync say EIO", failing("fdatasync,fsync", "EIO")),
)


async def play(trouble: Trouble, stage: Stage) -> None:
    """A job fails and another restarts while nothing can be saved; both are told afterwards."""
    with small_disk(stage.folder) as disk:
        async with (
            stage.world("payments", "orders", "clicks") as here,
            managing(here.folder) as manager,
        ):
            page = free_port()
            here.write(
                job_down(*CHANNELS),
                rule("restart", *CHANNELS),
                BEATS.format(url=here.receiver.url),
                channels=CHANNELS,
                top=f'listen = "127.0.0.1:{page}"',
            )
            async with stage.watching(here, env=manager.env) as service:
                await _works(stage, here, manager)
                async with trouble.broken(disk, service):
                    await _suffer(stage, here, service, manager, page)
                await _recover(stage, here, manager, page)


async def _works(stage: Stage, here: World, manager: Manager) -> None:
    """Before the fault everything is told, pinged and beaten."""
    here.change("clicks", actual_state="FAILED")
    await _take(stage, here, "audit", "state-mismatch began")
    await stage.until(lambda: here.receiver.taken("chat"), "the first message on chat")
    await stage.until(lambda: manager.pings and here.receiver.of("beat"), "a ping and a beat")


async def _suffer(stage: Stage, here: World, service: Running, manager: Manager, page: int) -> None:
    stage.begin()
    before = len(here.receiver.taken("chat"))
    here.change("payments", actual_state="FAILED")
    here.change("orders", restart=True)
    for channel in ("audit", "other"):
        said = await _take(stage, here, channel, "unwritable began")
        stage.note_when(channel, said.at)
        if channel == "audit":
            stage.row.told.append(f"“{said.data['summary']}”")
    await stage.until(lambda: len(here.receiver.taken("chat")) > before, "a message on chat")
    await stage.until(
        lambda: manager.silent_for() > QUIET and _beats_silent_for(here) > QUIET,
        "watchdog and heartbeat fall silent",
    )
    stage.expect(await _status(page, "readyz") == 503, "readyz says that it is ready")
    await service.polled_again(2)
    for channel in ("audit", "other"):
        kinds = [type_of(one) for one in here.receiver.taken(channel)]
        wanted = ["state-mismatch began", "unwritable began"]
        stage.expect(kinds == wanted, f"meanwhile {channel} heard {kinds}")
    stage.expect(len(here.receiver.taken("chat")) == before + 1, "chat heard it more than once")


async def _recover(stage: Stage, here: World, manager: Manager, page: int) -> None:
    """What changed meanwhile is found by comparing with what was saved last, and told once."""
    back = time.monotonic()
    for channel in ("audit", "other"):
        await _take(stage, here, channel, "unwritable recovered")
        down = await _take(stage, here, channel, "state-mismatch began", 2)
        restart = await _take(stage, here, channel, "restart began")
        stage.expect(down.data["job"] == "payments", f"{channel} heard of {down.data['job']}")
        stage.expect(restart.data["job"] == "orders", f"{channel}: {restart.data['job']}")
        stage.note_over(channel, down.at - back)
    await stage.until(
        lambda: manager.since(back) and _beats_silent_for(here) < QUIET, "pings and beats again"
    )
    with anyio.move_on_after(PATIENCE):
        while await _status(page, "readyz") != 200:
            await anyio.sleep(0.1)
    stage.expect(await _status(page, "readyz") == 200, "readyz does not say that it is ready")
    for channel in ("audit", "other"):
        heard = Counter(map(type_of, here.receiver.taken(channel)))
        stage.expect(heard == IN_ALL, f"{channel} heard {dict(heard)}")


async def _take(stage: Stage, here: World, channel: str, what: str, number: int = 1) -> Taken:
    """The last of so many that a webhook was told."""

    def look() -> list[Taken]:
        found = [one for one in here.receiver.taken(channel) if type_of(one) == what]
        return found if len(found) >= number else []

    return (await stage.until(look, f"{number} × {what} on {channel}"))[number - 1]


def _beats_silent_for(here: World) -> float:
    beats = here.receiver.of("beat")
    return time.monotonic() - beats[-1].at if beats else 0.0


async def _status(page: int, name: str) -> int:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{page}/{name}") as answer,
    ):
        return answer.status


CASES = tuple(
    Case(
        trouble.name,
        trouble.fault,
        "store",
        "said once on every channel, past the outbox; watchdog, heartbeat and readyz stop; it "
        "polls on and judges nothing; afterwards what changed since the last save is told once",
        partial(play, trouble),
    )
    for trouble in TROUBLES
)
