"""The table that says whether ActualState is what ExpectState asks for."""

from __future__ import annotations

from collections.abc import Mapping
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


class DelayVerdict(StrEnum):
    """In which way the input delay of a job that runs is not what it should be."""

    HIGH = "high"
    GROWING = "growing"
    FROZEN = "frozen"


class BatchVerdict(StrEnum):
    """In which way a batch job is not done as it should be."""

    LATE = "late"
    LONG = "long"


VERDICT_WORDS: Final = tuple(
    word.value for words in (Verdict, DelayVerdict, BatchVerdict) for word in words
)
"""Every verdict that there is, whatever its kind."""

GRAVE: Final = frozenset({Verdict.STOPPED, Verdict.FAILED})
"""Verdicts that are told as `worse` when an alert fires for one of the others."""

_COLUMNS: Final = (RUNNING, WAITING, UNKNOWN, PAUSED, TERMINATED, SUCCESS, FAILED)


def _row(*words: str) -> Mapping[str, Verdict | None]:
    """A row of the table, `-` for right."""
    verdicts = (None if word == "-" else Verdict(word) for word in words)
    return MappingProxyType(dict(zip(_COLUMNS, verdicts, strict=True)))


TABLE: Final = MappingProxyType(
    {
        (RUNNING, STREAM): _row("-", "stuck", "stuck", "stopped", "stopped", "stopped", "failed"),
        (RUNNING, BATCH): _row("-", "stuck", "stuck", "stopped", "stopped", "-", "failed"),
        (SUCCESS, STREAM): _row("-", "-", "-", "stopped", "stopped", "-", "failed"),
        (SUCCESS, BATCH): _row("-", "-", "-", "stopped", "stopped", "-", "failed"),
        (PAUSED, STREAM): _row("zombie", "zombie", "zombie", "-", "-", "-", "-"),
        (PAUSED, BATCH): _row("zombie", "zombie", "zombie", "-", "-", "-", "-"),
        (TERMINATED, STREAM): _row("zombie", "zombie", "zombie", "-", "-", "-", "-"),
        (TERMINATED, BATCH): _row("zombie", "zombie", "zombie", "-", "-", "-", "-"),
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
