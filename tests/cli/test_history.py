"""Which moment `watcher history --at` means, and how a change is said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import click
import msgspec
import pytest

from tests.core.playbook import run
from watcher.cli.history import moment_meant, what_changed
from watcher.core.past import Seen
from watcher.store.history import Change

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 24, 12, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "at, date, expected",
    [
        ("10:03", None, "2026-11-24 02:03:00"),
        ("9:03:07", None, "2026-11-24 01:03:07"),
        ("23:59", "2026-11-23", "2026-11-23 15:59:00"),
    ],
)
def test_a_time_is_one_of_the_files_zone(at: str, date: str | None, expected: str) -> None:
    """The clock on the wall of whoever reads the messages; without a date it is today there."""
    meant = moment_meant(at, date, NOW, SHANGHAI)
    assert expected == f"{meant.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


@pytest.mark.parametrize(
    "at, date, words",
    [
        ("24:00", None, "no time of day"),
        ("10", None, "no time of day"),
        ("10:00", "yesterday", "no day"),
        ("10:00", "2026-02-30", "no day"),
        ("21:00", None, "still to come"),
    ],
)
def test_what_is_no_moment_is_said(at: str, date: str | None, words: str) -> None:
    """With what to write instead."""
    with pytest.raises(click.UsageError, match=words):
        moment_meant(at, date, NOW, SHANGHAI)


def when(at: datetime | None) -> str | None:
    return None if at is None else f"{at:%H:%M:%S}"


def change(before: Seen | None, after: Seen | None, error: str | None = None) -> Change:
    return Change(NOW, before, after, error)


def seen(actual: str = "RUNNING", *, absent: datetime | None = None, error_at: int = 0) -> Seen:
    return Seen("FLINK_STREAM", "a", run("a", actual, error_at=error_at), absent_since=absent)


UNSEEN = msgspec.structs.replace(seen(), run=None)


@pytest.mark.parametrize(
    "one, expected",
    [
        (change(seen(), seen("FAILED")), "actual_state RUNNING → FAILED"),
        (change(seen(), None), "not watched any more"),
        (change(None, UNSEEN), "watched from then on"),
        (change(UNSEEN, seen()), "first seen: should be RUNNING, is RUNNING"),
        (change(seen(), seen(absent=NOW)), "missing since 12:30:00"),
        (change(seen(absent=NOW), seen()), "in the answers again"),
        (change(seen(), seen(error_at=1000), "x broke\n\tat y"), "an error 00:00:01 x broke"),
        (change(seen(error_at=1000), seen()), "no error"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_change_is_said_by_what_differs(one: Change, expected: str) -> None:
    """Old → new, and nothing of what stayed."""
    assert expected == what_changed(one, when)


def test_the_hour_that_comes_twice_is_the_first() -> None:
    """Where clocks are set back a time is ambiguous; the earlier one is meant."""
    berlin = ZoneInfo("Europe/Berlin")
    meant = moment_meant("02:30", "2026-10-25", NOW, berlin)
    assert timedelta(hours=2) == meant.astimezone(berlin).utcoffset()
