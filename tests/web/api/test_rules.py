"""Rules, channels and windows, as a program gets them."""

from __future__ import annotations

from datetime import UTC, timedelta
from pathlib import Path

from msgspec.structs import replace

from tests.web.api.asking import asking
from watcher.core.rule import Match
from watcher.core.window import Cron, Hours, Window


async def test_a_rule_is_told_with_what_it_made(tmp_path: Path) -> None:
    """In the file's order, with its settings; the events of a day and what became of them."""
    async with asking(tmp_path) as api:
        found = await api.get("/rules")
        assert ["down", "new-error", "behind"] == [one["name"] for one in found["rules"]]
        down = found["rules"][0]
        assert (["state-mismatch"], "critical") == (down["on"], down["severity"])
        assert (["ops", "audit"], 1) == (down["notify"], down["firing"])
        assert "told" in [one["why"] for one in down["became"]]
        (pattern,) = found["patterns"]
        assert (3, 3) == (pattern["named"], pattern["jobs"])


async def test_a_channel_is_told_with_what_waits(tmp_path: Path) -> None:
    """And when it last took something."""
    async with asking(tmp_path) as api:
        found = {one["name"]: one for one in (await api.get("/channels"))["channels"]}
        assert (True, False) == (found["ops"]["bundles"], found["audit"]["bundles"])
        assert (1, None) == (found["audit"]["dead"], found["ops"]["delivered_at"])
        assert found["audit"]["delivered_at"] is not None


async def test_windows_are_told_with_their_next_times(tmp_path: Path) -> None:
    """Whether one is open now, of whom, and when it is open next."""
    night = Window("night", Hours(frozenset(range(7)), 22 * 60, 6 * 60, UTC), Match(job=("o_*",)))
    noon = Window("noon", Cron("0 12 * * *", timedelta(hours=1), UTC))
    async with asking(tmp_path) as api:
        api.house.plan = replace(api.house.plan, windows=(night, noon))
        one, other = (await api.get("/windows"))["windows"]
        assert ("night", False, ["o_*"]) == (one["name"], one["open"], one["match"]["job"])
        assert "2026-11-22T22:00:00Z" == one["openings"][0]["begins_at"]
        assert ("noon", True, 0) == (other["name"], other["open"], other["hidden"])
        assert "2026-11-22T13:00:00Z" == other["openings"][0]["ends_at"]
