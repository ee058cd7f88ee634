"""The gate that a job's flapping closes: what it does again and again is not told each time."""

from __future__ import annotations

from typing import Final

from watcher.core.draft import Draft
from watcher.core.event import Kind
from watcher.core.gate import Asked, Gate
from watcher.core.notification import Reason
from watcher.core.why import Why

REPEATED: Final = frozenset({Kind.STATE_MISMATCH, Kind.STATE_CHANGE, Kind.RESTART})
"""What a flapping job does again and again."""

STOPPED: Final = frozenset({Reason.BEGAN, Reason.REMINDER, Reason.SILENCE_ENDED})
"""A mismatch that was told and gets worse is told all the same."""


def stop_flapping(draft: Draft, asked: Asked) -> Gate | None:
    """Closed on a chat that was told that the job flaps, until it has been told that this is over.

    Rules that count are not stopped: who wrote one wants to hear when it has counted enough.
    """
    event = asked.event
    if not asked.chat or event.kind not in REPEATED or asked.reason not in STOPPED:
        return None
    told = draft.told_of(event.subject, Kind.FLAPPING).get(asked.channel)
    return None if told is None or asked.rule.counts else Gate(Why.FLAPPING, told.alert)
