"""What became of an event, in words: one sentence for each reason, for commands and people."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from watcher.core.step import Decision
from watcher.core.why import Why

WORDS: Final = MappingProxyType(
    {
        Why.TOLD: "told",
        Why.NO_RULE: "no rule of the file is for it",
        Why.NO_CHANNEL: "the rule names no channel that could be told",
        Why.DID_NOT_LAST: "it was over before the rule's `for` was",
        Why.OTHER_RULE_SPEAKS: "another rule, graver or earlier in the file, speaks there",
        Why.TOLD_BEFORE: "the same was told less than `repeat_after` ago; it is counted",
        Why.COUNTED: "it counts towards the rule's `count`",
        Why.ALREADY_FIRING: "it is part of an alert that fires already",
        Why.MERGED: "it travels in a message about the same job",
        Why.SILENCED: "a silence covers it",
        Why.WINDOW: "a maintenance window is open",
        Why.INCIDENT: "it is part of an incident that is told as one",
        Why.FLAPPING: "the job flaps, and that is told as one",
        Why.UNWATCHED: "its rule, channel or job left the file while it waited",
    }
)
"""Every reason has its words."""


def reason_of(decision: Decision) -> str:
    """A decision in words, with what kept it from being told."""
    return words_of(decision.why, decision.by)


def words_of(why: Why, by: str | None = None) -> str:
    """A reason in words, with the silence, window or alert that it is about."""
    return f"{WORDS[why]} ({by})" if by else WORDS[why]
