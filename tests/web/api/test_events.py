"""Events and messages, as a program gets them."""

from __future__ import annotations

from pathlib import Path

from tests.web.api.asking import asking


async def test_a_consumer_goes_on_where_it_was(tmp_path: Path) -> None:
    """By `next`, or by the id of a message; each message once, all of them."""
    async with asking(tmp_path) as api:
        whole = await api.get("/events?channel=audit")
        first = await api.get("/events?channel=audit&limit=1")
        rest = await api.get(f"/events?channel=audit&after={first['next']}")
        assert (True, False) == (first["more"], rest["more"])
        assert whole["events"] == [*first["events"], *rest["events"]]
        last = first["events"][0]["message"]["id"]
        assert rest == await api.get(f"/events?channel=audit&after_id={last}")
        ids = [entry["message"]["id"] for entry in whole["events"]]
        assert len(set(ids)) == len(ids)


async def test_a_message_says_how_it_stands(tmp_path: Path) -> None:
    """And is found by that; a chat's is told as a webhook would get it."""
    async with asking(tmp_path) as api:
        told = (await api.get("/events?channel=audit"))["events"]
        assert {"delivered", "dead", "waiting"} == {one["message"]["state"] for one in told}
        dead = await api.get("/events?channel=audit&state=dead&state=dropped")
        assert ["dead"] == [one["message"]["state"] for one in dead["events"]]
        chat = (await api.get("/events?channel=ops"))["events"][0]["message"]
        assert "state-mismatch.firing" == chat["body"]["type"]


async def test_without_a_channel_it_is_what_happened(tmp_path: Path) -> None:
    """One entry for each event, whether or not somebody was told; one alone by its id."""
    async with asking(tmp_path) as api:
        found = await api.get("/events?job=orders_1")
        kinds = [entry["event"]["kind"] for entry in found["events"]]
        assert ["state-change", "new-error", "state-mismatch"] == kinds[:3]
        first = found["events"][0]
        assert first["sequence"] == first["event"]["id"]
        assert first["event"] == await api.get(f"/events/{first['event']['id']}")
        assert "1000000" in (await api.get("/events/1000000", 404))["detail"]


async def test_a_place_that_is_none_is_refused(tmp_path: Path) -> None:
    """A store that was made anew, a message that is not kept, a channel that is not there."""
    async with asking(tmp_path) as api:
        assert "after=0" in (await api.get("/events?after=1000000", 410))["detail"]
        unknown = "0" * 32
        assert (
            unknown in (await api.get(f"/events?channel=audit&after_id={unknown}", 410))["detail"]
        )
        assert 'mean "audit"?' in (await api.get("/events?channel=audti", 404))["detail"]


async def test_what_belongs_to_a_channel_needs_one(tmp_path: Path) -> None:
    """So that nobody believes a filter that does nothing."""
    async with asking(tmp_path) as api:
        await api.get("/events?state=dead", 422)
        await api.get(f"/events?after_id={'0' * 32}", 422)
        await api.get(f"/events?channel=audit&after=1&after_id={'0' * 32}", 422)
