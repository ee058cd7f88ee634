"""The same burst through Alertmanager, where one is on PATH: 5,000 groups, kept in memory."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import aiohttp
import anyio
import msgspec

from tests.bench.burst import FAR_END, Told
from tests.bench.disk import folder_on_disk
from tests.bench.figure import BenchError, Figure, mib
from tests.bench.processes import Child, helper

PROGRAM: Final = "prometheus-alertmanager"
ALERTS: Final = 5_000
A_POST: Final = 100
POSTS_AT_ONCE: Final = 4
WITHIN: Final = 25.0

CONFIG: Final = """\
route:
  receiver: bench
  group_by: ["..."]
  group_wait: 0s
receivers:
  - name: bench
    webhook_configs:
      - url: {sink}
"""


async def measure() -> list[Figure]:
    """The row of the table; it says so where there is no Alertmanager."""
    program = shutil.which(PROGRAM)
    if program is None:
        how = f"skipped: no {PROGRAM} on PATH"
        return [Figure("Alertmanager: 5,000 groups", "–", how)]
    with folder_on_disk() as folder, helper(FAR_END, "receiver") as (_, sink):
        async with aiohttp.ClientSession() as session:
            with _running(program, folder, sink) as (child, url):
                await _ready(session, url, child)
                began = time.time()
                with anyio.fail_after(WITHIN):
                    await _post_all(session, url)
                    told = await _all_received(session, sink, child)
                peak = child.resident("VmHWM")
    took = told.last_at - began
    return [
        Figure(
            "Alertmanager: 5,000 groups",
            f"{took:.2f} s, {ALERTS / took:,.0f} a second, {mib(peak)} RSS at most",
            f"first POST to last webhook received; group_by ['...'], group_wait 0s, {A_POST} alerts"
            f" a POST, {POSTS_AT_ONCE} at once; nothing is saved",
        )
    ]


@contextmanager
def _running(program: str, folder: Path, sink: str) -> Iterator[tuple[Child, str]]:
    config, log = folder / "am.yml", folder / "am.log"
    config.write_text(CONFIG.format(sink=sink), encoding="utf-8")
    port = _free_port()
    command = [
        program,
        f"--config.file={config}",
        f"--storage.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        # Empty: it would gossip on all addresses.
        "--cluster.listen-address=",
    ]
    with log.open("wb") as stream:
        child = Child(subprocess.Popen(command, stdout=stream, stderr=stream), log)
    try:
        yield child, f"http://127.0.0.1:{port}"
    finally:
        child.stop()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


async def _ready(session: aiohttp.ClientSession, url: str, child: Child) -> None:
    with anyio.fail_after(WITHIN):
        while True:
            child.require_alive()
            try:
                async with session.get(f"{url}/-/ready") as response:
                    if response.status == 200:
                        return
            except aiohttp.ClientConnectionError:
                pass
            await anyio.sleep(0.02)


async def _post_all(session: aiohttp.ClientSession, url: str) -> None:
    firsts = iter(range(0, ALERTS, A_POST))

    async def post() -> None:
        for first in firsts:
            alerts = [
                {"labels": {"alertname": "job-down", "job": f"job_{number}"}}
                for number in range(first, first + A_POST)
            ]
            async with session.post(f"{url}/api/v2/alerts", json=alerts) as response:
                if response.status != 200:
                    raise BenchError(f"Alertmanager refused: {await response.text()}")

    async with anyio.create_task_group() as group:
        for _ in range(POSTS_AT_ONCE):
            group.start_soon(post)


async def _all_received(session: aiohttp.ClientSession, sink: str, child: Child) -> Told:
    while True:
        child.require_alive()
        async with session.get(sink) as response:
            told = msgspec.json.decode(await response.read(), type=Told)
        if told.received >= ALERTS:
            return told
        await anyio.sleep(0.05)
