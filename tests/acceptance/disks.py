"""Real faults of a disk: one that is full, one that is read-only, one that fails to save.

Root may mount and trace; strace must be there.
"""

from __future__ import annotations

import signal
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

import anyio
from anyio.abc import Process

from tests.acceptance.process import Running
from tests.acceptance.waiting import eventually

BLOCK = b"x" * 4096


class Disk:
    """A small file system of its own, on which the store of a folder lies."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self._ballast = place / "ballast"

    def fill(self) -> None:
        """Leave not a single block free."""
        with self._ballast.open("wb", buffering=0) as ballast, suppress(OSError):
            while True:
                ballast.write(BLOCK)

    def make_room(self) -> None:
        self._ballast.unlink()

    def make_read_only(self) -> None:
        """Mount it anew; the system refuses that while a file is open for writing."""
        _run("mount", "-o", "remount,ro", str(self.place))


@contextmanager
def small_disk(folder: Path, size: str = "2m") -> Iterator[Disk]:
    """A disk on which the folder's `watcher.db` lies; it is gone after the block."""
    place = folder / "disk"
    place.mkdir()
    (folder / "watcher.db").symlink_to(place / "watcher.db")
    _run("mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place))
    try:
        yield Disk(place)
    finally:
        _run("umount", "--lazy", str(place))


@asynccontextmanager
async def injected(service: Running, calls: str, error: str) -> AsyncIterator[Process]:
    """Make these system calls of a running service fail; the block's end lets them be."""
    told = f"inject={calls}:error={error}"
    process = await anyio.open_process(
        ["strace", "-fqq", "-o/dev/null", "-e", f"trace={calls}", "-e", told, f"-p{service.pid}"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        await eventually(lambda: _is_traced(service.pid))
        yield process
    finally:
        with anyio.CancelScope(shield=True):
            # It has ended where the service has.
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGINT)
            await process.wait()


def _is_traced(pid: int) -> bool:
    """Whether every thread of the process is."""
    threads = Path(f"/proc/{pid}/task").glob("*/status")
    return all("TracerPid:\t0\n" not in status.read_text() for status in threads)


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=30)
