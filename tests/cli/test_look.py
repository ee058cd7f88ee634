"""What the commands that look say of an event."""

from __future__ import annotations

import pytest

from tests.messages.samples import notify, subject_of
from watcher.cli.look import what_happened
from watcher.core.event import Kind


@pytest.mark.parametrize(
    "kind, expected",
    [
        (Kind.STATE_MISMATCH, "stopped should be RUNNING, is PAUSED"),
        (Kind.STATE_CHANGE, "RUNNING → PAUSED"),
        (Kind.NEW_ERROR, "java.sql.SQLTransientConnectionException: pool-1 timed out"),
        (Kind.RESTART, "instance 177474"),
        (Kind.INPUT_DELAY, "300 ms"),
    ],
)
def test_an_event_is_said_in_the_words_of_its_kind(kind: Kind, expected: str) -> None:
    """A person reads in one line what happened, not the fields that happen to be there."""
    event = notify(kind).event
    assert subject_of(kind) == event.subject
    assert expected in what_happened(event)
