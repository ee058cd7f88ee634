"""systemd/watcher.service, as the real systemd-analyze reads it."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.parts import need

UNIT = Path(__file__).parents[2] / "systemd" / "watcher.service"

PROMISED = (
    "Type=notify",
    "ExecReload=/bin/kill -HUP $MAINPID",
    "Restart=on-failure",
    "WatchdogSec=60",
    "TimeoutStopSec=15",
    "StateDirectory=watcher",
    "DynamicUser=yes",
    "Environment=WATCHER_CONFIG=/etc/watcher/rules.toml",
)


def analyze(verb: str, unit: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [need("systemd-analyze", "systemd"), verb, *options, str(unit)],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )


def verify(unit: Path) -> subprocess.CompletedProcess[str]:
    # Without --recursive-errors it exits 0 on an unknown key.
    return analyze("verify", unit, "--man=no", "--recursive-errors=yes")


@pytest.fixture
def unit_of_this_machine(tmp_path: Path) -> Path:
    """The unit with a program that is there, since /opt/watcher is not."""
    text, replaced = re.subn(r"(?m)^ExecStart=.*$", "ExecStart=/bin/true", UNIT.read_text())
    assert 1 == replaced
    copy = tmp_path / UNIT.name
    copy.write_text(text)
    return copy


def test_verify_finds_no_fault(unit_of_this_machine: Path) -> None:
    """Every section, key and value of the unit is known to systemd."""
    found = verify(unit_of_this_machine)
    assert (0, "") == (found.returncode, found.stdout + found.stderr)


def test_verify_would_find_a_fault(unit_of_this_machine: Path) -> None:
    """The check above can fail: a misspelt key is found."""
    text = unit_of_this_machine.read_text()
    unit_of_this_machine.write_text(text.replace("WatchdogSec=", "WatchdogSecs="))
    found = verify(unit_of_this_machine)
    assert 0 != found.returncode
    assert "WatchdogSecs" in found.stderr


def test_exposure_is_at_most_1_1() -> None:
    """The unit stays as hardened as a client of arbitrary internet hosts can be."""
    found = analyze("security", UNIT, "--offline=yes", "--threshold=11")
    assert 0 == found.returncode, found.stdout


@pytest.mark.parametrize("line", PROMISED)
def test_unit_keeps_its_promises(line: str) -> None:
    """Start, reload, restart, stop and state are as the documents say."""
    assert line in UNIT.read_text().splitlines()


def test_ready_made_for_run() -> None:
    """The unit starts the service itself, with the configuration from its environment."""
    assert "ExecStart=/opt/watcher/bin/watcher run" in UNIT.read_text().splitlines()
