"""New files: whole and together, or not at all."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from watcher.app.placing import NewFile, occupied, place


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_files_come_with_their_modes(tmp_path: Path) -> None:
    """A private file is its owner's alone; any other has the mode that new files have."""
    public, private = tmp_path / "a", tmp_path / "b"
    before = os.umask(0o022)
    try:
        place([NewFile(public, "one"), NewFile(private, "two", private=True)])
    finally:
        os.umask(before)
    assert ("one", "two") == (public.read_text(), private.read_text())
    assert (0o644, 0o600) == (mode_of(public), mode_of(private))
    assert ["a", "b"] == names_in(tmp_path)


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """Where one of them is there already, none of the others appears either."""
    (tmp_path / "b").write_text("mine")
    with pytest.raises(FileExistsError):
        place([NewFile(tmp_path / "a", "x"), NewFile(tmp_path / "b", "x")])
    assert ["b"] == names_in(tmp_path)
    assert "mine" == (tmp_path / "b").read_text()


def test_with_force_all_are_replaced(tmp_path: Path) -> None:
    """The old text goes at once for the new one, and the mode with it."""
    path = tmp_path / "b"
    path.write_text("mine")
    path.chmod(0o644)
    place([NewFile(path, "new", private=True)], force=True)
    assert ("new", 0o600) == (path.read_text(), mode_of(path))
    assert ["b"] == names_in(tmp_path)


@pytest.mark.parametrize("trouble", [KeyboardInterrupt, OSError])
def test_an_interruption_leaves_nothing(
    trouble: type[BaseException], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C or a full disk while the second one is written takes the first one back too."""
    links = Path.hardlink_to

    def once(self: Path, target: Path) -> None:
        if self.name == "b":
            raise trouble
        links(self, target)

    monkeypatch.setattr(Path, "hardlink_to", once)
    with pytest.raises(trouble):
        place([NewFile(tmp_path / "a", "x"), NewFile(tmp_path / "b", "x", private=True)])
    assert [] == names_in(tmp_path)


def test_a_link_that_leads_nowhere_takes_its_place(tmp_path: Path) -> None:
    """What is written through it would be written elsewhere."""
    link, free = tmp_path / "link", tmp_path / "free"
    link.symlink_to(tmp_path / "nowhere")
    assert (link,) == occupied([link, free])
    with pytest.raises(FileExistsError):
        place([NewFile(link, "x")])


def test_a_file_system_without_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There a rename does, after a look; what is there already still stays."""

    def no_links(self: Path, target: Path) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", no_links)
    place([NewFile(tmp_path / "a", "one"), NewFile(tmp_path / "b", "two", private=True)])
    assert (["a", "b"], 0o600) == (names_in(tmp_path), mode_of(tmp_path / "b"))
    with pytest.raises(OSError, match="not permitted"):
        place([NewFile(tmp_path / "c", "x"), NewFile(tmp_path / "b", "x")])
    assert (["a", "b"], "two") == (names_in(tmp_path), (tmp_path / "b").read_text())
