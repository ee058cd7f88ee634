"""The lines about an error."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from tests.messages.samples import BEGAN_AT, CHINESE, ENGLISH, TOLD_AT, WRONG, ended, notify
from watcher.core.event import Kind
from watcher.core.notification import Known, Notification
from watcher.messages.error import (
    FRAME_CHARACTERS,
    WRAPPER_CHARACTERS,
    error_facts,
    fresh_error,
    name_of,
)
from watcher.messages.times import epoch_time
from watcher.messages.wording import Wording

ROOT = "java.sql.SQLTransientConnectionException: pool-1 timed out after 30000ms"
DEEP = """org.apache.flink.runtime.JobException: Recovery is suppressed by NoRestart
\tat org.apache.flink.runtime.X.handle(X.java:138)
Caused by: com.acme.Failed: stage 7 gave up
\tat com.acme.Stage.map(Stage.java:3)
Caused by: java.lang.RuntimeException: java.io.IOException: disk full
\tat com.acme.Sink.lambda$open$3(Sink.java:42)
\t... 14 more
Caused by: java.io.IOException: disk full
\tat java.base/java.io.FileOutputStream.write(FileOutputStream.java:3)
\tat com.acme.Sink.open(Sink.java:8)
\t... 14 more
"""
NAME = "IOException-3f9c51d2a7b0c4e8"
LONG_AGO = datetime(2026, 10, 3, 9, 30, tzinfo=UTC)


def lines(notification: Notification, words: Wording = ENGLISH) -> list[tuple[str, str]]:
    return [(label, text) for label, text in error_facts(notification, TOLD_AT, words) if text]


def with_text(text: str | None, kind: Kind = Kind.STATE_MISMATCH) -> Notification:
    return notify(kind, run=msgspec.structs.replace(WRONG, last_error_message=text))


def test_an_error_is_told_from_its_root() -> None:
    """The root first, the user's own code, then what says more around it; Flink's rim is not."""
    assert [
        ("error", "java.io.IOException: disk full · at 16:02"),
        ("code", "com.acme.Sink.open(Sink.java:8)"),
        ("within", "com.acme.Failed: stage 7 gave up"),
    ] == lines(with_text(DEEP))


def test_what_is_wrapped_twice_in_the_same_is_said_once() -> None:
    """Flink wraps a missing slot three times in the same words."""
    wrapped = "a.Outer: no slots\nCaused by: a.Outer: no slots\nCaused by: a.Root: timed out"
    assert ["error", "within"] == [label for label, _ in lines(with_text(wrapped))]


@pytest.mark.parametrize("text", [None, "", " \n\t"])
def test_no_error_has_no_lines(text: str | None) -> None:
    """Nothing is said of an error that is not there."""
    assert [] == lines(with_text(text))


@pytest.mark.parametrize(
    "known, english, chinese",
    [
        (Known(NAME, TOLD_AT, 1, 1), "not seen before", "首次出现"),
        (
            Known(NAME, LONG_AGO, 41, 6),
            "first seen 3 Oct 17:30, 41 times, 6 jobs",
            "首次见于 10月3日 17:30，共 41 次，涉及 6 个作业",
        ),
        (
            Known(NAME, LONG_AGO, 2, 1),
            "first seen 3 Oct 17:30, 2 times",
            "首次见于 10月3日 17:30，共 2 次",
        ),
    ],
)
def test_the_reader_learns_how_old_the_trouble_is(known: Known, english: str, chinese: str) -> None:
    """By which name the error is known, since when, how often and in how many jobs."""
    told = notify(known=known)
    assert ("known", f"IOException-3f9c · {english}") == lines(told)[-1]
    assert ("known", f"IOException-3f9c · {chinese}") == lines(told, CHINESE)[-1]


def test_what_was_never_counted_is_not_called_new() -> None:
    """An error that stood when watching began has no past that we know."""
    assert ["error"] == [label for label, _ in lines(notify())]


def test_an_old_error_is_one_line() -> None:
    """What likely has nothing to do with the trouble does not fill its message."""
    yesterday = int((BEGAN_AT - timedelta(days=1)).timestamp() * 1000)
    run = msgspec.structs.replace(WRONG, last_error_message=DEEP, last_error_at=yesterday)
    told = notify(run=run, known=Known(NAME, LONG_AGO, 41, 6))
    assert [("error-last", "java.io.IOException: disk full · at Sat 21 Nov 16:03")] == lines(told)
    assert [] == lines(ended(run=run))


def test_a_huge_trace_makes_short_lines() -> None:
    """A megabyte, a line of 100 kB and a name without end stay lines that people read."""
    frame = f"\tat com.acme.{'C' * 280}.map(C.java:1)\n"
    huge = f"a.Outer: {'o' * 100_000}\nCaused by: a.Inner: {'i' * 100_000}\n{frame * 4000}"
    told = dict(lines(with_text(huge)))
    assert len(told["error"]) < 400
    assert FRAME_CHARACTERS == len(told["code"])
    assert WRAPPER_CHARACTERS == len(told["within"])


def test_the_name_that_was_saved_is_told() -> None:
    """A silence that names it keeps working, even if a later version would name it otherwise."""
    assert NAME == name_of(notify(known=Known(NAME, LONG_AGO, 41, 6)), ROOT)
    event = msgspec.structs.replace(notify().event, fingerprint=NAME)
    told = msgspec.structs.replace(notify(), event=event)
    assert NAME == name_of(told, ROOT)
    old = msgspec.structs.replace(event, fingerprint="3f9c51d2a7b0c4e8")
    older = msgspec.structs.replace(told, event=old)
    assert name_of(notify(), ROOT) == name_of(older, ROOT)


@pytest.mark.parametrize(
    "milliseconds, expected",
    [
        (0, None),
        (-5, None),
        (2**63, None),
        (1_548_397_575_123, datetime(2019, 1, 25, 6, 26, 15, 123_000, UTC)),
    ],
)
def test_times_of_the_api_are_read_or_left_out(
    milliseconds: int, expected: datetime | None
) -> None:
    """0 is no time, and a time beyond the calendar breaks nothing."""
    assert expected == epoch_time(milliseconds)


def test_an_old_error_is_not_blamed_in_one_line() -> None:
    """The API keeps errors for days; on one line only a fresh one stands beside the trouble."""
    yesterday = int((BEGAN_AT - timedelta(days=1)).timestamp() * 1000)
    old = notify(run=msgspec.structs.replace(WRONG, last_error_at=yesterday))
    assert ROOT == fresh_error(notify())
    assert "" == fresh_error(old)
    assert "" == fresh_error(notify(Kind.MISSING))
