"""How everything stands, as a program gets it."""

from __future__ import annotations

from pathlib import Path

from tests.web.api.asking import asking
from watcher import __version__


async def test_the_status_counts_what_there_is(tmp_path: Path) -> None:
    """Jobs, alerts, messages by channel; sources with their last good reading."""
    async with asking(tmp_path) as api:
        found = await api.get("/status")
        assert (3, 2, 2) == (found["jobs_total"], found["jobs_troubled"], found["alerts_firing"])
        audit = next(one for one in found["channels"] if one["channel"] == "audit")
        assert (1, False) == (audit["dead"], audit["gate"]["open"])
        assert ["payments", "orders_2"] == [one["job"] for one in found["gravest"]]
        assert "2026-11-22T12:02:20Z" == found["now"]


async def test_it_says_why_the_service_does_not_work(tmp_path: Path) -> None:
    """In sentences without secrets."""
    async with asking(tmp_path) as api:
        api.house.dead, api.house.unready = ("poll stands still: s3cr3t",), ("prod is blind",)
        found = await api.get("/status")
        assert ["poll stands still: ***"] == found["not_alive"]
        assert ["prod is blind"] == found["not_ready"]


async def test_sources_and_versions_are_told(tmp_path: Path) -> None:
    """A source of the file with its project and how many jobs it has."""
    async with asking(tmp_path) as api:
        (prod,) = (await api.get("/sources"))["sources"]
        assert ("prod", "flink", True, 3) == (
            prod["name"],
            prod["project"],
            prod["in_file"],
            prod["jobs"],
        )
        assert {"watcher": __version__, "api": "1.0.0"} == await api.get("/version")
