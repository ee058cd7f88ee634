"""`watcher` as a real process: started, signalled and always ended by its pid."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
from anyio.abc import Process

from tests.acceptance.waiting import PATIENCE, eventually
from tests.tree import ROOT

STOPS_WITHIN = 20.0
"""Twice what the service promises, and well below what a hanging receiver may take."""
COMMAND = (sys.executable, "-m", "watcher")


def environment(**more: str) -> dict[str, str]:
    """The test's own environment, with the tree on the path and nothing of a proxy or systemd."""
    drop = (
        *("NOTIFY_SOCKET", "WATCHER_CONFIG", "STATE_DIRECTORY", "RUNTIME_DIRECTORY"),
        "CREDENTIALS_DIRECTORY",
    )
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in drop and not name.lower().endswith("_proxy")
    }
    return {**kept, "PYTHONPATH": str(ROOT), **more}


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


async def call(
    *arguments: str, cwd: Path, env: Mapping[str, str] | None = None, within: float = PATIENCE
) -> Ended:
    """Run a command to its end."""
    with anyio.fail_after(within):
        done = await anyio.run_process(
            [*COMMAND, *arguments],
            cwd=cwd,
            env=environment(**(env or {})),
            stdin=subprocess.DEVNULL,
            check=False,
        )
    return Ended(done.returncode, done.stdout.decode(), done.stderr.decode())


@dataclass
class Running:
    """A command that goes on, with its output in files."""

    process: Process
    out_file: Path
    err_file: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def out(self) -> str:
        return self.out_file.read_text(encoding="utf-8")

    @property
    def err(self) -> str:
        return self.err_file.read_text(encoding="utf-8")

    def log(self, event: str) -> list[dict[str, Any]]:
        """The log's lines of one event, so far."""
        lines = (line for line in self.err.splitlines(keepends=True) if line.endswith("\n"))
        found = (json.loads(line) for line in lines if line.startswith("{"))
        return [line for line in found if line["event"] == event]

    async def logged(self, event: str, number: int = 1) -> list[dict[str, Any]]:
        """The log's lines of one event, once there are so many."""
        found = await eventually(
            lambda: len(lines) >= number and lines if (lines := self.log(event)) else None,
            shown=lambda: f"no {number} × {event} in\n{self.err[-4000:]}",
        )
        assert found
        return found

    async def decided(self, number: int) -> None:
        """Wait until polls have led to so many notifications."""
        await eventually(
            lambda: sum(poll["notifications"] for poll in self.log("poll")) >= number,
            shown=lambda: self.err[-4000:],
        )

    async def polled_again(self, times: int = 2) -> None:
        """Wait until so many more polls are over: the first of them may have begun before."""
        await self.logged("poll", len(self.log("poll")) + times)

    async def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    async def ended(self, within: float = PATIENCE) -> int:
        """Its exit code, once it has ended by itself."""
        with anyio.fail_after(within):
            return await self.process.wait()

    async def terminate(self) -> int:
        """End it as an operator does; its exit code."""
        self.process.terminate()
        return await self.ended(STOPS_WITHIN)

    async def kill(self) -> None:
        """End it as an out-of-memory killer does."""
        self.process.kill()
        await self.ended()


@asynccontextmanager
async def running(
    *arguments: str,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    command: Sequence[str] = COMMAND,
) -> AsyncIterator[Running]:
    """A command that runs while the block does; ended with it if it has not ended before."""
    number = len(list(cwd.glob("*.stderr")))
    out_file, err_file = cwd / f"{number}.stdout", cwd / f"{number}.stderr"
    with out_file.open("wb") as out, err_file.open("wb") as err:
        process = await anyio.open_process(
            [*command, *arguments],
            cwd=cwd,
            env=environment(**(env or {})),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
        )
    try:
        yield Running(process, out_file, err_file)
    finally:
        with anyio.CancelScope(shield=True):
            if process.returncode is None:
                process.kill()
            await process.wait()
