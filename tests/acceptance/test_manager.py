"""What systemd, a probe and Prometheus see of the running service."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import aiohttp

from tests.acceptance.waiting import eventually, eventually_so
from tests.acceptance.world import HUP, job_down, world
from watcher.simulator import Fault, FaultKind

LINE = "STATUS=1 job, 0 firing, 0 waiting"
STATES = ("READY=1", "RELOADING=1", "STOPPING=1")


@contextmanager
def manager(address: str) -> Iterator[socket.socket]:
    """systemd's end of the notify protocol: a datagram socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(address)
        listening.setblocking(False)
        yield listening


def received(listening: socket.socket, heard: list[str]) -> list[str]:
    """Every message so far, as it was sent."""
    while True:
        try:
            heard.append(listening.recv(4096).decode())
        except BlockingIOError:
            return heard


async def test_the_notify_protocol_is_spoken(tmp_path: Path) -> None:
    """READY with a STATUS, watchdog pings, RELOADING and READY again, STOPPING."""
    address = str(tmp_path / "notify")
    env = {"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "600000"}
    async with world(tmp_path, "payments") as here:
        here.write(job_down())
        with manager(address) as listening:
            heard: list[str] = []
            async with here.run(env=env) as service:
                await eventually(lambda: received(listening, heard))
                unseen = "STATUS=source prod: no good answer yet; 1 job, 0 firing, 0 waiting"
                assert ["READY=1", unseen] == heard[0].split("\n")
                await eventually(lambda: LINE in received(listening, heard))
                await eventually(lambda: received(listening, heard).count("WATCHDOG=1") > 1)
                await service.send(HUP)
                await service.logged("reloaded")
                await here.settle(service)
            said = [one for one in received(listening, heard) if one.startswith(STATES)]
        assert 3 == len(said[1:])
        assert said[1].startswith("RELOADING=1\nMONOTONIC_USEC=")
        assert said[2].startswith("READY=1\nSTATUS=")
        assert said[3].startswith("STOPPING=1\nSTATUS=stopping")
        assert said[3] == heard[-1]


async def test_the_pages_answer_while_it_runs(tmp_path: Path) -> None:
    """/healthz and /readyz say how it is, in trouble why; /metrics counts polls and deliveries."""
    async with world(tmp_path, "payments") as here, aiohttp.ClientSession() as client:
        here.write(job_down(), top='listen = "127.0.0.1:0"')
        async with here.run() as service:
            (listening,) = await service.logged("listening")
            base = f"http://127.0.0.1:{listening['port']}"

            async def page(path: str) -> tuple[int, str]:
                async with client.get(base + path) as answer:
                    return answer.status, await answer.text()

            async def ready() -> bool:
                return (await page("/readyz"))[0] == 200

            async def not_ready() -> str:
                status, text = await page("/readyz")
                return text if status == 503 and "permission" in text else ""

            await eventually_so(ready)
            assert (200, {"status": "ok", "reasons": []}) == _told(await page("/healthz"))
            here.change("payments", actual_state="FAILED")
            await here.told("audit", 1)
            await service.logged("attempt")
            _, numbers = await page("/metrics")
            here.simulator.add_fault(Fault(FaultKind.FORBIDDEN))
            why = await eventually_so(not_ready)
            await here.settle(service, waiting=None)
        assert "source prod: permission" in why
        assert 'watcher_attempts_total{channel="audit",outcome="delivered"} 1.0' in numbers
        assert 'watcher_events_total{kind="state-mismatch"} 1.0' in numbers
        assert 'watcher_jobs{source="prod"} 1.0' in numbers


def _told(page: tuple[int, str]) -> tuple[int, object]:
    return page[0], json.loads(page[1])
