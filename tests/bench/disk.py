"""A folder on a real disk for the stores, and what one durable write costs there."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Final

IN_MEMORY: Final = frozenset({"tmpfs", "ramfs", "devtmpfs"})
WRITES: Final = 100
PAGE: Final = b"x" * 4096


@contextmanager
def folder_on_disk() -> Iterator[Path]:
    """A new folder, deleted at the end, where fsync reaches a disk if any known place does."""
    candidates = (Path(tempfile.gettempdir()), Path("/var/tmp"), Path.cwd())
    place = next((path for path in candidates if filesystem_of(path) not in IN_MEMORY), None)
    with tempfile.TemporaryDirectory(prefix="watcher-bench-", dir=place) as folder:
        yield Path(folder)


def filesystem_of(path: Path) -> str:
    """The type of the filesystem that holds a path, as the kernel names it."""
    mounts = Path("/proc/mounts").read_text(encoding="utf-8").splitlines()
    wanted = str(path.resolve())
    best, kind = "", "unknown"
    for line in mounts:
        _, point, name, *_ = line.split(" ")
        inside = wanted == point or wanted.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(best):
            best, kind = point, name
    return kind


def seconds_of_fsync(folder: Path) -> float:
    """The median time to append a page of 4 KiB and see it on the disk."""
    took = []
    with (folder / "fsync").open("wb", buffering=0) as file:
        for _ in range(WRITES):
            began = time.perf_counter()
            file.write(PAGE)
            os.fdatasync(file.fileno())
            took.append(time.perf_counter() - began)
    return median(took)
