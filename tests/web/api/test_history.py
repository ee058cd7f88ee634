"""What was recorded of a job, as a program gets it."""

from __future__ import annotations

from pathlib import Path

from tests.web.api.asking import asking

HISTORY = "/jobs/prod/FLINK_STREAM/{job}/history"


async def test_states_and_delays_are_told_over_time(tmp_path: Path) -> None:
    """Each change with what was before, each minute's delay."""
    async with asking(tmp_path) as api:
        found = await api.get(HISTORY.format(job="orders_1"))
        runs = [one["after"]["run"] for one in found["changes"] if one["after"]]
        states = [one["actual_state"] for one in runs if one]
        assert ["FAILED", "RUNNING"] == states[-2:]
        late = await api.get(HISTORY.format(job="orders_2"))
        assert 400_000 in [one["delay_ms"] for one in late["delays"]]


async def test_a_span_is_chosen(tmp_path: Path) -> None:
    """Before anything was recorded there is nothing; what lies ahead is cut to now."""
    async with asking(tmp_path) as api:
        path = HISTORY.format(job="orders_1")
        before = await api.get(f"{path}?hours=1&until=2026-11-22T08:00:00Z")
        assert [] == before["changes"]
        assert ("2026-11-22T07:00:00Z", "2026-11-22T08:00:00Z") == (
            before["since"],
            before["until"],
        )
        ahead = await api.get(f"{path}?until=2027-01-01T00:00:00Z")
        assert "2026-11-22T12:02:20Z" == ahead["until"]
