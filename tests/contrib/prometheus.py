"""A real Prometheus on loopback, in a folder of its own, and what is asked of its HTTP API."""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import anyio

from tests.acceptance.process import environment
from tests.acceptance.waiting import eventually, eventually_so
from tests.parts import need

STOPS_WITHIN = 20.0
CONFIG = """
global: {{ scrape_interval: 1s, evaluation_interval: 1s }}
rule_files: ["{rules}"]
scrape_configs:
  - job_name: watcher
    static_configs: [{{ targets: ["{target}"] }}]
"""
READY = "Server is ready to receive web requests"
_LISTENS = re.compile(r'msg="Listening on" address=(\S+)')


@dataclass
class Prometheus:
    """What tests ask."""

    client: aiohttp.ClientSession

    async def get(self, path: str, **parameters: str) -> Any:
        """What the API says, whatever it is."""
        async with self.client.get(f"/api/v1/{path}", params=parameters) as answer:
            return await answer.json()

    async def result(self, query: str) -> list[Any]:
        """A query's result; fails where Prometheus does not take it."""
        answer = await self.get("query", query=query)
        assert "success" == answer["status"], f"{query}\n{answer}"
        found = answer["data"]["result"]
        assert isinstance(found, list)
        return found

    async def scrapes(self) -> float:
        """How often the target has been scraped well."""
        found = await self.result('sum_over_time(up{job="watcher"}[5m])')
        return float(found[0]["value"][1]) if found else 0.0

    async def scraped_again(self, times: int = 2) -> None:
        """Wait until it has been so often more: the first of them may have begun before."""
        before = await self.scrapes()

        async def is_scraped() -> bool:
            return await self.scrapes() >= before + times

        await eventually_so(is_scraped)


@asynccontextmanager
async def prometheus(folder: Path, target: str, rules: Path) -> AsyncIterator[Prometheus]:
    """A Prometheus that scrapes `target` once a second and goes by a file of rules."""
    program = need("prometheus", "prometheus")
    config, said = folder / "prometheus.yml", folder / "prometheus.stderr"
    config.write_text(CONFIG.format(rules=rules, target=target), encoding="utf-8")
    with said.open("wb") as err:
        process = await anyio.open_process(
            [
                program,
                f"--config.file={config}",
                f"--storage.tsdb.path={folder / 'prometheus'}",
                "--web.listen-address=127.0.0.1:0",
            ],
            cwd=folder,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=err,
        )
    try:
        found = await eventually(lambda: _LISTENS.search(said.read_text()), shown=said.read_text)
        assert found is not None
        await eventually(lambda: READY in said.read_text(), shown=said.read_text)
        async with aiohttp.ClientSession(f"http://{found[1]}") as client:
            yield Prometheus(client)
    finally:
        with anyio.CancelScope(shield=True):
            process.send_signal(signal.SIGTERM)
            with anyio.move_on_after(STOPS_WITHIN):
                await process.wait()
            if process.returncode is None:
                process.kill()
            await process.aclose()
