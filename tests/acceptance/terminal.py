"""A real pseudo-terminal in front of a real process: what it shows, and typing into it."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import termios
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import anyio

from tests.acceptance.process import environment
from tests.acceptance.waiting import PATIENCE

# The child takes the terminal for its own, so that Ctrl-C reaches it as from a keyboard.
COMMAND = """
import fcntl, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from watcher.cli import main
main()
"""


@dataclass
class Terminal:
    """`shown` is all that the process wrote, echo included; `seen` is how far it was waited for."""

    process: subprocess.Popen[bytes]
    master: int
    shown: str = ""
    seen: int = 0

    async def wait_for(self, text: str) -> None:
        """Until that is shown, after what was waited for before."""
        with anyio.fail_after(PATIENCE):
            while text not in self.shown[self.seen :]:
                assert await self._read(), f"it ended without {text!r}:\n{self.shown}"
        self.seen = self.shown.index(text, self.seen) + len(text)

    async def answer(self, prompt: str, line: str) -> None:
        """Type a line once it is asked for."""
        await self.wait_for(prompt)
        await self.wait_for(": ")
        self.type(f"{line}\n")

    def type(self, text: str) -> None:
        os.write(self.master, text.encode())

    def echoes(self) -> bool:
        """Whether what is typed is shown."""
        return bool(termios.tcgetattr(self.master)[3] & termios.ECHO)

    async def ended(self) -> int:
        """Its exit code, with all that it showed."""
        with anyio.fail_after(PATIENCE):
            while await self._read():
                pass
            return await anyio.to_thread.run_sync(self.process.wait)

    async def _read(self) -> bool:
        await anyio.wait_readable(self.master)
        try:
            said = os.read(self.master, 65_536)
        except OSError:
            # So a terminal ends whose last process is gone.
            return False
        self.shown += said.decode()
        return bool(said)


@asynccontextmanager
async def terminal(
    *arguments: str, cwd: Path, env: Mapping[str, str] | None = None
) -> AsyncIterator[Terminal]:
    """The command on a terminal of its own; ended with the block."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", COMMAND, *arguments],
        cwd=cwd,
        env=environment(TERM="xterm", **(env or {})),
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
    )
    os.close(slave)
    try:
        yield Terminal(process, master)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        os.close(master)
