"""What the crash test takes for due is what DESIGN §3 says."""

from __future__ import annotations

import pytest

from tests.acceptance.crash.evidence import Reading, Seen
from tests.acceptance.crash.truth import all_due

RIGHT = Seen()
PAUSED = Seen(actual="PAUSED")
FAILED = Seen(actual="FAILED", error_at=5)
PLANNED = Seen(expect="PAUSED", actual="PAUSED")
ANEW = Seen(instance=2, handler="application_2|b")


@pytest.mark.parametrize(
    "seen, expected",
    [
        ([RIGHT, RIGHT], []),
        ([PAUSED, PAUSED], ["state-change began", "state-mismatch began"]),
        ([FAILED], ["state-change began", "new-error began", "state-mismatch began"]),
        ([PLANNED], ["state-change began"]),
        ([PLANNED, RIGHT], ["state-change began", "state-change began"]),
        ([ANEW], ["restart began"]),
        ([Seen(handler="application_1|b")], ["restart began"]),
        ([Seen(error_at=5), Seen(error_at=4)], ["new-error began"]),
        (
            [PAUSED, PLANNED],
            ["state-change began", "state-mismatch began", "state-mismatch planned"],
        ),
        ([Seen(expect="PAUSED"), RIGHT], ["state-mismatch began", "state-mismatch planned"]),
        (
            [PAUSED, ANEW],
            [
                *("state-change began", "state-mismatch began"),
                *("state-change began", "restart began", "state-mismatch recovered"),
            ],
        ),
        (
            [PLANNED, PAUSED, Seen(actual="FAILED")],
            [
                *("state-change began", "state-mismatch began"),
                *("state-change began", "state-mismatch worse"),
            ],
        ),
    ],
)
def test_what_is_due(seen: list[Seen], expected: list[str]) -> None:
    """After a first sight in which all is right, each further reading makes its messages due."""
    readings = [Reading(n, float(n), {"payments": one}) for n, one in enumerate([RIGHT, *seen])]
    found = [f"{one.kind} {one.reason}" for _, _, one in all_due(readings)]
    assert expected == found
