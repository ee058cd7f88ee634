"""StreamPark's rules as they are written down in its module."""

from __future__ import annotations

from dataclasses import replace

from tests.peers.looks import Look, Seen
from tests.peers.playing import looking, times
from tests.peers.streampark import streampark

GOOD, FAILED = ("RUNNING", "RUNNING"), ("RUNNING", "FAILED")
KILLED, STOPPED = ("RUNNING", "TERMINATED"), ("TERMINATED", "TERMINATED")


def texts(looks: list[Look]) -> list[tuple[float, str]]:
    return [(one.at, one.text) for one in streampark(looks)]


def test_a_failure_is_told_once() -> None:
    """However long it lasts, and nothing is told of its end."""
    looks = looking(GOOD, *times(FAILED, 20), GOOD, GOOD)
    assert [(5.0, "payments FAILED")] == texts(looks)


def test_a_second_failure_is_told() -> None:
    """A job that runs again is watched again."""
    looks = looking(GOOD, FAILED, GOOD, FAILED)
    assert [(5.0, "payments FAILED"), (15.0, "payments FAILED")] == texts(looks)


def test_only_a_stop_of_others_is_told() -> None:
    """A stop that ExpectState asked for is taken for StreamPark's own."""
    assert [(5.0, "payments CANCELED")] == texts(looking(GOOD, KILLED))
    assert [] == texts(looking(GOOD, STOPPED))


def test_half_a_minute_without_an_answer_is_lost() -> None:
    """It is told once, and the job that was never down is not watched any more."""
    looks = looking(GOOD, *times(None, 20), GOOD, FAILED)
    assert [(35.0, "payments LOST")] == texts(looks)
    assert [] == texts(looking(GOOD, *times(None, 6), GOOD))


def test_a_new_instance_is_watched_after_lost() -> None:
    """Whoever starts a lost job anew has it watched again."""
    before = looking(GOOD, *times(None, 8))
    after = [replace(one, at=one.at + 45) for one in looking(GOOD, FAILED, instance=2)]
    assert [(35.0, "payments LOST"), (50.0, "payments FAILED")] == texts([*before, *after])


def test_a_cluster_that_dies_has_one_message() -> None:
    """Jobs of one application that end at one look are told together; alone they are not."""

    def seen(actual: str) -> Seen:
        return Seen("RUNNING", actual, 1, "application_1", None, batch=False)

    whole = [Look(0, {"a": seen("RUNNING"), "b": seen("RUNNING")})]
    both = Look(5, {"a": seen("FAILED"), "b": seen("FAILED")})
    one = Look(5, {"a": seen("FAILED"), "b": seen("RUNNING")})
    assert [(5.0, "cluster application_1 LOST")] == texts([*whole, both])
    assert [(5.0, "a FAILED")] == texts([*whole, one])
