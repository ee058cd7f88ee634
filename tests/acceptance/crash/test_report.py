"""The table of the crash test: what it adds up, and what makes it fail."""

from __future__ import annotations

from tests.acceptance.crash.judge import Verdict
from tests.acceptance.crash.report import HEAD, Row, table


def test_rows_add_up_and_faults_are_named() -> None:
    """Each way has a row, the last one is their sum, and what must not be is told in words."""
    good = Row("before a commit", 3, [Verdict(changes=5, told=6, duplicates=1, under_way=2)])
    bad = Row("after it", 2, [Verdict(changes=4, told=3, lost=["payments"], books=["exit 1"])])
    lines = table([good, bad]).splitlines()
    assert {len(HEAD)} == {line.count("|") - 1 for line in lines}
    assert "| before a commit | 3 | 5 | 6 | 0 | 0 | 0 | 2 | 1 | 0 | 0 | 0 | balances |" == lines[2]
    assert "| all | 5 | 9 | 9 | 1 | 0 | 0 | 2 | 1 | 0 | 0 | 0 | DOES NOT BALANCE |" == lines[4]
    assert ["after it: lost: payments", "after it: ledger: exit 1"] == good.faults + bad.faults
