"""All cases of the matrix."""

from __future__ import annotations

from tests.acceptance.faults import (
    backlogs,
    clocks,
    disk,
    loops,
    names,
    receivers,
    sources,
    storms,
    throttles,
)
from tests.acceptance.faults.case import Case

CASES: tuple[Case, ...] = (
    *storms.CASES,
    *backlogs.CASES,
    *clocks.CASES,
    *throttles.CASES,
    *receivers.CASES,
    *sources.CASES,
    *names.CASES,
    *loops.CASES,
    *disk.CASES,
)
