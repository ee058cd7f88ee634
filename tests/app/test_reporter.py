"""What the service manager hears: a line that is kept true, and food for its watchdog."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import anyio
import pytest

from tests.services.edges import BROKEN, Bench, bench, resolved
from watcher.app.health import STALE, Health
from watcher.app.reporter import LOOK_EVERY, Reporter
from watcher.core.breaker import Breaker
from watcher.ports import Backlog
from watcher.telemetry.notify import Notifier
from watcher.telemetry.redaction import Redactor

UNSEEN = "source prod: no good answer yet; "


@dataclass
class Told:
    """A service's parts, its reporter, and what the manager heard since the last look."""

    bench: Bench
    health: Health
    reporter: Reporter
    notifier: Notifier
    listening: socket.socket

    def heard(self) -> list[str]:
        """Every message since the last look."""
        messages: list[str] = []
        while True:
            try:
                messages.append(self.listening.recv(4096).decode())
            except BlockingIOError:
                return messages


@asynccontextmanager
async def told(folder: Path, *, secret: str = "none here") -> AsyncIterator[Told]:
    """A manager that listens, and a service that watches `payments`."""
    path = str(folder / "notify")
    env = {"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "6000000"}
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(path)
        listening.setblocking(False)
        async with bench(folder, resolved("payments")) as here:
            health = Health(here.keeper, here.clock)
            notifier, redactor = Notifier(env, here.clock), Redactor([secret])
            log = here.edge.log
            reporter = Reporter(notifier, health, here.keeper, redactor, here.clock, log)
            yield Told(here, health, reporter, notifier, listening)


async def test_ready_comes_with_the_line(tmp_path: Path) -> None:
    """A person who asks right after the start is answered; what has not been seen is said."""
    async with told(tmp_path) as here:
        here.reporter.ready()
        assert [f"READY=1\nSTATUS={UNSEEN}1 job, 0 firing, 0 waiting"] == here.heard()


async def test_the_line_is_sent_when_it_changes(tmp_path: Path) -> None:
    """A job that fails and a message that waits are told, and nothing is told twice."""
    async with told(tmp_path) as here:
        here.reporter.ready()
        await here.bench.see(payments="FAILED")
        here.health.pulse(
            [Backlog("audit", 3, None, Breaker()), Backlog("gone", 9, None, Breaker())]
        )
        here.heard()
        here.reporter.say_what_changed()
        here.reporter.say_what_changed()
        assert [f"STATUS={UNSEEN}1 job, 1 firing, 3 waiting"] == here.heard()


async def test_the_line_is_looked_at_again_and_again(tmp_path: Path) -> None:
    """While it runs the line is kept true, and the watchdog is fed, each at its own pace."""
    async with told(tmp_path) as here, anyio.create_task_group() as group:
        here.reporter.ready()
        group.start_soon(here.reporter.run)
        await here.bench.clock.wait_for_sleepers(2)
        assert ["WATCHDOG=1"] == here.heard()[1:]
        await here.bench.see(payments="FAILED")
        await here.bench.clock.advance(LOOK_EVERY)
        assert [f"STATUS={UNSEEN}1 job, 1 firing, 0 waiting"] == here.heard()
        await here.bench.clock.advance(LOOK_EVERY)
        assert ["WATCHDOG=1"] == here.heard()
        group.cancel_scope.cancel()


async def test_no_line_follows_the_last_one(tmp_path: Path) -> None:
    """Once it is on its way out, what changes does not hide that it is."""
    async with told(tmp_path) as here:
        here.reporter.ready()
        here.reporter.stopping()
        await here.bench.see(payments="FAILED")
        here.reporter.say_what_changed()
        assert ["STOPPING=1\nSTATUS=stopping: finishing what is being sent"] == here.heard()[1:]


async def test_a_line_that_is_lost_is_sent_again(tmp_path: Path) -> None:
    """A manager that did not take the line has it with the next look."""
    async with told(tmp_path) as here:
        filled = 0
        while here.notifier.status("no room is left"):
            filled += 1
        here.reporter.say_what_changed()
        assert filled == len(here.heard())
        here.reporter.say_what_changed()
        assert [f"STATUS={UNSEEN}1 job, 0 firing, 0 waiting"] == here.heard()


async def test_the_line_shows_no_secret(tmp_path: Path) -> None:
    """What is wrong is told in the words of others, which may hold anything."""
    async with told(tmp_path, secret="watcher.db") as here:
        here.bench.store.broken = True
        await here.bench.see(payments="RUNNING")
        assert f"***{BROKEN.removeprefix('watcher.db')}" in here.reporter.line()


async def test_the_watchdog_is_fed_by_useful_work_alone(tmp_path: Path) -> None:
    """Without a tick that was saved it is left hungry, which is logged once; a tick feeds it."""
    async with told(tmp_path) as here:
        here.reporter.feed_once()
        assert ["WATCHDOG=1"] == here.heard()
        await here.bench.clock.advance(STALE)
        here.reporter.feed_once()
        here.reporter.feed_once()
        assert [] == here.heard()
        (line,) = here.bench.logged("watchdog_left_hungry")
        assert "no tick was made for 30 s" in line
        here.health.pulse()
        here.reporter.feed_once()
        assert ["WATCHDOG=1"] == here.heard()


@pytest.mark.parametrize("env", [{}, {"NOTIFY_SOCKET": ""}])
async def test_without_a_manager_nothing_is_done(tmp_path: Path, env: dict[str, str]) -> None:
    """Started by hand, the loop ends at once."""
    async with bench(tmp_path, resolved()) as here:
        health = Health(here.keeper, here.clock)
        notifier, log = Notifier(env, here.clock), here.edge.log
        reporter = Reporter(notifier, health, here.keeper, Redactor(), here.clock, log)
        with anyio.fail_after(timedelta(seconds=30).total_seconds()):
            await reporter.run()
        reporter.ready()
        reporter.say_what_changed()
        assert 0 == here.clock.sleepers
