"""Starts the processes that take part, tells what they cost, and ends them by their pids."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from select import select
from typing import IO, Final

import anyio

from tests.bench.figure import BenchError

ROOT: Final = Path(__file__).parents[2]
WATCHER: Final = ("-c", "from watcher.cli import main; main()")
"""What the installed `watcher` runs; so the tree is measured, installed or not."""

PROFILED: Final = """\
import cProfile, time
from watcher.cli import main
profile = cProfile.Profile(time.thread_time)
try:
    profile.runcall(main)
finally:
    profile.dump_stats({file!r})
"""
"""The same, with the main thread's CPU by function written to a file at the end."""

READY_WITHIN: Final = 20.0
END_WITHIN: Final = 10.0
TICKS: Final = os.sysconf("SC_CLK_TCK")


class Child:
    """A process that was started here."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path | None = None) -> None:
        self._process = process
        self._log = log

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def log(self) -> str:
        """What it has logged so far."""
        return self._log.read_text(encoding="utf-8") if self._log else ""

    def cpu_seconds(self) -> float:
        """User and system time of all its threads so far, to 10 ms."""
        text = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii", errors="replace")
        fields = text.rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def resident(self, field: str = "VmRSS") -> int:
        """Bytes of memory now (`VmRSS`), or at most so far (`VmHWM`)."""
        lines = Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8").splitlines()
        line = next(line for line in lines if line.startswith(f"{field}:"))
        return int(line.split()[1]) * 1024

    def require_alive(self) -> None:
        """Raise `BenchError` with the end of its log where it has ended."""
        if self._process.poll() is not None:
            code = self._process.returncode
            raise BenchError(f"process {self.pid} ended with {code}: {self.log[-600:]}")

    def read_line(self) -> str:
        """The next line that it prints, within `READY_WITHIN` seconds."""
        out = self._process.stdout
        if out is None or not select([out], [], [], READY_WITHIN)[0]:
            raise BenchError("a process did not say in time that it is ready")
        return out.readline().decode().strip()

    def stop(self) -> None:
        """SIGTERM, and SIGKILL where that does not end it."""
        self._process.terminate()
        try:
            self._process.wait(END_WITHIN)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(END_WITHIN)
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()


@contextmanager
def helper(module: str, *args: str) -> Iterator[tuple[Child, str]]:
    """A module of the bench in a process of its own, and the line that it prints when ready.

    It ends by itself when its standard input closes, so that none outlives the bench.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", module, *args],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    child = Child(process)
    try:
        yield child, child.read_line()
    finally:
        child.stop()


@contextmanager
def watcher_run(config: Path, profile: Path | None = None) -> Iterator[Child]:
    """The real `watcher run`; its log goes to a file beside the configuration.

    With `profile` it is slower, and leaves there what `pstats` reads.
    """
    log = config.with_suffix(".log")
    with log.open("wb") as stream:
        child = Child(start_watcher(config, stream, profile), log)
    try:
        yield child
    finally:
        child.stop()


def start_watcher(
    config: Path, log: IO[bytes], profile: Path | None = None
) -> subprocess.Popen[bytes]:
    """Start `watcher run` and do not wait for anything."""
    program = WATCHER if profile is None else ("-c", PROFILED.format(file=str(profile)))
    return subprocess.Popen(
        [sys.executable, *program, "run", "--config", str(config), "--log-level", "debug"],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=log,
    )


async def polls_logged(child: Child, times: int, *, within: float) -> None:
    """Wait until the watcher's log tells of so many polls."""
    with anyio.fail_after(within):
        while child.log.count('"event": "poll"') < times:
            child.require_alive()
            await anyio.sleep(0.05)


def run_python(args: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run a short Python process to its end."""
    return subprocess.run(
        [sys.executable, *args],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        timeout=50,
    )


def run_watcher(*args: str) -> subprocess.CompletedProcess[str]:
    """Run a `watcher` command to its end."""
    return run_python([*WATCHER, *args])


def seconds_of(args: Sequence[str]) -> float:
    """Wall time from the start of a Python process to its end."""
    began = time.perf_counter()
    done = run_python(args)
    took = time.perf_counter() - began
    if done.returncode:
        raise BenchError(f"{args} failed: {done.stderr[-300:]}")
    return took
