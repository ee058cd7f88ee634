"""The installed unit under a real systemd: each promise of systemd/README.md, seen to hold."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator

import pytest

from tests.systemd.installing import PREFIX, Staged
from tests.systemd.machine import PATIENCE, until
from tests.systemd.world import (
    CALM,
    CREDENTIALS,
    FILE,
    KEY,
    PYTHON,
    RULES,
    SIGNING,
    TRIAL,
    UNIT,
    WATCHER,
    World,
    world,
)

OWN_FOLDERS = ("/var/lib/watcher", "/run/watcher", "/tmp", "/var/tmp")
"""The last two are its own, and go with it."""
FIRING = "3 jobs, 1 firing, 0 waiting"


@pytest.fixture(scope="module")
def booted(tmp_path_factory: pytest.TempPathFactory, staged: Staged) -> Iterator[World]:
    """One machine for all tests below."""
    with world(tmp_path_factory.mktemp("booted"), staged) as here:
        yield here


@pytest.fixture
def here(booted: World) -> World:
    """The machine as every test finds it: watcher runs, three jobs are well, nothing was told."""
    booted.calm()
    return booted


def test_start_waits_for_ready(here: World) -> None:
    """`systemctl start` returns once the file is in force and the store is open, and no sooner."""
    here.machine.run("systemctl", "stop", UNIT)
    pipe = here.machine.path("/run/trial/pipe.toml")
    os.mkfifo(pipe)
    pipe.chmod(0o644)
    here.drop_in("[Service]\nEnvironment=WATCHER_CONFIG=/run/trial/pipe.toml\n")
    with here.machine.begun("systemctl", "start", UNIT) as start:
        # Opening it succeeds once somebody reads; who reads waits for the text.
        writer = until(lambda: opened(pipe))
        assert ("activating", "start") == (here.show("ActiveState"), here.show("SubState"))
        assert start.poll() is None
        with os.fdopen(writer, "w") as file:
            file.write(FILE)
        said, _ = start.communicate(timeout=PATIENCE)
    pipe.unlink()
    assert (0, "") == (start.returncode, said)
    assert "active" == here.show("ActiveState")
    assert here.logged("started")


def opened(pipe: os.PathLike[str]) -> int | None:
    """The writing end of a pipe, once somebody reads."""
    try:
        return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
    except OSError:
        return None


def test_the_status_line_is_the_services_own(here: World) -> None:
    """`systemctl status` shows jobs, alerts and messages as they stand, and first what is wrong."""
    here.hold()
    here.change("payments", "FAILED")
    here.status("3 jobs, 1 firing, 1 waiting")
    here.release()
    here.status(FIRING)
    here.change("payments", "RUNNING")
    here.status(CALM)
    assert f'Status: "{CALM}"' in here.machine.run("systemctl", "status", UNIT)


def test_a_killed_service_is_started_again(here: World) -> None:
    """After kill -9 it goes on where it was: what fires was told once, and its end is told."""
    here.change("payments", "FAILED")
    until(here.told, here.tell)
    before = here.show("MainPID")
    here.machine.run("systemctl", "kill", "--signal", "KILL", UNIT)
    here.started_anew(1, FIRING)
    here.change("payments", "RUNNING")
    until(lambda: len(here.told()) > 1, here.tell)
    assert ["began", "recovered"] == [one["data"]["reason"] for one in here.told()]
    assert before != here.show("MainPID")


def test_a_blocked_loop_is_killed_by_the_watchdog(here: World) -> None:
    """An event loop that does not come round any more is ended by systemd, and started again."""
    here.drop_in(f"[Service]\nWatchdogSec=3\nEnvironment=PYTHONPATH={TRIAL}\n")
    here.machine.run("systemctl", "restart", UNIT)
    here.status(CALM)
    here.machine.run("systemctl", "kill", "--kill-whom=main", "--signal", "USR1", UNIT)
    here.started_anew(1)
    assert "Watchdog timeout (limit 3s)!" in here.journal()


def test_a_good_file_is_taken_over_by_reload(here: World) -> None:
    """A job that is added is watched, by the same process."""
    before = here.show("MainPID")
    here.machine.write(RULES, FILE.replace('"refunds"', '"refunds", "invoices"'))
    here.machine.run("systemctl", "reload", UNIT)
    here.status("4 jobs, 0 firing, 0 waiting")
    assert before == here.show("MainPID")
    here.change("invoices", "FAILED")
    until(lambda: "invoices" in [one["data"]["job"] for one in here.told()], here.tell)


def test_a_bad_file_leaves_the_old_one_in_force(here: World) -> None:
    """The log names the fault, the same process goes on, and what fails is told as before."""
    before = here.show("MainPID"), len(here.logged("reload_refused"))
    here.machine.write(RULES, FILE.replace('"critical"', '"grave"'))
    here.machine.run("systemctl", "reload", UNIT)
    until(lambda: len(here.logged("reload_refused")) > before[1], here.tell)
    assert "grave" in here.logged("reload_refused")[-1]["faults"]
    here.change("orders", "FAILED")
    until(lambda: "orders" in [one["data"]["job"] for one in here.told()], here.tell)
    assert before[0] == here.show("MainPID")
    assert ("active", "running") == (here.show("ActiveState"), here.show("SubState"))


def test_stop_drains(here: World) -> None:
    """What is being sent is finished and settled before it ends, with exit code 0."""
    here.hold()
    here.change("payments", "FAILED")
    until(lambda: here.told("came"), here.tell)
    with here.machine.begun("systemctl", "stop", UNIT) as stop:
        here.status("stopping: finishing what is being sent")
        assert "deactivating" == here.show("ActiveState")
        assert stop.poll() is None
        here.release()
        said, _ = stop.communicate(timeout=PATIENCE)
    assert (0, "") == (stop.returncode, said)
    assert ("success", "0") == (here.show("Result"), here.show("ExecMainStatus"))
    assert 1 == len(here.told())
    last = json.loads(here.machine.run(WATCHER, "deliveries", "--config", RULES, "--json"))[-1]
    assert ("state-mismatch", "delivered") == (last["kind"], last["disposition"])


def test_a_wrong_file_at_the_start_is_not_tried_again(here: World) -> None:
    """Usage and configuration do not get better by themselves; systemd says that it failed."""
    here.machine.run("systemctl", "stop", UNIT)
    here.machine.write(RULES, FILE.replace('"critical"', '"grave"'))
    code, _ = here.machine.tried("systemctl", "start", UNIT)
    assert 0 != code
    told = [here.show(one) for one in ("ActiveState", "ExecMainStatus", "NRestarts")]
    assert ["failed", "2", "0"] == told
    assert "grave" in here.journal()


def test_credentials_are_read(here: World) -> None:
    """The service has them from systemd alone, and nothing that it says or shows holds them."""
    for name in ("access_key_secret", "webhook_secret"):
        assert 0o100600 == here.machine.path(f"{CREDENTIALS}/{name}").stat().st_mode
    pid = here.show("MainPID")
    environment = here.machine.path(f"/proc/{pid}/environ").read_text()
    assert "CREDENTIALS_DIRECTORY=/run/credentials/" in environment
    here.machine.write(f"{CREDENTIALS}/access_key_secret", "another", 0o600)
    here.machine.run("systemctl", "restart", UNIT)
    until(lambda: "signature" in here.show("StatusText").lower(), here.tell)
    said = environment + here.journal() + here.machine.run("systemctl", "status", UNIT)
    assert KEY not in said
    assert SIGNING not in said


def test_the_state_directory_is_the_only_place_written(here: World) -> None:
    """Of all files that were made since the machine was booted, those of the service lie there."""
    here.change("payments", "FAILED")
    until(here.told, here.tell)
    user = here.machine.path(f"/proc/{here.show('MainPID')}").stat().st_uid
    here.machine.run("systemctl", "stop", UNIT)
    owned = [path for path, owner in here.machine.written().items() if owner == user]
    assert "/var/lib/private/watcher/watcher.db" in owned
    assert [] == [path for path in owned if not path.startswith("/var/lib/private/watcher/")]


def test_nothing_else_can_be_written(here: World) -> None:
    """A program in the service's place finds all but its own folders closed, open to all or not."""
    open_to_all = here.machine.path("/srv/open")
    open_to_all.mkdir()
    open_to_all.chmod(0o777)
    closed = (
        *("/", "/etc", "/etc/watcher", "/usr", "/usr/local/bin", "/var", "/var/lib", "/var/log"),
        *("/run", "/srv/open", "/srv/trial", "/home", "/boot", "/dev", "/opt", PREFIX),
    )
    command = " ".join([PYTHON, f"{TRIAL}/intruder.py", *closed, *OWN_FOLDERS])
    here.drop_in(f"[Service]\nExecStartPre={command}\n")
    here.machine.run("systemctl", "restart", UNIT)
    found = here.machine.path("/var/lib/private/watcher/intruder").read_text()
    assert list(OWN_FOLDERS) == found.splitlines()
    assert not here.machine.path("/tmp/intruder").exists()


def test_commands_work_beside_it(here: World) -> None:
    """Root looks and acts while it runs and when it does not, and it goes on as before."""
    silence = ("silence", "add", "--job", "payments", "--for", "1h", "--reason", "a trial")
    command = (WATCHER,)
    jobs = json.loads(here.machine.run(*command, "status", "--json"))
    assert "prod" in json.dumps(jobs)
    here.machine.run(*command, *silence)
    here.machine.run("systemctl", "stop", UNIT)
    here.machine.run(*command, *silence)
    here.machine.run("systemctl", "start", UNIT)
    here.change("payments", "FAILED")
    here.change("orders", "FAILED")
    until(here.told, here.tell)
    here.status("3 jobs, 2 firing, 0 waiting")
    assert ["orders"] == [one["data"]["job"] for one in here.told()]


def test_it_is_as_hardened_as_it_says(here: World) -> None:
    """The unit that runs has no fault and an exposure of at most 1.1."""
    path = here.show("FragmentPath")
    here.machine.run("systemd-analyze", "verify", "--man=no", "--recursive-errors=yes", path)
    here.machine.run("systemd-analyze", "security", "--threshold=11", UNIT)
