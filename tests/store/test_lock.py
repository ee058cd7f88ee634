"""The lock of a `run`: one holder, whose pid others can read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from watcher.ports import StoreError
from watcher.store.lock import RunLock, holder_of, is_here, may_look


def test_the_holder_is_named_by_its_pid(tmp_path: Path) -> None:
    """The pid stands in the lock file, and the one who is refused reads it there."""
    path = tmp_path / "watcher.db"
    lock = RunLock(path)
    assert f"{os.getpid()}\n" == path.with_name("watcher.db.lock").read_text()
    with pytest.raises(StoreError, match=rf"\(pid {os.getpid()}\)"):
        RunLock(path)
    lock.release()


def test_a_freed_lock_can_be_taken_again(tmp_path: Path) -> None:
    """What an earlier holder wrote is replaced whole."""
    path = tmp_path / "watcher.db"
    path.with_name("watcher.db.lock").write_text("123456789012\n")
    RunLock(path).release()
    lock = RunLock(path)
    assert f"{os.getpid()}\n" == path.with_name("watcher.db.lock").read_text()
    lock.release()


def test_a_refusal_leaves_the_lock_with_its_holder(tmp_path: Path) -> None:
    """Being refused twice in a row shows that the first refusal freed nothing."""
    lock = RunLock(tmp_path / "watcher.db")
    for _ in range(2):
        with pytest.raises(StoreError):
            RunLock(tmp_path / "watcher.db")
    lock.release()


def test_the_holder_is_known_only_while_it_holds(tmp_path: Path) -> None:
    """`status` names the pid of the service that runs, and nobody's once it has ended."""
    path = tmp_path / "watcher.db"
    assert None is holder_of(path)
    lock = RunLock(path)
    assert os.getpid() == holder_of(path)
    lock.release()
    assert None is holder_of(path)


def test_a_pid_is_believed_only_of_the_process_that_holds_the_lock(tmp_path: Path) -> None:
    """The number may be another process's here: that of a container, or one long ended."""
    path = tmp_path / "watcher.db"
    lock = RunLock(path)
    assert is_here(path, os.getpid())
    assert not is_here(path, os.getppid())
    assert not is_here(path, 2**22 + 1)
    lock.release()
    assert not is_here(path, os.getpid())


def test_who_may_not_look_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no lock, nothing is hidden; one that cannot be read hides its holder."""
    path = tmp_path / "watcher.db"
    assert may_look(path)
    RunLock(path).release()
    assert may_look(path)
    # Whoever is root may read everything.
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert not may_look(path)
