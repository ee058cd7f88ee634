"""What /healthz and /readyz answer, from memory."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from watcher.ports import Clock
from watcher.services.keeper import Keeper

STALE: Final = timedelta(seconds=30)


class Health:
    """The service's view of itself."""

    def __init__(self, keeper: Keeper, clock: Clock) -> None:
        self._keeper = keeper
        self._clock = clock
        self._pulse_at = clock.monotonic()

    def pulse(self) -> None:
        """A tick was made and saved."""
        self._pulse_at = self._clock.monotonic()

    def alive(self) -> tuple[str, ...]:
        """Why the loops count as dead."""
        age = self._clock.monotonic() - self._pulse_at
        if age < STALE.total_seconds():
            return ()
        return (f"no tick was made for {age:.0f} s",)

    def ready(self) -> tuple[str, ...]:
        """Why the service does not do its work yet, or any more."""
        state, reasons = self._keeper.state, []
        if self._keeper.trouble is not None:
            reasons.append(self._keeper.trouble)
        for name in state.plan.sources:
            sight, record = state.sights.get(name), state.sources.get(name)
            if record is None or record.read_at is None:
                reasons.append(f"source {name}: no good answer yet")
            elif sight is not None and sight.cause is not None and any(sight.dark.values()):
                reasons.append(f"source {name}: {sight.cause}: {sight.detail}")
            elif sight is not None and sight.dark:
                reasons.append(f"source {name}: not every job has been seen since the start")
        return (*reasons, *self.alive())
