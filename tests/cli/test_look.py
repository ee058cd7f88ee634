"""What the commands that look say of an event."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from tests.messages.samples import notify, subject_of
from watcher.cli.look import clock_was_set, what_happened
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


@pytest.mark.parametrize(
    "by, expected",
    [
        (timedelta(hours=1, milliseconds=3), "set forward by 1h;"),
        (-timedelta(days=1), "set back by 1d;"),
    ],
)
def test_a_clock_that_was_set_is_shown(by: timedelta, expected: str) -> None:
    """Which way and by how much, to the second."""
    assert expected in clock_was_set(by)
