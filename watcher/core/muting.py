"""The gates between what is worth telling and a channel, in the order in which they are asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from watcher.core.draft import Draft
from watcher.core.flap_gate import stop_flapping
from watcher.core.gate import Asked, Gate
from watcher.core.membership import speak_for_members
from watcher.core.notification import Reason
from watcher.core.silencing import in_window, silenced
from watcher.core.why import BY_PEOPLE, Why

GATES: Final[tuple[Callable[[Draft, Asked], Gate | None], ...]] = (
    silenced,
    in_window,
    speak_for_members,
    stop_flapping,
)
"""Each says which gate is closed, or `None` where it is open."""


def closed(draft: Draft, asked: Asked) -> Gate | None:
    """The first gate that is closed for this, if any."""
    found = (gate(draft, asked) for gate in GATES)
    return next((gate for gate in found if gate is not None), None)


def stopped_by_people(draft: Draft, asked: Asked) -> bool:
    """Whether a person's word stops this: a silence or a window, which are asked first."""
    gate = closed(draft, asked)
    return gate is not None and gate.why in BY_PEOPLE


def reopened(why: Why) -> Reason:
    """The reason for which what a gate had stopped is told when the gate is open again."""
    return Reason.SILENCE_ENDED if why in BY_PEOPLE else Reason.BEGAN
