"""Receivers that hang, fail, throttle and refuse: each is its own lane's matter only."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from tests.acceptance.receiver import GOOD, Manner
from tests.acceptance.waiting import eventually
from tests.acceptance.world import job_down, rule, world

BOTH = job_down("audit", "other")
ERROR_500 = Manner(status=500, body="out of order")
RESET = Manner(reset=True)


async def test_a_hanging_receiver_costs_its_own_lane_only(tmp_path: Path) -> None:
    """While one webhook hangs, polls go on and the other hears everything at once."""
    async with world(tmp_path, "payments") as here:
        kinds = {"audit": "webhook", "other": "webhook"}
        here.write(BOTH, channels=kinds, more={"audit": 'timeout = "20s"'})
        here.receiver.answer("audit", Manner(holds=True))
        async with here.run() as service:
            await service.logged("poll")
            for number, state in enumerate(("FAILED", "RUNNING", "FAILED", "RUNNING"), start=1):
                here.change("payments", actual_state=state)
                await here.told("other", number)
            assert 1 == len(here.receiver.of("audit"))
            here.receiver.release()
            await here.told("audit", 4)
            await here.settle(service)
        assert [1, 2, 3, 4] == [one.data["sequence"] for one in here.receiver.taken("audit")]


async def test_a_receiver_that_comes_back_gets_everything_in_order(tmp_path: Path) -> None:
    """After failures each message arrives once taken, one at a time, in order, with one id each."""
    async with world(tmp_path, "payments") as here:
        here.write(BOTH, channels={"audit": "webhook", "other": "webhook"})
        here.receiver.answer("audit", ERROR_500, GOOD)
        here.receiver.answer("other", RESET, GOOD)
        async with here.run() as service:
            await service.logged("poll")
            for number, state in enumerate(("FAILED", "RUNNING", "FAILED"), start=1):
                here.change("payments", actual_state=state)
                await service.decided(2 * number)
            for channel in ("audit", "other"):
                await here.told(channel, 3)
            book = await here.settle(service)
        for channel in ("audit", "other"):
            first, again, *rest = here.receiver.of(channel)
            assert first.id == again.id
            assert [1, 2, 3] == [one.data["sequence"] for one in (again, *rest)]
        assert [3, 3] == [account.delivered for account in book.accounts]


async def test_retry_after_is_obeyed(tmp_path: Path) -> None:
    """After 429 with Retry-After nothing at all is sent there until the time has passed."""
    async with world(tmp_path, "payments", "orders") as here:
        here.write(job_down())
        busy = Manner(status=429, body="", headers=(("Retry-After", "2"),))
        here.receiver.answer("audit", busy, GOOD)
        async with here.run() as service:
            await service.logged("poll")
            here.change("payments", actual_state="FAILED")
            await eventually(lambda: here.receiver.of("audit"))
            here.change("orders", actual_state="FAILED")
            await here.told("audit", 2)
            await here.settle(service)
        first, second, _ = here.receiver.of("audit")
        assert first.id == second.id
        assert second.at - first.at >= 2


@pytest.mark.parametrize(
    "kind, manner, words",
    [
        ("webhook", Manner(status=410, body="gone"), "410"),
        ("dingtalk", Manner(body='{"errcode": 310000, "errmsg": "keywords not in"}'), "310000"),
    ],
    ids=["webhook", "dingtalk"],
)
async def test_a_channel_that_refuses_us_is_told_on_another(
    tmp_path: Path, kind: str, manner: Manner, words: str
) -> None:
    """The message waits, `undeliverable` says elsewhere why."""
    async with world(tmp_path, "payments") as here:
        here.write(BOTH, channels={"audit": "webhook", "other": kind})
        here.receiver.answer("other", manner)
        async with here.run() as service:
            await service.logged("poll")
            here.change("payments", actual_state="FAILED")
            await here.told("audit", 2)
            await here.settle(service, waiting=1)
        mismatch, undeliverable = sorted(
            (one.json for one in here.receiver.taken("audit")), key=lambda one: one["type"]
        )
        assert "state-mismatch.firing" == mismatch["type"]
        assert "undeliverable.firing" == undeliverable["type"]
        assert "other" in undeliverable["data"]["summary"]
        assert None is undeliverable["data"]["job"]
        (row,) = [row for row in await here.deliveries() if row.channel == "other"]
        assert row.last is not None
        assert words in f"{row.last.code} {row.last.status} {row.last.detail}"


async def test_a_receiver_that_is_not_there_is_tried_until_it_is(tmp_path: Path) -> None:
    """A refused connection is retried with growing waits, and costs no message its life."""
    async with world(tmp_path, "payments") as here:
        here.write(BOTH, channels={"audit": "webhook", "other": "webhook"})
        text = here.file.read_text().replace(here.receiver.address("other", "webhook"), "{gone}")
        here.file.write_text(text.replace("{gone}", "http://127.0.0.1:9/hooks/other"))
        async with here.run() as service:
            await service.logged("poll")
            here.change("payments", actual_state="FAILED")
            await here.told("audit", 1)
            attempts = await service.logged("attempt", 3)
            await here.settle(service, waiting=1)
        failed = [one for one in attempts if one["channel"] == "other"]
        assert {"retry"} == {one["outcome"] for one in failed}
        assert list(range(1, len(failed) + 1)) == [one["attempt"] for one in failed]
        assert all(a["timestamp"] < b["timestamp"] for a, b in pairwise(failed))


async def test_what_a_channel_cannot_be_told_is_told_in_full_on_its_fallback(
    tmp_path: Path,
) -> None:
    """Once, saying for whom; its end goes there too, and later still to the channel itself."""
    async with world(tmp_path, "payments") as here:
        impatient = rule("undeliverable", "audit", more='for = "1s"')
        here.write(
            job_down("oncall"),
            impatient,
            channels={"oncall": "dingtalk", "data": "slack", "audit": "webhook"},
            more={"oncall": 'fallback = "data"'},
        )
        here.receiver.answer("oncall", Manner(body='{"errcode": 310000, "errmsg": "keywords"}'))
        async with here.run() as service:
            await service.logged("poll")
            here.change("payments", actual_state="FAILED")
            (told,) = await here.told("data", 1)
            assert "payments has failed" in told.text
            assert "channel oncall cannot be told" in told.text
            here.change("payments", actual_state="RUNNING")
            _, end = await here.told("data", 2)
            assert "payments runs again" in end.text
            here.receiver.answer("oncall", Manner(body='{"errcode": 0}'))
            await service.terminate()
        assert 2 == len(here.receiver.taken("data"))
        assert (await here.ledger()).balances
