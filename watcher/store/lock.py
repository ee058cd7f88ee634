"""The lock that lets one `run` at a time use a file; the system frees it at any end of ours."""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from pathlib import Path

from watcher.ports import StoreError


class RunLock:
    """An OS lock on `<file>.lock`, in which the holder writes its pid.

    The lock file stays when the lock is freed: deleting it would let two processes lock two files.
    """

    def __init__(self, path: Path) -> None:
        """Take the lock for the database at `path`; `StoreError` with the holder's pid if held."""
        name = path.with_name(path.name + ".lock")
        self._file = os.open(name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StoreError(_held(path, self._take_pid())) from error
        os.ftruncate(self._file, 0)
        os.write(self._file, f"{os.getpid()}\n".encode())

    def release(self) -> None:
        """Free the lock."""
        os.close(self._file)

    def _take_pid(self) -> str:
        pid = os.read(self._file, 32).decode(errors="replace").strip()
        os.close(self._file)
        return pid


def may_look(path: Path) -> bool:
    """Whether we may see who holds the lock for the database at `path`, if anybody does."""
    try:
        lock = path.resolve().with_name(path.name + ".lock")
        return os.access(lock, os.R_OK) or not lock.exists()
    except PermissionError:
        return False


def is_here(path: Path, pid: int) -> bool:
    """Whether a process of this machine with that pid holds the lock for the database at `path`.

    The pid in the file may be one of another namespace, such as a container's, and here somebody
    else's.  `PermissionError` where that process must not be looked at.
    """
    lock = path.resolve().with_name(path.name + ".lock")
    # The process may end, or close a file, while one looks.
    with suppress(FileNotFoundError):
        for held in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(FileNotFoundError):
                if held.samefile(lock):
                    return True
    return False


def _held(path: Path, pid: str) -> str:
    return (
        f"{path}: another `watcher run` (pid {pid or 'unknown'}) uses it; "
        "stop that one, or give this one its own `store`"
    )


def holder_of(path: Path) -> int | None:
    """The pid of the `run` that holds the lock for the database at `path`; `None` if nobody does.

    Only looks: a shared lock is tried and given back at once.
    """
    try:
        file = os.open(path.resolve().with_name(path.name + ".lock"), os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        pid = os.read(file, 32).decode(errors="replace").strip()
        return int(pid) if pid.isdecimal() else None
    finally:
        os.close(file)
    return None
