"""The world that a `watcher run` lives in: a simulated FOAS, receivers, a folder with its file."""

from __future__ import annotations

import signal
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio

from tests.acceptance.process import COMMAND, Ended, Running, call, running
from tests.acceptance.receiver import Receiver, Taken, receiving
from tests.acceptance.waiting import eventually
from watcher.core.event import Event
from watcher.simulator import JobChange, Simulator
from watcher.store.ledger import Ledger
from watcher.store.open import open_reader
from watcher.store.queries import Shipment

PROJECT = "test_project"
QUICK = 'for = "0s"\nkeep_firing_for = "0s"'
"""Told at the first reading that shows it, and ended at the first that does not."""

FILE = """
store = "{store}"
{top}

[accounts.main]
region = "cn-hangzhou"
access_key_id = "testAccessKeyId"
access_key_secret = "testAccessKeySecret"

[sources.prod]
kind = "foas"
account = "main"
endpoint = "{api}"
project = "test_project"
interval = "{interval}"
jobs = [{{ type = "FLINK_STREAM", names = [{names}] }}]
{rest}
"""


def rule(on: str, *notify: str, severity: str = "critical", more: str = "") -> str:
    """A rule of the file, named after the kind that it is for; by default it tells `audit`."""
    channels = ", ".join(f'"{name}"' for name in notify or ("audit",))
    return (
        f'[[rules]]\nname = "{on}"\non = "{on}"\nseverity = "{severity}"\n'
        f"notify = [{channels}]\n{more}\n"
    )


def job_down(*notify: str, more: str = QUICK) -> str:
    """The rule that most tests have: a job is not what it was told to be."""
    return rule("state-mismatch", *notify, more=more)


@dataclass
class World:
    """What a test steers and looks at."""

    folder: Path
    api: str
    simulator: Simulator
    receiver: Receiver
    names: tuple[str, ...]

    @property
    def file(self) -> Path:
        return self.folder / "rules.toml"

    @property
    def store(self) -> Path:
        return self.folder / "watcher.db"

    def write(
        self,
        *parts: str,
        channels: Mapping[str, str] | None = None,
        top: str = "",
        more: Mapping[str, str] | None = None,
        interval: str = "300ms",
    ) -> None:
        """Write the file: rules and whatever else, channels by name and kind, `more` keys each.

        Where a test rests on a single reading, `interval` is longer: it bounds the reading's time.
        """
        wanted = {"audit": "webhook"} if channels is None else channels
        tables = [
            self.channel(name, kind, (more or {}).get(name, "")) for name, kind in wanted.items()
        ]
        text = FILE.format(
            store=self.store,
            top=top,
            api=self.api,
            interval=interval,
            names=", ".join(f'"{name}"' for name in self.names),
            rest="\n".join([*parts, *tables]),
        )
        self.file.write_text(text, encoding="utf-8")

    def channel(self, name: str, kind: str, more: str = "") -> str:
        """The table of a channel whose receiver is this world's."""
        url = self.receiver.address(name, kind)
        return f'[channels.{name}]\nkind = "{kind}"\nurl = "{url}"\n{more}\n'

    def run(
        self,
        *arguments: str,
        env: Mapping[str, str] | None = None,
        command: Sequence[str] = COMMAND,
    ) -> AbstractAsyncContextManager[Running]:
        """`watcher run` with the file; `command` is how `watcher` is started.

        Its log has each poll, by which tests know how far it is.
        """
        given = ("run", "--config", str(self.file), "--log-level", "debug", *arguments)
        return running(*given, cwd=self.folder, env=env, command=command)

    async def call(self, command: str, *arguments: str) -> Ended:
        """Another command with the file, to its end."""
        return await call(command, "--config", str(self.file), *arguments, cwd=self.folder)

    async def call_all(self, *commands: str) -> list[Ended]:
        """Several commands with the file, side by side; how each ended."""
        ended: dict[str, Ended] = {}

        async def one(command: str) -> None:
            ended[command] = await self.call(*command.split())

        async with anyio.create_task_group() as group:
            for command in commands:
                group.start_soon(one, command)
        return [ended[command] for command in commands]

    def change(self, job: str, *, restart: bool = False, **fields: Any) -> None:
        """Change a job of the simulated project now."""
        self.simulator.change_job(PROJECT, job, JobChange(fields, restart=restart))

    async def told(self, channel: str, number: int) -> list[Taken]:
        """What a channel took, once it is so much."""
        return await eventually(
            lambda: found if len(found := self.receiver.taken(channel)) >= number else [],
            shown=lambda: (
                f"{channel} took {[one.body for one in self.receiver.taken(channel)]}\n"
                + "\n".join(f.read_text()[-3000:] for f in sorted(self.folder.glob("*.stderr")))
            ),
        )

    async def ledger(self) -> Ledger:
        """The account of every notification and event."""
        reader = await open_reader(self.store)
        try:
            return await reader.ledger()
        finally:
            await reader.close()

    async def deliveries(self) -> list[Shipment]:
        """The outbox, oldest first."""
        reader = await open_reader(self.store)
        try:
            return list(await reader.deliveries(limit=10_000))
        finally:
            await reader.close()

    async def events(self) -> list[Event]:
        """What happened, oldest first."""
        reader = await open_reader(self.store)
        try:
            return list(await reader.events(limit=10_000))
        finally:
            await reader.close()

    async def settle(self, service: Running, *, waiting: int | None = 0) -> Ledger:
        """End the service as an operator does; the books must balance.

        `waiting` is how many notifications still wait for their receivers (`None`: any number).
        """
        assert 0 == await service.terminate()
        book = await self.ledger()
        assert book.balances, book
        assert waiting in (None, sum(account.waiting for account in book.accounts))
        return book


@asynccontextmanager
async def world(
    folder: Path, *names: str, now: Callable[[], float] = time.time
) -> AsyncIterator[World]:
    """A project whose stream jobs all run as they should, and receivers that take everything.

    `now` is the time of the API's server.
    """
    simulator = Simulator(now=now)
    for name in names:
        simulator.add_job(PROJECT, name)
    async with simulator.serve() as api, receiving() as receiver:
        yield World(folder, api, simulator, receiver, names)


HUP = signal.SIGHUP
