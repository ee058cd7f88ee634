"""The table of verdicts, cell by cell."""

from __future__ import annotations

from itertools import product

import pytest

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
from watcher.core.verdict import TABLE, Verdict, can_judge, judge

ACTUAL = (RUNNING, WAITING, UNKNOWN, PAUSED, TERMINATED, SUCCESS, FAILED, "RUNNIBG", "CREATED", "")
ROWS = {
    # ExpectState, job type: RUNNING, WAITING, UNKNOWN, PAUSED, TERMINATED, SUCCESS, FAILED, other
    (RUNNING, STREAM): "- stuck stuck stopped stopped stopped failed unknown unknown unknown",
    (RUNNING, BATCH): "- stuck stuck stopped stopped - failed unknown unknown unknown",
    (SUCCESS, STREAM): "- - - stopped stopped - failed unknown unknown unknown",
    (SUCCESS, BATCH): "- - - stopped stopped - failed unknown unknown unknown",
    (PAUSED, STREAM): "zombie zombie zombie - - - - unknown unknown unknown",
    (PAUSED, BATCH): "zombie zombie zombie - - - - unknown unknown unknown",
    (TERMINATED, STREAM): "zombie zombie zombie - - - - unknown unknown unknown",
    (TERMINATED, BATCH): "zombie zombie zombie - - - - unknown unknown unknown",
}
CELLS = [
    (expect, job_type, actual, None if word == "-" else Verdict(word))
    for (expect, job_type), row in ROWS.items()
    for actual, word in zip(ACTUAL, row.split(), strict=True)
]


@pytest.mark.parametrize("expect, job_type, actual, expected", CELLS)
def test_each_cell(expect: str, job_type: str, actual: str, expected: Verdict | None) -> None:
    """ExpectState and ActualState give the verdict that the table names, at first sight."""
    assert expected == judge(expect, actual, job_type, ran=False, stood=False)


def test_the_table_has_no_other_rows() -> None:
    """The rows that are tried above are all that there are."""
    assert ROWS.keys() == TABLE.keys()


@pytest.mark.parametrize("expect", ["WAITING", "FAILED", "RUNNIBG", "", None])
@pytest.mark.parametrize("actual", [RUNNING, FAILED, "", None])
def test_no_judgement_where_nothing_can_be_expected(expect: str | None, actual: str | None) -> None:
    """Any other ExpectState, or none, is not judged whatever the job does."""
    assert not can_judge(expect, STREAM)
    assert judge(expect, actual, STREAM, ran=True, stood=True) is None


@pytest.mark.parametrize("job_type, actual", [*product([STREAM, BATCH], [WAITING, UNKNOWN])])
def test_a_run_that_was_seen_running_is_stopped(job_type: str, actual: str) -> None:
    """WAITING and UNKNOWN are stopped, not stuck, once this Id ran."""
    assert Verdict.STOPPED == judge(RUNNING, actual, job_type, ran=True, stood=False)


@pytest.mark.parametrize("job_type, actual", [*product([STREAM, BATCH], [PAUSED, TERMINATED])])
def test_a_state_that_stood_before_the_order_is_stuck(job_type: str, actual: str) -> None:
    """PAUSED and TERMINATED that stood when ExpectState became RUNNING are stuck."""
    assert Verdict.STUCK == judge(RUNNING, actual, job_type, ran=False, stood=True)


@pytest.mark.parametrize("ran, stood", [*product([True, False], repeat=2)])
def test_what_was_seen_before_changes_nothing_else(*, ran: bool, stood: bool) -> None:
    """A failure is one, and what is right stays right, whatever was seen before."""
    assert Verdict.FAILED == judge(RUNNING, FAILED, STREAM, ran=ran, stood=stood)
    assert Verdict.STOPPED == judge(RUNNING, SUCCESS, STREAM, ran=ran, stood=stood)
    assert Verdict.ZOMBIE == judge(PAUSED, WAITING, STREAM, ran=ran, stood=stood)
    assert judge(RUNNING, RUNNING, STREAM, ran=ran, stood=stood) is None
