"""What occurs between two readings of a job: errors, state changes."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256

import msgspec
import pytest

from tests.core.playbook import NOON, World, rule, run
from watcher.core.fingerprint import fingerprint
from watcher.core.run_summary import RunSummary

T1 = 1_795_000_000_000
T2 = T1 + 60_000


def errors_in(*summaries: RunSummary) -> list[str | None]:
    """The text of each new error in a row of readings, every one of them told."""
    world = World(rule("errors", "new-error", repeat_after="0s"))
    found: list[str | None] = []
    for summary in summaries:
        world.reads(summary)
        found += [n.event.run.last_error_message for n in world.last if n.event.run]
        world.waits("10s")
    return found


def error(text: str | None, at: int | None = None, actual: str = "RUNNING") -> RunSummary:
    return run("a", actual, error=text, error_at=at)


NONE = error(None)


@pytest.mark.parametrize(
    "summaries, expected",
    [
        ([NONE, error("x", T1)], ["x"]),
        ([NONE, error("x", T1), error("x", T2)], ["x", "x"]),
        ([NONE, error("x", T1), error("y", T2)], ["x", "y"]),
        ([NONE, error(None, T1)], [None]),
        ([NONE, error("x", T1, "FAILED")], ["x"]),
        ([error("x", T1, "FAILED"), error("y", T2, "FAILED")], ["y"]),
    ],
)
def test_each_later_time_is_a_new_error(
    summaries: list[RunSummary], expected: list[str | None]
) -> None:
    """Every LastErrorTime later than any seen is a new error, also while the job is down."""
    assert expected == errors_in(*summaries)


@pytest.mark.parametrize("no_time", [None, 0, -1])
def test_without_a_time_another_text_is_one(no_time: int | None) -> None:
    """Without a time a text whose fingerprint differs from the last one is; 0 is no time."""
    x1, x2, y = (error(text, no_time) for text in ("lost 17 rows", "lost 99 rows", "no disk"))
    assert ["lost 17 rows", "no disk", "lost 99 rows"] == errors_in(NONE, x1, x2, y, y, x2, x1)


@pytest.mark.parametrize(
    "summaries",
    [
        [error("x", T1), error("y", T1)],
        [error("x", T1), NONE],
        [error("x", T1), NONE, error("x", T1)],
        [error("x", T2), error("y", T1)],
        [error("x", T1), error("x")],
        [error("x"), NONE, error("x")],
        [error("x", T1)],
        [error("x")],
        [NONE, error("", 0)],
    ],
)
def test_what_is_no_new_error(summaries: list[RunSummary]) -> None:
    """The same time with other text, a cleared one, one back with its old time, an old one."""
    assert [] == errors_in(*summaries)


def test_the_latest_time_is_kept_over_a_restart() -> None:
    """An error that was seen before the watcher stopped is not new after it."""
    world = World(rule("errors", "new-error"))
    world.reads(NONE)
    assert ["began errors @ops"] == world.reads(error("x", T1))
    world.reads(NONE)
    world.restarts(after="1m")
    assert [] == world.reads(error("x", T1))
    assert ["began errors @ops"] == world.reads(error("no disk", T2))


def test_an_error_tells_when_it_occurred() -> None:
    """`occurred_at` is LastErrorTime where the event rests on it, else the time of the reading."""
    world = World(rule("errors", "new-error"))
    world.reads(NONE)
    world.reads(error("x", T1))
    event = world.last[0].event
    assert datetime.fromtimestamp(T1 / 1000, UTC) == event.occurred_at
    assert NOON == event.detected_at
    world.reads(error("no disk"))
    assert NOON == world.last[0].event.occurred_at


@pytest.mark.parametrize("garbage", [253_402_300_800_000, 10**18, 2**63 - 1, 10**30, -(10**30)])
def test_a_time_beyond_the_calendar_is_no_time(garbage: int) -> None:
    """A time that no calendar has does not stop the watcher and does not hide later errors."""
    assert ["x", "y"] == errors_in(NONE, error("x", garbage), error("y", T1))


@pytest.mark.parametrize("last", [253_402_300_799_999, 1])
def test_the_calendars_ends_are_times(last: int) -> None:
    """The first and the last millisecond that count as times."""
    assert ["x"] == errors_in(NONE, error("x", last))


def test_the_last_eight_fingerprints_are_kept() -> None:
    """A job's fingerprints are bounded, newest last."""
    world = World(rule("errors", "new-error"))
    world.reads(NONE)
    for word in "abcdefghijk":
        world.reads(error(f"{word} broke"))
    record = next(iter(world.store.jobs.values()))
    assert 8 == len(record.fingerprints) == len(set(record.fingerprints))
    assert [] == world.reads(error("k broke"))


@pytest.mark.parametrize(
    "summaries, expected",
    [
        ([run("a"), run("a", "PAUSED")], ["RUNNING→PAUSED"]),
        ([run("a"), run("a", "RUNNIBG")], ["RUNNING→RUNNIBG"]),
        ([run("a"), run("a")], []),
        ([run("a", "PAUSED")], []),
        ([run("a"), run("a", expect="PAUSED")], []),
        ([run("a"), run("a", None)], []),
    ],
)
def test_a_state_change_is_one_of_actual_state(
    summaries: list[RunSummary], expected: list[str]
) -> None:
    """Only ActualState counts, and neither first sight nor an absent state is a change."""
    world = World(rule("changes", "state-change"))
    found = []
    for summary in summaries:
        world.reads(summary)
        found += [
            f"{n.event.previous.actual_state}→{n.event.run.actual_state}"
            for n in world.last
            if n.event.run and n.event.previous
        ]
    assert expected == found


def test_the_earlier_text_is_told_while_it_is_the_same_error() -> None:
    """`previous` has the error's text where its time says that it is the present one."""
    world = World(rule("changes", "state-change"))
    world.reads(error("x", T1))
    world.reads(error("x", T1, "FAILED"))
    previous = world.last[0].event.previous
    assert previous is not None
    assert "x" == previous.last_error_message


def test_an_error_known_by_its_old_name_is_not_new() -> None:
    """After an upgrade an error without a time that stands in the store is not told again."""
    world = World(rule("errors", "new-error"))
    world.reads(NONE)
    world.reads(error("lost 17 rows"))
    for subject, record in world.store.jobs.items():
        old = sha256(b"lost rows").hexdigest()[:16]
        world.store.jobs[subject] = msgspec.structs.replace(record, fingerprints=(old,))
    world.restarts(after="1m")
    assert [] == world.reads(error("lost 99 rows"))
    assert [fingerprint("lost 1 rows")] == [
        name for record in world.store.jobs.values() for name in record.fingerprints
    ]
    assert [] != world.reads(error("no disk"))
