"""The dead man's switch: an address outside is asked for again and again while useful work is done.

Who listens there raises the alarm when the questions stop, whatever has become of the watcher.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

import msgspec

from watcher.ports import HttpRequest, TransportError
from watcher.services.edge import Edge

LOOK_EVERY: Final = timedelta(seconds=1)
LONGEST_ANSWER: Final = 64 * 1024


class Pulse(msgspec.Struct, frozen=True):
    """Where to ask, how often, and how long an answer may take; `url` is a secret."""

    url: str
    interval: timedelta
    timeout: timedelta

    def __repr__(self) -> str:
        """How often; the address is the right to ask."""
        return f"Pulse(every {self.interval})"


class Heartbeat:
    """One GET in each interval, no retries: the next one is soon enough.

    `useless` gives the reasons why no useful work is done; while there are any, nothing is sent,
    and the first moment without one is told at once.
    """

    def __init__(self, pulse: Pulse, edge: Edge, useless: Callable[[], tuple[str, ...]]) -> None:
        self._pulse = pulse
        self._edge = edge
        self._useless = useless
        self._withheld = True
        self._failing = False

    async def run(self) -> None:
        """Beat for ever."""
        while True:
            beat = await self.once()
            await self._edge.clock.sleep(self._pulse.interval if beat else LOOK_EVERY)

    async def once(self) -> bool:
        """One beat, where it is deserved; whether it was."""
        reasons = self._useless()
        if bool(reasons) != self._withheld:
            self._withheld = bool(reasons)
            self._tell_withheld(reasons)
        if reasons:
            return False
        why = await self._ask()
        self._edge.metrics.beat("failed" if why else "sent")
        if bool(why) != self._failing:
            self._failing = bool(why)
            self._tell_failing(why)
        return True

    async def _ask(self) -> str:
        """Why the question failed; nothing where it was answered well."""
        request = HttpRequest("GET", self._pulse.url)
        try:
            answer = await self._edge.wire.fetch(
                request, within=self._pulse.timeout, max_bytes=LONGEST_ANSWER
            )
        except TransportError as error:
            return error.detail
        return "" if answer.status // 100 == 2 else f"it answered {answer.status}"  # noqa: PLR2004

    def _tell_withheld(self, reasons: tuple[str, ...]) -> None:
        if reasons:
            self._edge.log.warning("heartbeat_withheld", reasons=list(reasons))
        else:
            self._edge.log.info("heartbeat_deserved")

    def _tell_failing(self, why: str) -> None:
        if why:
            self._edge.log.error("heartbeat_failed", error=why)
        else:
            self._edge.log.info("heartbeat_works")
