"""The line of `systemctl status`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.services.edges import bench, resolved
from watcher.app.status_line import status_line, status_of


@pytest.mark.parametrize(
    "jobs, firing, waiting, line",
    [
        (1204, 3, 0, "1,204 jobs, 3 firing, 0 waiting"),
        (1, 0, 0, "1 job, 0 firing, 0 waiting"),
        (0, 0, 0, "0 jobs, 0 firing, 0 waiting"),
        (1_000_000, 12_000, 1_500, "1,000,000 jobs, 12,000 firing, 1,500 waiting"),
    ],
)
def test_it_counts_jobs_alerts_and_messages(
    jobs: int, firing: int, waiting: int, line: str
) -> None:
    """Large numbers are grouped, and one job is one job."""
    assert line == status_line(jobs, firing, waiting)


def test_what_is_wrong_stands_first() -> None:
    """A terminal cuts the end of the line off, not what matters; the rest is counted."""
    one, two, three = "source prod: dns: x", "source test: dns: x", "channel audit: y"
    counts = "2 jobs, 0 firing, 0 waiting"
    assert f"{one}; {counts}" == status_line(2, 0, 0, [one])
    assert f"{one} (and 2 more); {counts}" == status_line(2, 0, 0, [one, two, three])


async def test_it_counts_what_is_in_memory(tmp_path: Path) -> None:
    """Jobs of all sources, alerts that fire and none that pend, and the store's own number."""
    async with bench(tmp_path, resolved("payments", "orders")) as here:
        assert "2 jobs, 0 firing, 7 waiting" == status_of(here.keeper.state, 7)
        await here.see(payments="RUNNING", orders="RUNNING")
        assert "2 jobs, 0 firing, 0 waiting" == status_of(here.keeper.state, 0)
        await here.see(payments="FAILED", orders="RUNNING")
        assert "2 jobs, 1 firing, 0 waiting" == status_of(here.keeper.state, 0)
        await here.see(payments="RUNNING", orders="RUNNING")
        assert "2 jobs, 0 firing, 0 waiting" == status_of(here.keeper.state, 0)
