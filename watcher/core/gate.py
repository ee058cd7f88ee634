"""What may keep a channel from being told of something: the question and the answer."""

from __future__ import annotations

import msgspec

from watcher.core.event import Event
from watcher.core.notification import Reason
from watcher.core.rule import Rule
from watcher.core.why import Why


class Asked(msgspec.Struct, frozen=True):
    """May this be told there?  `chat` says that people read the channel one by one.

    A beginning, `again`, `worse`, a reminder or an event that does not end; never an end: what was
    told is told to its end.
    """

    channel: str
    chat: bool
    rule: Rule
    reason: Reason
    event: Event


class Gate(msgspec.Struct, frozen=True):
    """A gate that is closed: why, and by what (a silence's id, a window's name, an alert's id)."""

    why: Why
    by: str | None = None

    @property
    def key(self) -> str:
        """What tells it from the others."""
        return f"{self.why}:{self.by}"

    @property
    def hold(self) -> str:
        """The counter that says since when it is closed (Unix seconds)."""
        return f"hold:{self.key}"

    def hidden(self, channel: str) -> str:
        """The counter of what it has stopped on a channel since then."""
        return f"hidden:{self.key}|{channel}"
