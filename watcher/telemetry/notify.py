"""Tells systemd how the service is: the sd_notify protocol, which is one datagram a message.

The protocol is declared stable, and its manual page advises a small client of one's own.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from watcher.ports import Clock

SEND_WITHIN: Final = timedelta(seconds=1)
"""How long a message may wait for room in the manager's socket before it is given up."""


class Notifier:
    """The service manager, if there is one: without NOTIFY_SOCKET in `environ` nothing is done.

    Each method returns whether the manager took the message.  A message that cannot be sent is
    no fault of the service and raises nothing.
    """

    def __init__(self, environ: Mapping[str, str], clock: Clock) -> None:
        self._address = _address_in(environ)
        self._ping_every = _ping_interval_in(environ, os.getpid())
        self._clock = clock

    @property
    def listened_to(self) -> bool:
        """Whether there is a service manager."""
        return self._address is not None

    def ready(self, status: str | None = None) -> bool:
        """Starting, or a reload, is finished.  Signal handlers must stand before this is said."""
        return self._send("READY=1", *_status_line(status))

    def status(self, text: str) -> bool:
        """One line for `systemctl status`; where there is no room for it at once, none is sent."""
        return self._send(*_status_line(text), within=timedelta(0))

    def reloading(self) -> bool:
        """A reload begins; `ready` ends it."""
        microseconds = int(self._clock.monotonic() * 1_000_000)
        return self._send("RELOADING=1", f"MONOTONIC_USEC={microseconds}")

    def stopping(self, status: str | None = None) -> bool:
        """The service is on its way out; nothing takes that back."""
        return self._send("STOPPING=1", *_status_line(status))

    def watchdog(self) -> bool:
        """The service makes progress; sent only from a loop that does."""
        return self._send("WATCHDOG=1")

    def watchdog_interval(self) -> timedelta | None:
        """How often `watchdog` is to be sent, a third of WatchdogSec; None if nobody listens."""
        return self._ping_every

    def _send(self, *lines: str, within: timedelta = SEND_WITHIN) -> bool:
        if self._address is None:
            return False
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out:
                out.settimeout(within.total_seconds())
                out.sendto("\n".join(lines).encode(), self._address)
        except OSError:
            return False
        return True


def _address_in(environ: Mapping[str, str]) -> str | None:
    """A path, or with a leading @ a name in the abstract space; other forms are for containers."""
    told = environ.get("NOTIFY_SOCKET", "")
    if told.startswith("@"):
        return "\0" + told[1:]
    return told if told.startswith("/") else None


def _ping_interval_in(environ: Mapping[str, str], pid: int) -> timedelta | None:
    """systemd wants a ping in less than half of WATCHDOG_USEC, from WATCHDOG_PID if that is set."""
    limit, meant = environ.get("WATCHDOG_USEC", ""), environ.get("WATCHDOG_PID", "")
    if not limit.isdecimal() or int(limit) == 0 or meant not in ("", str(pid)):
        return None
    return timedelta(microseconds=int(limit)) / 3


def _status_line(text: str | None) -> tuple[str, ...]:
    """A line end in the text would begin a message of its own."""
    return () if text is None else ("STATUS=" + " ".join(text.split()),)
