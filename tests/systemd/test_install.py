"""`make install` and `make uninstall`: what they put where, what they refuse, what they leave."""

from __future__ import annotations

import re
import subprocess
import tomllib
import zipfile
from pathlib import Path

import pytest

from tests.parts import need_python_of_services
from tests.systemd.installing import PREFIX, Staged, make_raw
from tests.tree import ROOT, tracked
from watcher import __version__


def locked(name: str) -> dict[str, str]:
    """Each package of a lock with its version, hashes and conditions."""
    blocks = re.split(r"(?m)^(?=[\w.-]+==)", (ROOT / name).read_text(encoding="utf-8"))
    return {block.split("==")[0]: block.strip() for block in blocks[1:]}


def packages_in(environment: Path) -> set[str]:
    """The names of what is installed there."""
    found = environment.glob("lib/python3*/site-packages/*.dist-info")
    return {path.name.split("-")[0].lower().replace("_", "-") for path in found}


def test_the_lock_for_running_is_part_of_the_whole_one() -> None:
    """What runs on machines is what the tests ran with, and every dependency is in it."""
    whole, run = locked("requirements.lock"), locked("requirements-run.lock")
    assert {} == {name: text for name, text in run.items() if whole.get(name) != text}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = {re.split(r"[\[<>=!~; ]", one)[0] for one in project["dependencies"]}
    assert set() == asked - run.keys()
    assert {"pytest", "mypy", "hatchling"}.isdisjoint(run)


def test_it_has_an_environment_of_its_own(staged: Staged) -> None:
    """The packages of the lock and watcher, without what is needed to develop it, or pip."""
    found = packages_in(staged.prefix)
    assert {"watcher"} == found - locked("requirements-run.lock").keys()
    assert {"aiohttp", "sqlalchemy", "tree-sitter-toml"} <= found


def test_no_path_of_where_it_was_made_is_left(staged: Staged) -> None:
    """Scripts, settings and the traces of compiled code name PREFIX alone."""
    place = str(staged.root).encode()
    files = [path for path in staged.root.rglob("*") if path.is_file() and not path.is_symlink()]
    assert [] == [path for path in files if place in path.read_bytes()]
    script = (staged.prefix / "bin/watcher").read_text()
    assert script.startswith(f"#!{PREFIX}/bin/python")
    assert any(PREFIX.encode() in path.read_bytes() for path in files if path.suffix == ".pyc")


def test_everybody_may_read_it(staged: Staged) -> None:
    """The service's user is not root; that root's own umask was strict does not matter."""
    installed = [path for path in staged.root.rglob("*") if not path.is_symlink()]
    assert [] == [path for path in installed if not path.stat().st_mode & 0o004]


def test_the_unit_starts_what_was_installed(staged: Staged) -> None:
    """It differs from the one of the repository in PREFIX alone, and the command is on the path."""
    written = (ROOT / "systemd/watcher.service").read_text()
    assert written.replace("/opt/watcher/", f"{PREFIX}/") == staged.unit.read_text()
    link = (staged.root / "usr/local/bin/watcher").readlink()
    assert Path(f"{PREFIX}/bin/watcher") == link


def test_man_and_bash_find_what_they_show(staged: Staged) -> None:
    """The manual page and the completions are of the version that was installed."""
    for place, word in (
        ("man/man1/watcher.1", f'"watcher {__version__}"'),
        ("bash-completion/completions/watcher", "_WATCHER_COMPLETE"),
    ):
        assert word in (staged.prefix / "share" / place).read_text()
        link = (staged.root / "usr/local/share" / place).readlink()
        assert Path(f"{PREFIX}/share/{place}") == link


def test_it_says_what_is_next(staged: Staged) -> None:
    """Each step is a line to copy, with the paths of this installation."""
    assert f"Installed watcher {__version__} in {staged.prefix}." in staged.said
    example = f"{PREFIX}/share/watcher/rules.example.toml"
    assert f"install -m 0644 {example} /etc/watcher/rules.toml" in staged.said
    assert (staged.root / example.lstrip("/")).is_file()
    assert f"{PREFIX}/bin/watcher check --config /etc/watcher/rules.toml" in staged.said
    assert "systemctl enable --now watcher" in staged.said


@pytest.mark.slow
def test_it_comes_is_renewed_and_goes(tmp_path: Path) -> None:
    """At its real place, without DESTDIR: the command works, and what is left is the operator's."""
    prefix, rules = tmp_path / "here", tmp_path / "rules.toml"
    rules.touch()
    places = [f"BINDIR={tmp_path}/usr/bin", f"UNITDIR={tmp_path}/UNITDIR"]
    given = [f"PREFIX={prefix}", f"PYTHON={need_python_of_services()}", *places]
    for _ in range(2):
        done = make_raw("install", *given)
        assert 0 == done.returncode, done.stderr
        command = [str(tmp_path / "usr/bin/watcher"), "demo", "--seconds", "1"]
        assert 0 == subprocess.run(command, check=False, cwd=tmp_path).returncode
        assert {"usr", "here"} == {path.name for path in tmp_path.iterdir()} - {
            "UNITDIR",
            "rules.toml",
        }
    gone = make_raw("uninstall", *given)
    assert "/etc/watcher" in gone.stdout
    assert [rules] == [path for path in tmp_path.rglob("*") if not path.is_dir()]
    assert not prefix.exists()


@pytest.mark.parametrize("prefix", ["/", "opt/watcher", "/opt/../usr", "/opt/a b", "/opt/watcher/"])
@pytest.mark.parametrize("verb", ["install", "uninstall"])
def test_a_prefix_that_is_no_plain_folder_is_refused(
    tmp_path: Path, verb: str, prefix: str
) -> None:
    """What would end in removing somebody's files, or in a broken unit, ends at once."""
    done = make_raw(verb, f"PREFIX={prefix}", f"DESTDIR={tmp_path}")
    assert 2 == done.returncode
    assert "PREFIX must be the plain path" in done.stderr


@pytest.mark.parametrize("verb", ["install", "uninstall"])
def test_what_is_somebody_elses_is_left_alone(tmp_path: Path, verb: str) -> None:
    """A folder with other files is neither replaced nor removed."""
    other = tmp_path / PREFIX.lstrip("/") / "precious"
    other.parent.mkdir(parents=True)
    other.touch()
    done = make_raw(verb, f"PREFIX={PREFIX}", f"DESTDIR={tmp_path}")
    assert "name another PREFIX" in done.stderr
    assert other.exists()


def test_a_python_that_the_service_cannot_see_is_refused(tmp_path: Path) -> None:
    """ProtectHome hides homes: a unit that could not start its Python is not installed."""
    python = tmp_path / "python"
    # As an interpreter of a home says of itself.
    python.write_text("#!/bin/sh\necho /home/someone/.pyenv/bin/python3.11\n")
    python.chmod(0o755)
    done = make_raw("install", f"PREFIX={PREFIX}", f"DESTDIR={tmp_path}", f"PYTHON={python}")
    assert "a service cannot see /home/someone/.pyenv" in done.stderr
    assert "PYTHON=/usr/bin/python3" in done.stderr
    assert not (tmp_path / "opt").exists()


def test_a_python_that_is_too_old_is_refused(tmp_path: Path) -> None:
    """It says which one is needed, and how to name it."""
    done = make_raw("install", f"PREFIX={PREFIX}", f"DESTDIR={tmp_path}", "PYTHON=/bin/false")
    assert "watcher needs Python 3.11 or later" in done.stderr


def test_the_wheel_holds_what_the_package_needs(tmp_path: Path) -> None:
    """Every file of the package travels in the wheel, not only the code."""
    build = [str(ROOT / ".venv/bin/python"), "-m", "hatchling", "build", "-t", "wheel"]
    subprocess.run([*build, "-d", str(tmp_path)], cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("watcher-*.whl")
    with zipfile.ZipFile(wheel) as opened:
        held = {name for name in opened.namelist() if ".dist-info/" not in name}
    assert {str(path) for path in tracked() if path.parts[0] == "watcher"} == held
