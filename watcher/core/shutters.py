"""What people keep closed by silences and windows, as a Step in the making has it."""

from __future__ import annotations

from datetime import datetime

from watcher.core.gate import Gate
from watcher.core.silence import Silence
from watcher.core.state import State


class Shutters:
    """The silences, the gates that they and the windows keep shut, and how much those hide.

    `known` are the silences that the store holds and `shut` the keys of the closed gates, where
    they are news; `ended` are the silences that end with this Step.  How long a gate is closed and
    what it hides stands in the Step's counters.
    """

    def __init__(self, state: State, now: datetime, counters: dict[str, int]) -> None:
        """Begin as the state has it."""
        self._state = state
        self._now = now
        self._counters = counters
        self.known: tuple[Silence, ...] | None = None
        self.ended: dict[str, Silence] = {}
        self.shut: frozenset[str] | None = None

    def heed(self, silences: tuple[Silence, ...]) -> None:
        """Take note of the silences that the store holds now."""
        if silences != self._state.silences:
            self.known = silences

    def silences(self) -> list[Silence]:
        """Those in force now, as this draft has them."""
        known = self._state.silences if self.known is None else self.known
        return [s for s in known if s.id not in self.ended and s.holds(self._now)]

    def end_silence(self, silence: Silence) -> None:
        """Save that a silence has ended."""
        self.ended[silence.id] = silence

    def note_shut(self, gates: frozenset[str]) -> None:
        """Take note of the gates that people keep closed."""
        if gates != self._state.shut:
            self.shut = gates

    def begin_hold(self, gate: Gate, since: datetime) -> bool:
        """Note that a gate is closed since then; `False` where that is known.

        What it stops is counted anew.
        """
        name, at = gate.hold, int(since.timestamp())
        if self._counters.get(name, self._state.counters.get(name)) == at:
            return False
        self._counters[name] = at
        for channel in self._state.plan.channels:
            if self.hidden_by(gate, channel):
                self._counters[gate.hidden(channel)] = 0
        return True

    def hidden_by(self, gate: Gate, channel: str) -> int:
        """How much a gate has stopped on a channel since it was closed."""
        name = gate.hidden(channel)
        return self._counters.get(name, self._state.counters.get(name, 0))
