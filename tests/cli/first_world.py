"""A simulated FOAS and receivers for `watcher init`, which runs in a thread beside them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import anyio.to_thread
from click.testing import CliRunner, Result

from tests.acceptance.receiver import Receiver, receiving
from watcher.cli.root import cli
from watcher.simulator import Simulator, load_scenario

CLEAN: Mapping[str, str | None] = {
    "WATCHER_CONFIG": None,
    "STATE_DIRECTORY": None,
    "ALIBABA_CLOUD_ACCESS_KEY_ID": None,
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": None,
}
KEYS = ("--access-key-id", "testAccessKeyId", "--access-key-secret", "testAccessKeySecret")


@dataclass
class FirstWorld:
    folder: Path
    url: str
    simulator: Simulator
    receiver: Receiver

    @property
    def file(self) -> Path:
        return self.folder / "rules.toml"

    @property
    def files(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir())

    async def init(
        self, *arguments: str, say: str | None = None, env: Mapping[str, str] | None = None
    ) -> Result:
        """Run it; with `say` it asks, and these lines are answered."""
        asked = [] if say is None else ["--ask"]
        words = ["init", "--config", str(self.file), "--endpoint", self.url, *asked, *arguments]
        invoke = partial(CliRunner().invoke, cli, words, input=say, env={**CLEAN, **(env or {})})
        return await anyio.to_thread.run_sync(invoke)

    async def flagged(self, *arguments: str) -> Result:
        """With flags that are right, and more."""
        return await self.init("--project", "test_project", *KEYS, *arguments)


@asynccontextmanager
async def first_world(folder: Path) -> AsyncIterator[FirstWorld]:
    simulator = Simulator(load_scenario())
    async with simulator.serve() as url, receiving() as receiver:
        yield FirstWorld(folder, url, simulator, receiver)
