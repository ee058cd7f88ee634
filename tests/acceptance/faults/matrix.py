"""All cases of the matrix."""

from __future__ import annotations

from tests.acceptance.faults import clocks, disk, loops, names, receivers, sources
from tests.acceptance.faults.case import Case

CASES: tuple[Case, ...] = (
    *receivers.CASES,
    *sources.CASES,
    *names.CASES,
    *loops.CASES,
    *disk.CASES,
)
