"""A store that cannot be written: said once everywhere, judged nowhere, and all told afterwards."""

from __future__ import annotations

import json
import socket
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest

from tests.acceptance.disks import injected, small_disk
from tests.acceptance.process import Running
from tests.acceptance.test_manager import manager, received
from tests.acceptance.waiting import eventually, eventually_so
from tests.acceptance.world import World, job_down, world

pytestmark = pytest.mark.slow

CHANNELS = {"audit": "webhook", "oncall": "dingtalk", "data": "slack"}
HEARTBEAT = """
[heartbeat]
url = "{url}/ping/outside"
interval = "1s"
"""
TWIN = """
[channels.twin]
kind = "dingtalk"
url = "{url}"
"""


@dataclass
class Watched:
    """A running service, and everything outside that listens to it."""

    here: World
    service: Running
    client: aiohttp.ClientSession
    listening: socket.socket
    heard: list[str] = field(default_factory=list)

    async def ready(self) -> tuple[int, str]:
        (listening,) = await self.service.logged("listening")
        url = f"http://127.0.0.1:{listening['port']}/readyz"
        async with self.client.get(url) as answer:
            return answer.status, " ".join(json.loads(await answer.text())["reasons"])

    async def is_ready(self) -> bool:
        return (await self.ready())[0] == 200

    def pings(self) -> int:
        received(self.listening, self.heard)
        return self.heard.count("WATCHDOG=1")

    def beats(self) -> int:
        return len(self.here.receiver.of("outside"))

    async def is_well(self) -> None:
        """Ready, and both the watchdog and the heartbeat are fed."""
        await eventually_so(self.is_ready)
        pings, beats = self.pings(), self.beats()
        await eventually(lambda: self.pings() > pings and self.beats() > beats)

    async def says_so_once(self, why: str) -> None:
        """One message on each robot, /readyz says why, nothing is fed, polls go on."""
        for channel in CHANNELS:
            await self.here.told(channel, 1)
        status, reasons = await self.ready()
        assert 503 == status
        assert why in reasons
        await self.service.logged("heartbeat_withheld")
        pings, beats = self.pings(), self.beats()
        await self.service.polled_again(6)
        assert (pings, beats) == (self.pings(), self.beats())
        for channel in CHANNELS:
            assert 1 == len(self.here.receiver.of(channel))
        (audit,) = self.here.receiver.of("audit")
        assert "unwritable.firing" == audit.json["type"]
        assert 1 == len(self.service.log("store_failed"))

    async def tells_what_lasts(self) -> None:
        """The end, and the job that is still down, on every channel, each once; all is booked."""
        await self.here.told("audit", 3)
        await self.is_well()
        await eventually(lambda: all(len(self.texts(c)) >= 3 for c in ("oncall", "data")))
        await self.service.polled_again(3)
        assert Counter(
            ["unwritable.firing", "unwritable.resolved", "state-mismatch.firing"]
        ) == Counter(one.json["type"] for one in self.here.receiver.of("audit"))
        for channel in ("oncall", "data"):
            texts = self.texts(channel)
            assert 3 == len(texts)
            assert [1, 1, 1] == [
                sum(words in text for text in texts)
                for words in ("cannot save anything", "watcher can save again", "payments")
            ]
        book = await self.here.settle(self.service)
        assert 6 == sum(account.delivered for account in book.accounts)

    def texts(self, channel: str) -> list[str]:
        return [one.text for one in self.here.receiver.taken(channel)]


@asynccontextmanager
async def watched(folder: Path) -> AsyncIterator[Watched]:
    """Two jobs, three robots behind four channels, a service manager and a heartbeat."""
    address = str(folder / "notify")
    env = {"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "600000", "RUNTIME_DIRECTORY": str(folder)}
    async with world(folder, "payments", "orders") as here:
        here.write(
            job_down(*CHANNELS),
            TWIN.format(url=here.receiver.address("oncall", "dingtalk")),
            HEARTBEAT.format(url=here.receiver.url),
            channels=CHANNELS,
            top='listen = "127.0.0.1:0"',
        )
        with manager(address) as listening:
            async with here.run(env=env) as service, aiohttp.ClientSession() as client:
                it = Watched(here, service, client, listening)
                await it.is_well()
                yield it


async def test_a_full_disk(tmp_path: Path) -> None:
    """While nothing fits, nothing is judged; what lasts is told once there is room."""
    with small_disk(tmp_path) as disk:
        async with watched(tmp_path) as it:
            disk.fill()
            it.here.change("payments", actual_state="FAILED")
            it.here.change("orders", actual_state="FAILED")
            await it.says_so_once("the disk is full")
            it.here.change("orders", actual_state="RUNNING")
            await it.service.polled_again()
            disk.make_room()
            await it.tells_what_lasts()


@pytest.mark.parametrize(
    "calls, error",
    [("pwrite64", "EROFS"), ("fdatasync,fsync", "EIO")],
    ids=["nothing may be written any more", "nothing is sure to be saved"],
)
async def test_a_disk_that_fails(tmp_path: Path, calls: str, error: str) -> None:
    """So it is with a file system that has become read-only, and with one that cannot save."""
    async with watched(tmp_path) as it:
        async with injected(it.service, calls, error):
            it.here.change("payments", actual_state="FAILED")
            await it.says_so_once("the disk fails")
        await it.tells_what_lasts()


async def test_killed_while_the_disk_fails(tmp_path: Path) -> None:
    """What could not be saved may be there after all; the next start tells what lasts."""
    async with watched(tmp_path) as it:
        async with injected(it.service, "fdatasync,fsync", "EIO"):
            it.here.change("payments", actual_state="FAILED")
            for channel in CHANNELS:
                await it.here.told(channel, 1)
            await it.service.kill()
        async with it.here.run(env={"RUNTIME_DIRECTORY": str(tmp_path)}) as again:
            for channel in CHANNELS:
                await it.here.told(channel, 3)
            await again.polled_again(3)
            await it.here.settle(again)
        told = [one.json["type"] for one in it.here.receiver.of("audit")]
        assert "unwritable.firing" == told[0]
        assert ["state-mismatch.firing", "unwritable.resolved"] == sorted(told[1:])


async def test_a_start_on_a_full_disk(tmp_path: Path) -> None:
    """It ends with 1 and says why; no channel hears of it, however often it is tried."""
    with small_disk(tmp_path) as disk:
        async with world(tmp_path, "payments") as here:
            here.write(job_down())
            async with here.run() as service:
                await service.logged("poll")
                await here.settle(service)
            disk.fill()
            here.change("payments", actual_state="FAILED")
            ended = [await here.call("run"), await here.call("run", "--once")]
            assert [1, 1] == [one.code for one in ended]
            assert all("the disk is full; make room" in one.err for one in ended)
            assert [] == here.receiver.requests
            disk.make_room()
            await here.call("run", "--once")
            await here.told("audit", 1)


async def test_a_start_on_a_read_only_disk(tmp_path: Path) -> None:
    """It ends with 1 and names the mount."""
    with small_disk(tmp_path) as disk:
        async with world(tmp_path, "payments") as here:
            here.write(job_down())
            async with here.run() as service:
                await service.logged("poll")
                await here.settle(service)
            disk.make_read_only()
            ended = await here.call("run")
            assert 1 == ended.code
            assert "read-only" in ended.err
            assert [] == here.receiver.requests
