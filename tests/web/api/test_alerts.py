"""Alerts, as a program gets them."""

from __future__ import annotations

from pathlib import Path

from tests.web.api.asking import asking


async def test_alerts_are_filtered(tmp_path: Path) -> None:
    """The gravest first; by phase, kind, severity, source, rule and a part of a name."""
    async with asking(tmp_path) as api:
        whole = await api.get("/alerts")
        assert ["critical", "error"] == [one["severity"] for one in whole["alerts"]]
        for query in (
            "kind=input-delay",
            "severity=error",
            "rule=behind",
            "text=orders_2",
            "source=prod&severity=error",
        ):
            (found,) = (await api.get(f"/alerts?{query}"))["alerts"]
            assert "orders_2" == found["job"]
        assert 0 == (await api.get("/alerts?phase=pending"))["total"]
        assert 1 == len((await api.get("/alerts?limit=1&offset=1"))["alerts"])


async def test_an_alert_that_ended_is_told_with_why(tmp_path: Path) -> None:
    """As long as it ended within the hours that are asked for."""
    async with asking(tmp_path) as api:
        (ended,) = (await api.get("/alerts/ended"))["alerts"]
        assert ("orders_1", "recovered") == (ended["job"], ended["reason"])
        story = await api.get(f"/alerts/{ended['id']}")
        assert None is story["alert"]
        assert {"firing", "resolved"} == {one["delivery"]["status"] for one in story["messages"]}


async def test_the_story_of_an_alert_that_lives(tmp_path: Path) -> None:
    """Its events, what was decided about each, its messages; one that is not kept is none."""
    async with asking(tmp_path) as api:
        alert = (await api.get("/alerts"))["alerts"][0]
        story = await api.get(f"/alerts/{alert['id']}")
        assert alert | {"told": None} == story["alert"] | {"told": None}
        (event,) = story["events"]
        assert ["told", "told"] == [one["why"] for one in story["decisions"][str(event["id"])]]
        await api.get(f"/alerts/{'0' * 32}", 404)
