"""The memo: who was told of a trouble, kept where the store's disk does not matter."""

from __future__ import annotations

from pathlib import Path

from tests.store.samples import T0
from watcher.core.unwritable import Trouble
from watcher.services.memo import Memo, Told, memo_in

TROUBLE = Trouble(T0, "watcher.db: the disk is full", "full")


def test_what_was_noted_is_read_by_the_next_process(tmp_path: Path) -> None:
    """Trouble and channels come back as they were, until they are dropped."""
    env = {"RUNTIME_DIRECTORY": f"{tmp_path}:/another"}
    memo_in(env).keep("store-1", TROUBLE, ["audit"])
    memo_in(env).keep("store-1", TROUBLE, ["audit", "oncall"])
    assert Told("store-1", TROUBLE, ("audit", "oncall")) == memo_in(env).read("store-1")
    memo_in(env).drop()
    memo_in(env).drop()
    assert memo_in(env).read("store-1") is None


def test_what_is_of_another_store_or_no_memo_is_nothing(tmp_path: Path) -> None:
    """A store that was put in another's place was never in that trouble."""
    path = tmp_path / "unwritable.json"
    Memo(path).keep("store-1", TROUBLE, ["audit"])
    assert Memo(path).read("store-2") is None
    path.write_text("{")
    assert Memo(path).read("store-1") is None


def test_without_a_place_nothing_is_kept(tmp_path: Path) -> None:
    """Outside systemd, or where the place cannot be written, nobody is harmed."""
    for memo in (memo_in({}), Memo(tmp_path / "missing" / "unwritable.json")):
        memo.keep("store-1", TROUBLE, ["audit"])
        assert memo.read("store-1") is None
        memo.drop()
