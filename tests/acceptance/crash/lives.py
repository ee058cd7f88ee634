"""The lives of the watcher in one world: how each begins, and at which moment it is killed."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import anyio
from anyio.abc import Process

from tests.acceptance.crash.changing import JOBS
from tests.acceptance.crash.counting import Counting
from tests.acceptance.process import COMMAND, Ended, call, environment
from tests.acceptance.waiting import eventually
from watcher.core.delivery import Disposition
from watcher.ports import StoreError
from watcher.simulator import Simulator
from watcher.store.open import open_reader

REACHES_WITHIN = 60.0
"""Seconds after which a named step counts as not reached."""
COMMAND_WITHIN = 120.0
"""Seconds that a command may take where many worlds end at once on a busy machine."""
KILLING = (sys.executable, "-m", "tests.acceptance.crash.killing")

FILE = """
store = "{folder}/watcher.db"
storm = 0

[accounts.main]
region = "cn-hangzhou"
access_key_id = "testAccessKeyId"
access_key_secret = "testAccessKeySecret"

[sources.prod]
kind = "foas"
account = "main"
endpoint = "{api}"
project = "test_project"
interval = "250ms"
jobs = [{{ type = "FLINK_STREAM", names = [{names}] }}]

[[rules]]
name = "job-down"
on = "state-mismatch"
severity = "{severity}"
for = "0s"
keep_firing_for = "0s"
notify = ["audit"]

[[rules]]
name = "cluster-down"
on = "state-mismatch"
severity = "{severity}"
for = "0s"
keep_firing_for = "0s"
match = {{ job = "slow_*" }}
notify = ["oncall"]

[[rules]]
name = "news"
on = ["new-error", "state-change", "restart"]
severity = "warning"
repeat_after = "0s"
notify = ["audit"]

[[rules]]
name = "none"
on = ["flapping", "redeployment"]
notify = []

[channels.audit]
kind = "webhook"
url = "{receiver}/hooks/audit?life=${{LIFE}}"
timeout = "3s"

[channels.oncall]
kind = "dingtalk"
url = "{receiver}/robot/send?access_token=oncall&life=${{LIFE}}"
timeout = "3s"
"""


class End(NamedTuple):
    """How a life is to end: at a step's `number`-th time, or without one at a random moment."""

    step: str | None = None
    number: int = 1


PLAIN = End()


@dataclass
class World:
    """What a run steers, and what it notes for the judge."""

    folder: Path
    api: str
    simulator: Simulator
    receivers: Counting
    chance: random.Random
    life: int = 0
    leased: dict[int, frozenset[str]] = field(default_factory=dict)
    troubles: list[str] = field(default_factory=list)
    books: list[str] = field(default_factory=list)

    @property
    def file(self) -> Path:
        return self.folder / "rules.toml"

    @property
    def store(self) -> Path:
        return self.folder / "watcher.db"

    def write(self) -> None:
        """Write the file, with a severity that differs from time to time, for reloads."""
        text = FILE.format(
            folder=self.folder,
            api=self.api,
            receiver=self.receivers.url,
            names=", ".join(f'"{name}"' for name in JOBS),
            severity=self.chance.choice(["critical", "error"]),
        )
        fresh = self.file.with_suffix(".new")
        fresh.write_text(text, encoding="utf-8")
        fresh.rename(self.file)

    def log_of(self, life: int) -> list[dict[str, object]]:
        """The whole lines of one process's log."""
        text = (self.folder / f"{life}.log").read_text(encoding="utf-8")
        lines = text.splitlines(keepends=True)
        return [json.loads(line) for line in lines if line.startswith("{") and line[-1] == "\n"]

    def logged(self, event: str) -> int:
        """How often the present process has logged an event."""
        return sum(line["event"] == event for line in self.log_of(self.life))

    def note_end(self, process: Process) -> None:
        """Note that the present process ended otherwise than it should, and its last words."""
        words = (self.folder / f"{self.life}.log").read_text(encoding="utf-8")[-600:]
        self.troubles.append(f"life {self.life} ended with {process.returncode}: {words}")

    async def call(self, command: str, *arguments: str) -> Ended:
        """Another command with the file, to its end."""
        asked = (command, *arguments, "--config", str(self.file))
        return await call(*asked, cwd=self.folder, env={"LIFE": "0"}, within=COMMAND_WITHIN)

    async def saved_attempts(self) -> dict[str, int]:
        """How many attempts of each delivery the store knows to have begun."""
        reader = await open_reader(self.store)
        try:
            rows = await reader.deliveries(limit=1_000_000)
        finally:
            await reader.close()
        return {row.id: row.last.number for row in rows if row.last is not None}

    async def note_death(self) -> None:
        """Note what the process that has just died leaves: unsettled sends, and its books."""
        self.leased[self.life] = frozenset()
        try:
            reader = await open_reader(self.store)
        except StoreError:
            # Killed before or while the file was made or migrated: it had sent nothing.
            return
        try:
            found = await reader.deliveries(limit=1000, disposition=Disposition.LEASED)
            books = [await reader.ledger(), await reader.ledger(_some_seconds_ago())]
        finally:
            await reader.close()
        self.leased[self.life] = frozenset(row.id for row in found)
        self.books += [f"after life {self.life}: {book}" for book in books if not book.balances]


def _some_seconds_ago() -> datetime:
    return datetime.now(UTC) - timedelta(seconds=5)


@asynccontextmanager
async def living(here: World, end: End = PLAIN) -> AsyncIterator[Process]:
    """The next process; it is killed when the block ends, if it still runs."""
    here.life += 1
    command = [*KILLING, end.step, str(end.number)] if end.step else [*COMMAND]
    with (here.folder / f"{here.life}.log").open("wb") as log:
        process = await anyio.open_process(
            [*command, "run", "--config", str(here.file), "--log-level", "debug"],
            cwd=here.folder,
            env=environment(LIFE=str(here.life)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=log,
        )
    try:
        yield process
    finally:
        with anyio.CancelScope(shield=True):
            if process.returncode is None:
                process.kill()
            await process.wait()


async def end_at_step(here: World, process: Process, end: End) -> None:
    """Wait until the process has killed itself; reload it meanwhile where that is the step."""
    with anyio.move_on_after(REACHES_WITHIN) as waited:
        async with anyio.create_task_group() as group:
            if str(end.step).startswith("reload"):
                group.start_soon(_reload_again_and_again, here, process)
            await process.wait()
            group.cancel_scope.cancel()
    if waited.cancelled_caught:
        here.troubles.append(f"life {here.life}: step {end.step} × {end.number} was not reached")
    elif process.returncode != -signal.SIGKILL:
        here.note_end(process)


async def _reload_again_and_again(here: World, process: Process) -> None:
    await eventually(lambda: here.logged("started"), within=REACHES_WITHIN)
    while True:
        await anyio.sleep(here.chance.uniform(0.1, 0.6))
        _reload(here, process)


def _reload(here: World, process: Process) -> None:
    here.write()
    with suppress(ProcessLookupError):
        process.send_signal(signal.SIGHUP)


async def end_at_random(here: World, process: Process) -> None:
    """Wait for a while, or for a message and then some ms, before the block's end kills it."""
    wait = here.chance.choice(MOMENTS)
    with anyio.move_on_after(REACHES_WITHIN):
        await wait(here, process)
    if process.returncode not in (None, 0):
        here.note_end(process)


async def _during_start(here: World, _: Process) -> None:
    await anyio.sleep(here.chance.uniform(0.0, 0.8))


async def _at_work(here: World, _: Process) -> None:
    await anyio.sleep(0.5 + min(here.chance.expovariate(1.2), 4.0))


async def _at_a_message(here: World, _: Process) -> None:
    for _number in range(here.chance.randint(1, 12)):
        await here.receivers.got.wait()
    await anyio.sleep(here.chance.choice([0.0, here.chance.uniform(0.0, 0.03)]))


async def _at_a_reload(here: World, process: Process) -> None:
    await eventually(lambda: here.logged("started"), within=REACHES_WITHIN)
    _reload(here, process)
    await anyio.sleep(here.chance.uniform(0.0, 0.1))


async def _while_it_stops(here: World, process: Process) -> None:
    await eventually(lambda: here.logged("started"), within=REACHES_WITHIN)
    await _at_a_message(here, process)
    with suppress(ProcessLookupError):
        process.terminate()
    await anyio.sleep(here.chance.uniform(0.0, 0.1))


MOMENTS = (
    *(_during_start, _at_work, _at_work, _at_a_message, _at_a_message),
    *(_at_a_reload, _while_it_stops),
)
"""What is waited for before a kill at random, each as likely as it stands here."""
