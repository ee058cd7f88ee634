"""Time under control: the process's wall clock stepped, or all its time sped up."""

from __future__ import annotations

import time
from pathlib import Path

LIBRARY = "faketime/libfaketime.so.1"
FOLDERS = Path("/usr/lib").glob


def library() -> str:
    """Where Debian puts it, on any kind of processor; `FileNotFoundError` where it is not."""
    for folder in FOLDERS("*/" + LIBRARY):
        return str(folder)
    raise FileNotFoundError(f"{LIBRARY} is not below /usr/lib; install faketime")


class SteppedClock:
    """A process's wall clock that is set anew while it runs; its monotonic clock is not touched."""

    def __init__(self, folder: Path) -> None:
        self.seconds = 0
        self._file = folder / "faketime"
        self.step(0)

    @property
    def env(self) -> dict[str, str]:
        """What the process needs in its environment."""
        return {
            "LD_PRELOAD": library(),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
        }

    def now(self) -> float:
        """What its wall shows, in seconds since 1970."""
        return time.time() + self.seconds

    def step(self, seconds: int) -> None:
        """Set the wall so many seconds off the machine's."""
        # Written beside and moved, so that nobody reads half of it; with a line end, without
        # which the library misreads it.
        beside = self._file.with_suffix(".new")
        beside.write_text(f"{seconds:+d}\n", encoding="ascii")
        beside.replace(self._file)
        self.seconds = seconds


class QuickClock:
    """Time that passes `factor` times as fast for the process, monotonic time too."""

    def __init__(self, factor: int) -> None:
        self.factor = factor
        self._began = time.time()

    @property
    def env(self) -> dict[str, str]:
        """What the process needs in its environment."""
        return {
            "LD_PRELOAD": library(),
            "FAKETIME": f"+0 x{self.factor}",
            "NO_FAKE_STAT": "1",
        }

    def now(self) -> float:
        """What its wall shows, to some seconds of its time: it began when this was made."""
        return self._began + (time.time() - self._began) * self.factor
