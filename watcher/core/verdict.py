"""The table that says whether ActualState is what ExpectState asks for."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import Final

from watcher.core.run_summary import (
    BATCH,
    FAILED,
    PAUSED,
    RUNNING,
    STREAM,
    SUCCESS,
    TERMINATED,
    UNKNOWN,
    WAITING,
)


class Verdict(StrEnum):
    """In which way a job is not what it was told to be."""

    STUCK = "stuck"
    STOPPED = "stopped"
    FAILED = "failed"
    ZOMBIE = "zombie"
    UNKNOWN = "unknown"


GRAVE: Final = frozenset({Verdict.STOPPED, Verdict.FAILED})
"""Verdicts that are told as `worse` when an alert fires for one of the others."""

_RIGHT: Final = None
_STUCK_ROW: Final = {WAITING: Verdict.STUCK, UNKNOWN: Verdict.STUCK}
_STOPPED_ROW: Final = {PAUSED: Verdict.STOPPED, TERMINATED: Verdict.STOPPED, FAILED: Verdict.FAILED}
_ZOMBIE_ROW: Final[dict[str, Verdict | None]] = {
    RUNNING: Verdict.ZOMBIE,
    WAITING: Verdict.ZOMBIE,
    UNKNOWN: Verdict.ZOMBIE,
    PAUSED: _RIGHT,
    TERMINATED: _RIGHT,
    SUCCESS: _RIGHT,
    FAILED: _RIGHT,
}

TABLE: Final = MappingProxyType(
    {
        (RUNNING, STREAM): {
            RUNNING: _RIGHT,
            **_STUCK_ROW,
            **_STOPPED_ROW,
            SUCCESS: Verdict.STOPPED,
        },
        (RUNNING, BATCH): {RUNNING: _RIGHT, **_STUCK_ROW, **_STOPPED_ROW, SUCCESS: _RIGHT},
        (SUCCESS, STREAM): {
            RUNNING: _RIGHT,
            WAITING: _RIGHT,
            UNKNOWN: _RIGHT,
            **_STOPPED_ROW,
            SUCCESS: _RIGHT,
        },
        (SUCCESS, BATCH): {
            RUNNING: _RIGHT,
            WAITING: _RIGHT,
            UNKNOWN: _RIGHT,
            **_STOPPED_ROW,
            SUCCESS: _RIGHT,
        },
        (PAUSED, STREAM): _ZOMBIE_ROW,
        (PAUSED, BATCH): _ZOMBIE_ROW,
        (TERMINATED, STREAM): _ZOMBIE_ROW,
        (TERMINATED, BATCH): _ZOMBIE_ROW,
    }
)
"""(ExpectState, job type) → ActualState → verdict, `None` for right; an ActualState that a row does
not name is `unknown`, an ExpectState that no row has is not judged."""


def can_judge(expect_state: str | None, job_type: str) -> bool:
    """Whether the table has a row for this ExpectState; where not, the job is only counted."""
    return (expect_state, job_type) in TABLE


def judge(
    expect_state: str | None, actual_state: str | None, job_type: str, *, ran: bool, stood: bool
) -> Verdict | None:
    """The verdict, `None` where the job is right or cannot be judged.

    `ran`: this Id was seen RUNNING and ExpectState has not changed since, so WAITING is `stopped`.
    `stood`: PAUSED or TERMINATED already stood when ExpectState became RUNNING, so it is `stuck`.
    An absent ActualState is `unknown`.
    """
    if expect_state is None or not can_judge(expect_state, job_type):
        return None
    row = TABLE[(expect_state, job_type)]
    verdict = row.get(actual_state, Verdict.UNKNOWN) if actual_state else Verdict.UNKNOWN
    if verdict is Verdict.STUCK and ran:
        return Verdict.STOPPED
    if verdict is Verdict.STOPPED and stood and actual_state in (PAUSED, TERMINATED):
        return Verdict.STUCK
    return verdict
