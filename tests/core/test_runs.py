"""What is remembered of a batch job's runs."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.core.playbook import NOON, run
from watcher.core.run_summary import RunSummary
from watcher.core.runs import KEPT, Runs, follow

POLL = timedelta(seconds=10)
MINUTE = timedelta(minutes=1)


def state(actual: str, number: int | None = 1) -> RunSummary:
    return run("a", actual, "SUCCESS", id=number)


def told(*story: tuple[float, RunSummary], gap: timedelta | None = POLL) -> Runs:
    """The past after readings, each so many minutes after noon."""
    runs: Runs | None = None
    previous: RunSummary | None = None
    for minutes, seen in story:
        at = NOON + minutes * MINUTE
        runs = follow(runs, seen, previous, at, None if previous is None else gap)
        previous = seen
    assert runs is not None
    return runs


def at(minutes: float) -> datetime:
    return NOON + minutes * MINUTE


def test_a_run_is_from_its_first_reading_to_its_success() -> None:
    """Waiting counts as begun; the duration is known where somebody looked at both ends."""
    runs = told(
        (0, state("SUCCESS", 1)),
        (5, state("WAITING", 2)),
        (7, state("RUNNING", 2)),
        (45, state("SUCCESS", 2)),
    )
    assert (40 * 60_000,) == runs.lasted_ms
    assert (at(45), "2", None) == (runs.done_at, runs.done_id, runs.begun_at)


@pytest.mark.parametrize("over", ["FAILED", "TERMINATED", "PAUSED"])
def test_only_a_success_has_a_duration(over: str) -> None:
    """A run that failed or was stopped says nothing of how long one takes."""
    runs = told((0, state("SUCCESS", 1)), (5, state("RUNNING", 2)), (9, state(over, 2)))
    assert ((), None, at(0)) == (runs.lasted_ms, runs.begun_at, runs.done_at)


def test_what_runs_at_first_sight_began_nobody_knows_when() -> None:
    """It is counted from then on, and its duration is not kept."""
    runs = told((0, state("RUNNING", 1)))
    assert at(0) == runs.begun_at
    assert () == told((0, state("RUNNING", 1)), (40, state("SUCCESS", 1))).lasted_ms


@pytest.mark.parametrize("gap, known", [(POLL, 1), (3 * MINUTE, 0), (None, 0)])
def test_a_duration_with_uncertain_ends_is_not_kept(gap: timedelta | None, known: int) -> None:
    """Too long a gap before either end makes it a guess, which would spoil what is usual."""
    runs = told(
        (0, state("SUCCESS", 1)), (5, state("RUNNING", 2)), (45, state("SUCCESS", 2)), gap=gap
    )
    assert known == len(runs.lasted_ms)


@pytest.mark.parametrize(
    "before, after, new",
    [
        (state("SUCCESS", 1), state("SUCCESS", 1), False),
        (state("SUCCESS", 1), state("SUCCESS", 2), True),
        (state("RUNNING", 1), state("SUCCESS", 1), True),
        (state("SUCCESS", None), state("SUCCESS", None), False),
        (state("RUNNING", None), state("SUCCESS", None), True),
        (state("SUCCESS", 1), state("SUCCESS", None), False),
        (state("SUCCESS", None), state("SUCCESS", 1), False),
    ],
)
def test_a_success_is_known_by_its_id(before: RunSummary, after: RunSummary, new: bool) -> None:
    """A new Id that is SUCCESS or the same one turned SUCCESS; without Ids, that it was not."""
    assert new is (told((0, before), (1, after)).done_at == at(1))


def test_the_same_success_seen_again_is_no_other() -> None:
    """An Id whose state was unknown for a while has succeeded once."""
    runs = told((0, state("SUCCESS", 1)), (1, state("UNKNOWN", 1)), (2, state("SUCCESS", 1)))
    assert at(0) == runs.done_at


def test_a_success_at_first_sight_is_seen_now() -> None:
    """Nobody knows better; also for a job that an older version has saved."""
    assert at(3) == told((3, state("SUCCESS", 1))).done_at
    old = follow(None, state("SUCCESS", 1), state("SUCCESS", 1), at(4), POLL)
    assert (at(4), at(4)) == (old.since, old.done_at)


def test_the_next_id_is_another_run() -> None:
    """From one reading to the next the old run is gone and the new one begins."""
    runs = told((0, state("SUCCESS", 1)), (1, state("RUNNING", 2)), (9, state("RUNNING", 3)))
    assert (at(9), "3") == (runs.begun_at, runs.run_id)


def test_only_the_last_durations_are_kept() -> None:
    """What is usual is what it was lately."""
    story = [(0.0, state("SUCCESS", 0))]
    for number in range(1, KEPT + 5):
        story += [
            (100.0 * number, state("RUNNING", number)),
            (100.0 * number + number, state("SUCCESS", number)),
        ]
    runs = told(*story)
    assert [n * 60_000 for n in range(5, KEPT + 5)] == list(runs.lasted_ms)
    assert timedelta(minutes=9.5) == runs.usual


@pytest.mark.parametrize(
    "lasted, factor, expected",
    [
        ((40, 40), 2.0, None),
        ((30, 40, 60), 2.0, 80),
        ((1, 1, 1), 2.0, 6),
        ((40, 40, 40), 1.1, 45),
        ((20, 40), 2.0, None),
    ],
)
def test_long_is_so_many_times_the_usual(
    lasted: tuple[int, ...], factor: float, expected: float | None
) -> None:
    """The median of at least three, and at least five minutes more."""
    runs = Runs(since=NOON, begun_at=NOON, lasted_ms=tuple(n * 60_000 for n in lasted))
    assert (None if expected is None else at(expected)) == runs.long_at(factor)
    waiting = Runs(since=NOON, lasted_ms=runs.lasted_ms)
    assert None is waiting.long_at(factor)


def test_nothing_lies_in_the_future() -> None:
    """What a clock that was set back leaves behind counts as now."""
    ahead = Runs(since=at(60), done_at=at(70), done_id="1", begun_at=at(80), run_id="2")
    runs = follow(ahead, state("RUNNING", 2), state("RUNNING", 2), NOON, POLL)
    assert (NOON, NOON, NOON) == (runs.since, runs.done_at, runs.begun_at)
