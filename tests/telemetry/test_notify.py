"""The notify protocol, spoken to a real datagram socket and compared with systemd's own client."""

from __future__ import annotations

import json
import os
import socket
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.manual_clock import ManualClock
from watcher.clock import SystemClock
from watcher.telemetry.notify import Notifier

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "channel_vectors.json").read_text())
CASES = {case["what"]: case for case in VECTORS["sd_notify"]["cases"]}
SAID: dict[str, Callable[[Notifier], bool]] = {
    "ready": lambda notifier: notifier.ready(),
    "status": lambda notifier: notifier.status("3 queued, 0 failed"),
    "ready+status": lambda notifier: notifier.ready("up"),
    "watchdog": lambda notifier: notifier.watchdog(),
    "stopping": lambda notifier: notifier.stopping(),
    "reloading": lambda notifier: notifier.reloading(),
}


class Manager:
    """The other end: a socket as systemd opens it, at `address` as NOTIFY_SOCKET names it."""

    def __init__(self, bound: str, address: str) -> None:
        self.address = address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(bound)
        self._socket.settimeout(5)

    def heard(self) -> str:
        return self._socket.recv(4096).decode()

    def close(self) -> None:
        self._socket.close()


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Manager]:
    """A manager at a path, and one in the abstract space."""
    name = f"/watcher-test/{uuid.uuid4()}"
    path = str(tmp_path / "notify")
    manager = Manager(path, path) if request.param == "path" else Manager("\0" + name, "@" + name)
    yield manager
    manager.close()


def notifier_for(manager: Manager, clock: SystemClock | None = None) -> Notifier:
    return Notifier({"NOTIFY_SOCKET": manager.address}, clock or SystemClock())


def test_every_vector_is_said() -> None:
    """No message of the vectors is left out of the tests below."""
    assert set(CASES) == set(SAID)


@pytest.mark.parametrize("what", sorted(set(SAID) - {"reloading"}))
def test_message_is_that_of_systemd(manager: Manager, what: str) -> None:
    """Each message is, byte for byte, the one datagram that systemd-notify sends."""
    assert SAID[what](notifier_for(manager))
    assert CASES[what]["systemd_notify_binary"] == [manager.heard()]


async def test_reloading_tells_the_monotonic_time(manager: Manager) -> None:
    """RELOADING carries CLOCK_MONOTONIC in microseconds, in the same datagram."""
    clock = ManualClock()
    await clock.advance(timedelta(seconds=123, microseconds=456_789))
    assert notifier_for(manager, clock).reloading()
    assert CASES["reloading"]["sdnotify"] == [manager.heard()]


def test_reloading_time_is_the_kernels(manager: Manager) -> None:
    """The manager compares the time with its own: it must be the kernel's CLOCK_MONOTONIC."""
    before = int(SystemClock().monotonic() * 1_000_000)
    assert notifier_for(manager).reloading()
    told = int(manager.heard().removeprefix("RELOADING=1\nMONOTONIC_USEC="))
    assert before <= told <= SystemClock().monotonic() * 1_000_000


def test_status_stays_one_line(manager: Manager) -> None:
    """A line end in a status cannot smuggle in another message."""
    assert notifier_for(manager).status("down:\nSTOPPING=1\r\nREADY=1")
    assert "STATUS=down: STOPPING=1 READY=1" == manager.heard()


@pytest.mark.parametrize(
    "environ",
    [{}, {"NOTIFY_SOCKET": ""}, {"NOTIFY_SOCKET": "vsock:2:1234"}, {"NOTIFY_SOCKET": "/nowhere"}],
)
def test_without_a_manager_nothing_happens(environ: dict[str, str]) -> None:
    """Outside systemd, or when its socket is gone, every message is a quiet no."""
    notifier = Notifier(environ, SystemClock())
    assert [False] * len(SAID) == [say(notifier) for say in SAID.values()]


@pytest.mark.parametrize(
    "environ, expected",
    [
        ({}, None),
        ({"WATCHDOG_USEC": "60000000"}, timedelta(seconds=20)),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": str(os.getpid())}, timedelta(seconds=20)),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({"WATCHDOG_PID": str(os.getpid())}, None),
    ],
)
def test_watchdog_interval(environ: dict[str, str], expected: timedelta | None) -> None:
    """The interval is below half of what systemd asks for, and only if it asks this process."""
    assert expected == Notifier(environ, SystemClock()).watchdog_interval()
