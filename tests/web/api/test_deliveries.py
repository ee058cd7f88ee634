"""Deliveries, and what a program may do about them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.web.api.asking import Api, asking


async def dead(api: Api) -> Any:
    (found,) = (await api.get("/deliveries?state=dead"))["deliveries"]
    return found


async def test_the_outbox_is_paged_both_ways(tmp_path: Path) -> None:
    """The latest first; `older` and `newer` lead on, until there is nothing more."""
    async with asking(tmp_path) as api:
        whole = (await api.get("/deliveries"))["deliveries"]
        first = await api.get("/deliveries?limit=2")
        second = await api.get(f"/deliveries?limit=2&before={first['older']}")
        assert whole[:4] == [*first["deliveries"], *second["deliveries"]]
        back = await api.get(f"/deliveries?limit=2&after={second['newer']}")
        assert first["deliveries"] == back["deliveries"]
        await api.get("/deliveries?before=3&after=3", 422)


async def test_one_delivery_has_its_attempts(tmp_path: Path) -> None:
    """And what it says; one that is not kept is none."""
    async with asking(tmp_path) as api:
        found = await api.get(f"/deliveries/{(await dead(api))['id']}")
        assert ["rejected: ***"] == [one["detail"] for one in found["attempts"]]
        assert "payments has failed" in found["summary"]
        await api.get(f"/deliveries/{'0' * 32}", 404)


async def test_what_would_be_done_is_shown_and_not_done(tmp_path: Path) -> None:
    """With `dry_run`."""
    async with asking(tmp_path) as api:
        one = (await dead(api))["id"]
        shown = await api.post("/deliveries/retry", {"ids": [one[:8]], "dry_run": True})
        assert (True, [one]) == (shown["dry_run"], [item["id"] for item in shown["done"]])
        assert (1, 1, 0) == (shown["messages"], shown["deliveries"], shown["others"])
        assert one == (await dead(api))["id"]


async def test_the_dead_are_retried(tmp_path: Path) -> None:
    """By the beginning of an id; then it waits."""
    async with asking(tmp_path) as api:
        one = (await dead(api))["id"]
        await api.post("/deliveries/retry", {"ids": [one[:8]]})
        assert "waiting" == (await api.get(f"/deliveries/{one}"))["delivery"]["state"]


async def test_what_waits_is_dropped_with_whose_word_it_was(tmp_path: Path) -> None:
    """What they have in common says which."""
    async with asking(tmp_path) as api:
        order = {"channel": "audit", "job": "orders_2", "reason": "known"}
        done = await api.post("/deliveries/drop", order)
        (gone,) = done["done"]
        found = (await api.get(f"/deliveries/{gone['id']}"))["delivery"]
        assert ("dropped", "dropped by 127.0.0.1: known") == (found["state"], found["why"])


async def test_what_is_meant_is_said_in_one_way(tmp_path: Path) -> None:
    """Nothing is done by default, nor where an id is nobody's or several fit."""
    async with asking(tmp_path) as api:
        one = (await dead(api))["id"]
        for order in (
            {},
            {"dry_run": True},
            {"ids": [one], "all": True},
            {"ids": [], "reason": "x"},
        ):
            verb = "drop" if "reason" in order else "retry"
            await api.post(f"/deliveries/{verb}", order, 422)
        unknown = "f" * 32 if not one.startswith("f" * 32) else "0" * 32
        problem = await api.post("/deliveries/retry", {"ids": [one, unknown]}, 404)
        assert [unknown] == [fault["found"] for fault in problem["errors"]]
        assert one == (await dead(api))["id"]
