"""What the commands that look say of an event."""

from __future__ import annotations

import msgspec
import pytest

from tests.messages.samples import facts_of, notify, subject_of
from watcher.cli.look import became, what_happened
from watcher.core.event import Kind
from watcher.core.why import Why
from watcher.store.traces import Decided


@pytest.mark.parametrize(
    "kind, expected",
    [
        (Kind.STATE_MISMATCH, "stopped should be RUNNING, is PAUSED"),
        (Kind.STATE_CHANGE, "RUNNING → PAUSED"),
        (Kind.NEW_ERROR, "java.sql.SQLTransientConnectionException: pool-1 timed out"),
        (Kind.RESTART, "instance 177474"),
        (Kind.INPUT_DELAY, "300 ms"),
        (Kind.INCIDENT, "37 of 1204 jobs disk full"),
    ],
)
def test_an_event_is_said_in_the_words_of_its_kind(kind: Kind, expected: str) -> None:
    """A person reads in one line what happened, not the fields that happen to be there."""
    event = notify(kind, facts=facts_of(kind)[0]).event
    assert subject_of(kind) == event.subject
    assert expected in what_happened(event)


@pytest.mark.parametrize(
    "name, expected",
    [
        ("IOException-3f9c51d2a7b0c4e8", "IOException-3f9c java.sql."),
        ("3f9c51d2a7b0c4e8", "3f9c51d2a7b0c4e8 java.sql."),
        (None, "java.sql."),
    ],
)
def test_an_error_is_shown_with_the_name_that_a_silence_takes(
    name: str | None, expected: str
) -> None:
    """The short one; one of the version before as it is."""
    event = msgspec.structs.replace(notify(Kind.NEW_ERROR).event, fingerprint=name)
    assert what_happened(event).startswith(expected)


def decided(why: Why, channel: str | None, notification: str | None = None) -> Decided:
    return Decided(None, why, "down", channel, notification, None)


@pytest.mark.parametrize(
    "decisions, expected",
    [
        ((), "open"),
        ((decided(Why.OTHER_RULE_SPEAKS, "a"), decided(Why.TOLD, "b", "n1")), "told b"),
        ((decided(Why.COUNTED, None), decided(Why.NO_CHANNEL, None)), "not told: it counts"),
        ((decided(Why.SILENCED, "ops"),), "not told on ops: a silence"),
    ],
)
def test_what_became_of_an_event(decisions: tuple[Decided, ...], expected: str) -> None:
    """Who was told; where nobody was, the first gate that stopped it."""
    assert expected in became(decisions)
