"""Faults happen to those they concern, for as long as they last."""

from __future__ import annotations

from datetime import timedelta

import pytest

from watcher.simulator.faults import (
    FAILURES,
    MANNERS,
    NO_MISFORTUNE,
    QUIRKS,
    Fault,
    FaultBoard,
    FaultKind,
)


def outcome(board: FaultBoard, operation: str = "Op", project: str = "p", now: float = 0.0) -> str:
    return board.take(operation, project, ("a", "b"), now).outcome


def test_every_kind_is_of_one_family() -> None:
    """No kind is forgotten, none belongs to two families."""
    assert set(FaultKind) == FAILURES | MANNERS | QUIRKS
    assert len(FaultKind) == len(FAILURES) + len(MANNERS) + len(QUIRKS)


def test_without_faults_all_is_well() -> None:
    """Nothing happens where nothing was added."""
    assert NO_MISFORTUNE == FaultBoard().take("Op", "p", (), 0.0)
    assert NO_MISFORTUNE.outcome == "ok"


def test_a_fault_lasts_so_many_requests() -> None:
    """After n requests all is normal again."""
    board = FaultBoard()
    board.add(Fault(FaultKind.THROTTLE, requests=2), 0.0)
    assert ["throttle", "throttle", "ok"] == [outcome(board) for _ in range(3)]


def test_a_fault_lasts_so_long() -> None:
    """It ends when its time is over."""
    board = FaultBoard()
    board.add(Fault(FaultKind.THROTTLE, lasts=timedelta(seconds=5)), 100.0)
    assert ["throttle", "ok"] == [outcome(board, now=now) for now in (104.9, 105.0)]


@pytest.mark.parametrize(
    "fault",
    [
        Fault(FaultKind.THROTTLE, operation="Other"),
        Fault(FaultKind.THROTTLE, project="other"),
        Fault(FaultKind.THROTTLE, job="other"),
    ],
)
def test_a_fault_keeps_to_its_scope(fault: Fault) -> None:
    """It does not happen to another operation, project or job, nor is it used up by them."""
    board = FaultBoard()
    board.add(fault, 0.0)
    assert outcome(board) == "ok"
    assert board.take("Other", "other", ("other",), 0.0).outcome == "throttle"


def test_a_failure_spares_the_manners() -> None:
    """The oldest failure happens alone; manners and quirks are not used up meanwhile."""
    board = FaultBoard()
    board.add(Fault(FaultKind.GZIP, requests=1), 0.0)
    board.add(Fault(FaultKind.NULLS), 0.0)
    board.add(Fault(FaultKind.UNAVAILABLE, requests=1), 0.0)
    board.add(Fault(FaultKind.THROTTLE, requests=1), 0.0)
    expected = ["unavailable", "throttle", "gzip+nulls", "nulls"]
    assert expected == [outcome(board) for _ in expected]


def test_faults_are_ended_by_kind_by_number_or_all() -> None:
    """What is cleared no longer happens; the rest does."""
    board = FaultBoard()
    first = board.add(Fault(FaultKind.GZIP), 0.0)
    board.add(Fault(FaultKind.NULLS), 0.0)
    board.add(Fault(FaultKind.HALF), 0.0)
    board.remove(first)
    assert outcome(board) == "nulls+half"
    board.clear(FaultKind.NULLS)
    assert outcome(board) == "half"
    board.clear()
    assert outcome(board) == "ok"


async def test_held_requests_go_on_when_their_fault_ends() -> None:
    """Clearing another kind leaves a hanging request; clearing its own lets it go."""
    board = FaultBoard()
    board.add(Fault(FaultKind.HANG, requests=1), 0.0)
    hang = board.take("Op", "p", (), 0.0).manner(FaultKind.HANG)
    assert hang is not None
    assert board.active(0.0) == ()
    with board.holding(hang) as released:
        board.clear(FaultKind.THROTTLE)
        assert (1, False) == (board.held, released.is_set())
        board.clear(FaultKind.HANG)
        assert released.is_set()
    assert board.held == 0
