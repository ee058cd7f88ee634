"""Say which steps of a scenario are due, from the time that is passed in."""

from __future__ import annotations

from collections.abc import Iterator

from watcher.simulator.scenario import Scenario, Step


class Player:
    """Plays a scenario's steps once each, in order, at the moments that they were planned for."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._began_at: float | None = None
        self._round = 0
        self._next = 0

    @property
    def began_at(self) -> float | None:
        """The moment of 0s, in seconds since 1970; None before it."""
        return self._began_at

    def begin(self, now: float) -> None:
        """Make `now` (seconds since 1970) the scenario's 0s, and play it from there."""
        self._began_at, self._round, self._next = now, 0, 0

    def due(self, now: float) -> Iterator[tuple[float, Step]]:
        """Yield the steps due at `now` that were not yielded before, each with its own moment."""
        while (upcoming := self._upcoming()) is not None and upcoming[0] <= now:
            self._go_on()
            yield upcoming

    def _upcoming(self) -> tuple[float, Step] | None:
        steps = self._scenario.steps
        if self._began_at is None or self._next >= len(steps):
            return None
        step = steps[self._next]
        repeat_every = self._scenario.repeat_every
        round_at = self._round * repeat_every.total_seconds() if repeat_every else 0.0
        return self._began_at + round_at + step.at.total_seconds(), step

    def _go_on(self) -> None:
        self._next += 1
        if self._next == len(self._scenario.steps) and self._scenario.repeat_every is not None:
            self._round, self._next = self._round + 1, 0
