"""A small part of `make crash-test`: every step once, and some random moments."""

from __future__ import annotations

from pathlib import Path

import anyio
import pytest

from tests.acceptance.crash.judge import judge
from tests.acceptance.crash.killing import STEPS
from tests.acceptance.crash.lives import End
from tests.acceptance.crash.report import Row, table
from tests.acceptance.crash.run import run

AT_THE_CHAT = (*(name for name in STEPS if name.endswith("-chat")), "bundling")
ELSEWHERE = tuple(name for name in STEPS if name not in AT_THE_CHAT)


@pytest.mark.slow
async def test_nothing_is_lost_at_any_step(tmp_path: Path) -> None:
    """Killed once at each step and some times at random, it tells everything, and in order."""
    rows = [Row("chat"), Row("elsewhere"), Row("at random")]
    ways = [
        [End(name) for name in AT_THE_CHAT],
        [End(name, 1 if name == "released" else 2) for name in ELSEWHERE if name != "migrated"],
        [End("migrated"), *[End()] * 5],
    ]

    async def one(row: Row, ends: list[End]) -> None:
        folder = tmp_path / row.words
        folder.mkdir()
        evidence = await run(folder, ends, 7, lambda: None)
        row.verdicts.append(judge(evidence))
        row.kills += len(evidence.kills)

    async with anyio.create_task_group() as group:
        for row, ends in zip(rows, ways, strict=True):
            group.start_soon(one, row, ends)
    assert [] == [fault for row in rows for fault in row.faults], table(rows)
    assert all(verdict.changes for row in rows for verdict in row.verdicts), table(rows)
