"""A disk that is full, read-only or does not sync: said once past the outbox, then made good."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import aiohttp
import anyio

from tests.acceptance.faults.case import Case
from tests.acceptance.faults.manager import PING_EVERY, Manager, managing
from tests.acceptance.faults.stage import Stage, free_port, type_of
from tests.acceptance.process import Running
from tests.acceptance.receiver import Taken
from tests.acceptance.world import World, job_down, rule

CHANNELS = {"audit": "webhook", "other": "webhook", "chat": "slack"}
BEATS = '[heartbeat]\nurl = "{url}"\ninterval = "1s"'
QUIET = 4 * PING_EVERY
"""Seconds without any ping or beat that count as silence."""
STOPS_WITHIN = 20.0

Broken = Callable[[World, Running], AbstractAsyncContextManager[None]]


@dataclass(frozen=True)
class Trouble:
    """One way in which the disk fails, and how it is brought about and ended."""

    name: str
    fault: str
    broken: Broken
    small: bool = False


@asynccontextmanager
async def full(here: World, _: Running) -> AsyncIterator[None]:
    """Not a byte is left on the store's own file system."""
    assert here.disk is not None
    ballast = here.disk / "ballast"
    with ballast.open("wb") as out:
        try:
            while True:
                out.write(bytes(4096))
                out.flush()
        except OSError:
            pass
    try:
        yield
    finally:
        ballast.unlink()


def injecting(*injections: str) -> Broken:
    """System calls of the process on the store's files fail, as `strace` injects it."""

    @asynccontextmanager
    async def broken(here: World, service: Running) -> AsyncIterator[None]:
        files = [f"{here.store}{suffix}" for suffix in ("", "-wal", "-shm", "-journal")]
        paths = [argument for file in files for argument in ("-P", file)]
        given = [argument for one in injections for argument in ("-e", f"inject={one}")]
        said = here.folder / "strace.said"
        command = ["strace", "-f", "-q", "-o", os.devnull, *paths, *given, "-p", str(service.pid)]
        with said.open("wb") as out:
            tracer = await anyio.open_process(command, stdout=out, stderr=out)
        try:
            await _attached(service.pid)
            yield
        finally:
            tracer.send_signal(signal.SIGINT)
            await tracer.wait()

    return broken


async def _attached(pid: int) -> None:
    """Wait until every thread of the process is traced."""
    with anyio.fail_after(STOPS_WITHIN):
        while any("TracerPid:\t0\n" in text for text in _statuses(pid)):
            await anyio.sleep(0.02)


def _statuses(pid: int) -> list[str]:
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [(task / "status").read_text(encoding="utf-8") for task in tasks]


TROUBLES = (
    Trouble("disk-full", "no space left on the store's file system", full, small=True),
    Trouble(
        "disk-read-only",
        "each write says EROFS",
        injecting("pwrite64,ftruncate:error=EROFS"),
    ),
    Trouble("disk-sync", "fdatasync and fsync say EIO", injecting("fdatasync,fsync:error=EIO")),
)


@asynccontextmanager
async def small_disk(here: World) -> AsyncIterator[None]:
    """The store's folder is a file system of 3 MiB."""
    disk = here.folder / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(disk)], check=True)
    here.disk = disk
    try:
        yield
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@asynccontextmanager
async def big_disk(_: World) -> AsyncIterator[None]:
    """Whatever the folder is on."""
    yield


async def play(trouble: Trouble, stage: Stage) -> None:
    """A job fails and another restarts while nothing can be saved; both are told afterwards."""
    async with (
        stage.world("payments", "orders", "clicks") as here,
        managing(here.folder) as manager,
        (small_disk if trouble.small else big_disk)(here),
    ):
        page = free_port()
        here.write(
            job_down(*CHANNELS),
            rule("restart", *CHANNELS),
            BEATS.format(url=here.receiver.address("beat", "webhook")),
            channels=CHANNELS,
            top=f'listen = "127.0.0.1:{page}"',
        )
        async with stage.watching(here, env=manager.env) as service:
            await _works(stage, here, manager)
            async with trouble.broken(here, service):
                await _suffer(stage, here, service, manager, page)
            await _recover(stage, here, manager, page)


async def _works(stage: Stage, here: World, manager: Manager) -> None:
    """Before the fault everything is told, pinged and beaten."""
    here.change("clicks", actual_state="FAILED")
    await _take(stage, here, "audit", "state-mismatch began", 1)
    await stage.until(lambda: here.receiver.taken("chat"), "the first message on chat")
    await stage.until(lambda: manager.pings and here.receiver.of("beat"), "a ping and a beat")


async def _suffer(stage: Stage, here: World, service: Running, manager: Manager, page: int) -> None:
    stage.begin()
    before = len(here.receiver.taken("chat"))
    here.change("payments", actual_state="FAILED")
    here.change("orders", restart=True)
    for channel in ("audit", "other"):
        (said,) = await _take(stage, here, channel, "unwritable began", 1)
        stage.note_when(channel, said.at)
        if channel == "audit":
            stage.row.told.append(f"“{said.data['summary']}”")
    await stage.until(lambda: len(here.receiver.taken("chat")) > before, "a message on chat")
    await stage.until(
        lambda: manager.silent_for() > QUIET and _beats_silent_for(here) > QUIET,
        "watchdog and heartbeat fall silent",
    )
    stage.expect(await _status(page, "readyz") == 503, "readyz says that it is ready")
    polls = len(service.log("poll"))
    await service.polled_again(2)
    stage.expect(len(service.log("poll")) > polls, "it stopped polling")
    for channel in ("audit", "other"):
        kinds = [type_of(one) for one in here.receiver.taken(channel)]
        wanted = ["state-mismatch began", "unwritable began"]
        stage.expect(kinds == wanted, f"meanwhile {channel} heard {kinds}")
    stage.expect(len(here.receiver.taken("chat")) == before + 1, "chat heard it more than once")


async def _recover(stage: Stage, here: World, manager: Manager, page: int) -> None:
    """What changed meanwhile is found by comparing with what was saved last, and told once."""
    back = time.monotonic()
    for channel in ("audit", "other"):
        await _take(stage, here, channel, "unwritable recovered", 1)
        (down,) = await _take(stage, here, channel, "state-mismatch began", 2, skip=1)
        (restart,) = await _take(stage, here, channel, "restart began", 1)
        stage.expect(down.data["job"] == "payments", f"{channel} heard of {down.data['job']}")
        stage.expect(restart.data["job"] == "orders", f"{channel}: {restart.data['job']}")
        stage.note_over(channel, down.at - back)
    await stage.until(
        lambda: manager.since(back) and _beats_silent_for(here) < QUIET, "pings and beats again"
    )
    with anyio.move_on_after(STOPS_WITHIN):
        while await _status(page, "readyz") != 200:
            await anyio.sleep(0.1)
    stage.expect(await _status(page, "readyz") == 200, "readyz does not say that it is ready")
    for channel in ("audit", "other"):
        ids = [one.id for one in here.receiver.taken(channel)]
        stage.expect(len(ids) == len(set(ids)), f"{channel} heard something twice")


async def _take(
    stage: Stage, here: World, channel: str, what: str, number: int, skip: int = 0
) -> list[Taken]:
    def look() -> list[Taken]:
        found = [one for one in here.receiver.taken(channel) if type_of(one) == what]
        return found[skip:] if len(found) >= number else []

    return await stage.until(look, f"{number} × {what} on {channel}", within=40)


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
