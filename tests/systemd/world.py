"""What watcher lives with in the container: a simulated FOAS, a receiver, its file, its secrets."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.systemd.installing import PREFIX, Staged
from tests.systemd.machine import Machine, booted, until

UNIT = "watcher.service"
WATCHER = f"{PREFIX}/bin/watcher"
PYTHON = f"{PREFIX}/bin/python"
RULES = "/etc/watcher/rules.toml"
CREDENTIALS = "/etc/watcher/credentials"
DROP_IN = f"/etc/systemd/system/{UNIT}.d"
TRIAL = "/srv/trial"
TAKES = "/run/trial"
JOBS = ("payments", "orders", "refunds", "invoices")
CALM = "3 jobs, 0 firing, 0 waiting"
KEY = "the-key-of-the-trial"
SIGNING = "the-webhook-secret-of-the-trial"

SCENARIO = f"""
project = "test_project"
[[credentials]]
access_key_id = "testAccessKeyId"
access_key_secret = "{KEY}"
[[jobs]]
names = {json.dumps(JOBS)}
"""

FILE = """
store = "/var/lib/watcher/watcher.db"
listen = "127.0.0.1:9109"

[sources.prod]
kind = "foas"
endpoint = "http://127.0.0.1:8080"
access_key_id = "testAccessKeyId"
access_key_secret = "${credential:access_key_secret}"
project = "test_project"
interval = "500ms"
jobs = [{ type = "FLINK_STREAM", names = ["payments", "orders", "refunds"] }]

[[rules]]
name = "job-down"
on = "state-mismatch"
severity = "critical"
for = "0s"
keep_firing_for = "0s"
notify = ["audit"]

[channels.audit]
kind = "webhook"
url = "http://127.0.0.1:8081/"
secret = "${credential:webhook_secret}"
"""

# As systemd/README.md tells an operator to write them.
LOADED = f"""
[Service]
LoadCredential=access_key_secret:{CREDENTIALS}/access_key_secret
LoadCredential=webhook_secret:{CREDENTIALS}/webhook_secret
"""
# RestartSec is all that differs from what is installed, and only for the tests' time.
SOONER = "[Service]\nRestartSec=500ms\n"

STEER = """
import sys
from urllib.request import urlopen
urlopen("http://127.0.0.1:8080/_simulator/" + sys.argv[1], sys.argv[2].encode()).read()
"""


def files() -> dict[str, tuple[int, str]]:
    """What is on the machine besides the installation: path → mode and text."""
    inside = Path(__file__).parent / "inside"
    programs = {f"{TRIAL}/{one.name}": (0o644, one.read_text()) for one in inside.glob("*.py")}
    return {
        **programs,
        f"{TRIAL}/scenario.toml": (0o644, SCENARIO),
        RULES: (0o644, FILE),
        f"{CREDENTIALS}/access_key_secret": (0o600, f"{KEY}\n"),
        f"{CREDENTIALS}/webhook_secret": (0o600, f"{SIGNING}\n"),
        f"{DROP_IN}/credentials.conf": (0o644, LOADED),
        f"{DROP_IN}/sooner.conf": (0o644, SOONER),
    }


@dataclass(frozen=True)
class World:
    """The machine, and what a test does there and sees."""

    machine: Machine

    def show(self, what: str) -> str:
        """A property of watcher's unit."""
        return self.machine.show(UNIT, what)

    def journal(self) -> str:
        """All that watcher and systemd have said of the unit."""
        return self.machine.run("journalctl", "--unit", UNIT, "--output", "cat", "--no-pager")

    def logged(self, event: str) -> list[dict[str, Any]]:
        """The lines of one event in watcher's log."""
        lines = (json.loads(x) for x in self.journal().splitlines() if x.startswith("{"))
        return [line for line in lines if line["event"] == event]

    def status(self, line: str) -> None:
        """Wait until systemd has this status line."""
        until(lambda: self.show("StatusText") == line, self.tell)

    def tell(self) -> str:
        """How things stand, for who reads a failure."""
        return f"{self.show('StatusText')}\n{self.journal()[-6000:]}"

    def started_anew(self, restarts: int, line: str = CALM) -> None:
        """Wait until systemd has started it again, and it is itself again."""
        until(lambda: int(self.show("NRestarts")) >= restarts, self.tell)
        until(lambda: self.show("ActiveState") == "active", self.tell)
        self.status(line)

    def change(self, job: str, actual_state: str) -> None:
        """Change a job of the simulated project."""
        self.bring({job: actual_state})

    def bring(self, states: Mapping[str, str]) -> None:
        """Change several: name → ActualState."""
        changes = [
            {"project": "test_project", "job": job, "actual_state": state}
            for job, state in states.items()
        ]
        self.machine.run(PYTHON, "-c", STEER, "jobs", json.dumps(changes))

    def hold(self) -> None:
        """Let the receiver keep its answers back until `release`."""
        self.machine.write(f"{TAKES}/hold", "")

    def release(self) -> None:
        self.machine.path(f"{TAKES}/hold").unlink(missing_ok=True)

    def told(self, which: str = "taken") -> list[dict[str, Any]]:
        """What the receiver took, or what came to it."""
        file = self.machine.path(f"{TAKES}/{which}")
        return [json.loads(x) for x in file.read_text().splitlines()] if file.exists() else []

    def drop_in(self, text: str) -> None:
        """Write settings of this test, which hold from the next start on."""
        self.machine.write(f"{DROP_IN}/trial.conf", text)
        self.machine.run("systemctl", "daemon-reload")

    def calm(self) -> None:
        """Bring everything back to where every test begins, and watcher to its first line."""
        self.release()
        self.machine.write(RULES, FILE)
        self.machine.write(f"{CREDENTIALS}/access_key_secret", KEY, 0o600)
        self.machine.run("systemctl", "stop", UNIT)
        self.machine.path(f"{DROP_IN}/trial.conf").unlink(missing_ok=True)
        self.bring(dict.fromkeys(JOBS, "RUNNING"))
        self.machine.run("systemctl", "daemon-reload")
        self.machine.tried("systemctl", "reset-failed", UNIT)
        shutil.rmtree(self.machine.path("/var/lib/private/watcher"), ignore_errors=True)
        self.machine.run("systemctl", "start", UNIT)
        self.status(CALM)
        for name in ("came", "taken"):
            self.machine.path(f"{TAKES}/{name}").unlink(missing_ok=True)


@contextmanager
def world(folder: Path, staged: Staged) -> Iterator[World]:
    """The machine with a FOAS and a receiver that run, and watcher installed and not started."""
    with booted(folder, staged.root, files()) as machine:
        here = World(machine)
        machine.path(TAKES).mkdir()
        beside = ("systemd-run", "--quiet", "--collect")
        machine.run(*beside, WATCHER, "simulate", "--scenario", f"{TRIAL}/scenario.toml")
        machine.run(*beside, PYTHON, f"{TRIAL}/receiver.py", TAKES)
        until(lambda: machine.tried(PYTHON, "-c", STEER, "jobs", "[]")[0] == 0)
        yield here
