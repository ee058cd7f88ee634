"""Tells the service manager how the service is: its status line, and that it does useful work."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import anyio
from structlog.typing import FilteringBoundLogger

from watcher.app.health import Health
from watcher.app.status_line import status_of
from watcher.ports import Clock
from watcher.services.keeper import Keeper
from watcher.telemetry.notify import Notifier
from watcher.telemetry.redaction import Redactor

LOOK_EVERY: Final = timedelta(seconds=1)


class Reporter:
    """Says READY with a status line, keeps that line true, and feeds the watchdog.

    The watchdog is fed only while `Health.alive` finds nothing that a new start may mend.
    """

    def __init__(
        self,
        notifier: Notifier,
        health: Health,
        keeper: Keeper,
        redactor: Redactor,
        clock: Clock,
        log: FilteringBoundLogger,
    ) -> None:
        self._notifier = notifier
        self._health = health
        self._keeper = keeper
        self._redactor = redactor
        self._clock = clock
        self._log = log
        self._said = ""
        self._hungry: tuple[str, ...] = ()
        self._over = False

    async def run(self) -> None:
        """Report for ever; without a service manager there is nothing to do."""
        async with anyio.create_task_group() as group:
            every = self._notifier.watchdog_interval()
            if every is not None:
                group.start_soon(self._feed, every)
            if self._notifier.listened_to:
                group.start_soon(self._keep_true)

    def ready(self) -> None:
        """The start, or a reload, is over."""
        self._said = self.line()
        self._notifier.ready(self._said)

    def stopping(self) -> None:
        """The service is on its way out: the last line that is said."""
        self._over = True
        self._notifier.stopping("stopping: finishing what is being sent")

    def line(self) -> str:
        """How the service stands now, without secrets."""
        line = status_of(self._keeper.state, self._health.waiting, self._health.ready())
        return self._redactor.redact(line)

    async def _keep_true(self) -> None:
        while True:
            await self._clock.sleep(LOOK_EVERY)
            self.say_what_changed()

    def say_what_changed(self) -> None:
        """Send the line where it is another than the manager has; one that is lost is sent anew."""
        line = self.line()
        if line != self._said and not self._over and self._notifier.status(line):
            self._said = line

    async def _feed(self, every: timedelta) -> None:
        while True:
            self.feed_once()
            await self._clock.sleep(every)

    def feed_once(self) -> None:
        """Feed the watchdog, or say once in the log why it is left hungry."""
        dead = self._health.alive()
        if not dead:
            self._notifier.watchdog()
        elif not self._hungry:
            self._log.error("watchdog_left_hungry", reasons=list(dead))
        self._hungry = dead
