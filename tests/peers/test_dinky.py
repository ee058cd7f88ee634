"""Dinky's rules as they are written down in its module."""

from __future__ import annotations

from tests.peers.dinky import dinky
from tests.peers.looks import Look
from tests.peers.playing import looking, times

GOOD, FAILED, WAITING = ("RUNNING", "RUNNING"), ("RUNNING", "FAILED"), ("RUNNING", "WAITING")
STOPPED, ODD = ("RUNNING", "TERMINATED"), ("RUNNING", "MIGRATING")


def texts(looks: list[Look]) -> list[tuple[float, str]]:
    return [(one.at, one.text) for one in dinky(looks)]


def test_a_failure_is_told_twice() -> None:
    """It is a level, two messages go in a minute, and after that minute it is out of the pool."""
    looks = looking(GOOD, *times(FAILED, 40))
    assert [(5.0, "payments FAILED"), (10.0, "payments FAILED")] == texts(looks)


def test_restarting_is_told_as_long_as_it_lasts() -> None:
    """Two messages a minute, for ever; a first start is no restart."""
    looks = looking(GOOD, *times(WAITING, 25))
    assert [5.0, 10.0, 65.0, 70.0, 125.0] == [at for at, _ in texts(looks)]
    assert [] == texts(looking(*times(WAITING, 25)))


def test_a_minute_without_an_answer_is_unknown() -> None:
    """It is told once, and the job is out of the pool."""
    looks = looking(GOOD, *times(None, 30), GOOD, FAILED)
    assert [(65.0, "payments UNKNOWN")] == texts(looks)
    assert [] == texts(looking(GOOD, *times(None, 12), GOOD))


def test_a_state_without_a_name_is_unknown() -> None:
    """At once, and once."""
    assert [(5.0, "payments UNKNOWN")] == texts(looking(GOOD, ODD, ODD, GOOD))


def test_a_stop_is_not_told() -> None:
    """Neither a planned one nor any other."""
    assert [] == texts(looking(GOOD, *times(STOPPED, 20)))


def test_a_young_exception_is_told_once() -> None:
    """One that is older than two minutes is not."""
    assert [(0.0, "payments EXCEPTION")] == texts(looking(GOOD, GOOD, GOOD, error_at=-100.0))
    assert [] == texts(looking(GOOD, GOOD, error_at=-121.0))
