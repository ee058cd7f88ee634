"""Why an event was told, or which gate stopped it."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Why(StrEnum):
    """What became of an event under a rule and on a channel: told, or the gate that stopped it."""

    TOLD = "told"
    NO_RULE = "no-rule"
    NO_CHANNEL = "no-channel"
    DID_NOT_LAST = "did-not-last"
    OTHER_RULE_SPEAKS = "other-rule-speaks"
    TOLD_BEFORE = "told-before"
    COUNTED = "counted"
    ALREADY_FIRING = "already-firing"
    MERGED = "merged"
    SILENCED = "silenced"
    WINDOW = "window"
    INCIDENT = "incident"
    FLAPPING = "flapping"
    UNWATCHED = "unwatched"


BY_PEOPLE: Final = frozenset({Why.SILENCED, Why.WINDOW})
"""Gates that a person closed, by a silence or in the file."""
