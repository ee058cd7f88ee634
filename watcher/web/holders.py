"""Finds who holds a port, for the words of an error: as far as this user may see."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

LISTENING: Final = "0A"
"""The state of a listening socket in /proc/net/tcp."""

TABLES: Final = ("net/tcp", "net/tcp6")
_STATE, _LOCAL, _INODE = 3, 1, 9


def holder_of(port: int, proc: Path = Path("/proc")) -> str:
    """Who listens on the port, or how to find out."""
    inodes = {f"socket:[{inode}]" for inode in _inodes(port, proc)}
    found = next(_processes(inodes, proc), None) if inodes else None
    if found is not None:
        return f"it is held by {found}"
    return f"see by whom with: ss -ltnp 'sport = :{port}' (as root)"


def _inodes(port: int, proc: Path) -> Iterator[str]:
    for table in TABLES:
        with suppress(OSError, ValueError, IndexError):
            for line in (proc / table).read_text(encoding="ascii").splitlines()[1:]:
                fields = line.split()
                here = int(fields[_LOCAL].rpartition(":")[2], 16)
                if fields[_STATE] == LISTENING and here == port:
                    yield fields[_INODE]


def _processes(inodes: set[str], proc: Path) -> Iterator[str]:
    for process in sorted(proc.glob("[0-9]*"), key=lambda path: int(path.name)):
        # It may have ended meanwhile, or be somebody else's.
        with suppress(OSError):
            if any(_leads_to(handle, inodes) for handle in (process / "fd").iterdir()):
                name = (process / "comm").read_text(encoding="utf-8", errors="replace").strip()
                yield f"{name} (pid {process.name})"


def _leads_to(handle: Path, inodes: set[str]) -> bool:
    with suppress(OSError):
        return str(handle.readlink()) in inodes
    return False
