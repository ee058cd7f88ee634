"""A webhook's receiver that was away asks the API for what it missed, and misses nothing."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import aiohttp

from tests.acceptance.process import Running
from tests.acceptance.receiver import GOOD, Manner
from tests.acceptance.waiting import eventually_so
from tests.acceptance.world import World, job_down, world

NO_SUCH_FIELD = Manner(status=400, body="no such field")
OUT_OF_ORDER = Manner(status=500, body="out of order")
SERVED = 'listen = "127.0.0.1:0"'


class Consumer:
    """What a receiver keeps: the messages that it has by their ids, and how far it has asked."""

    def __init__(self) -> None:
        self.has: dict[str, Any] = {}
        self.after = 0

    def takes(self, here: World) -> Self:
        """Whatever came by itself."""
        self.has |= {one.id: one.json for one in here.receiver.taken("audit")}
        return self

    async def asks(self, service: Running, limit: int = 100) -> list[Any]:
        """All messages behind the last place, page by page; the ids that it had are passed over."""
        found: list[Any] = []
        while True:
            page = await ask(service, channel="audit", after=self.after, limit=limit)
            assert page["complete"]
            self.after = page["next"]
            found += [entry["message"] for entry in page["events"]]
            if not page["more"]:
                break
        new = [one for one in found if one["id"] not in self.has]
        self.has |= {one["id"]: one["body"] for one in new}
        return new


async def ask(service: Running, **query: str | int) -> Any:
    """One page of /api/v1/events."""
    (listening,) = await service.logged("listening")
    url = f"http://{listening['host']}:{listening['port']}/api/v1/events"
    async with aiohttp.ClientSession() as client, client.get(url, params=query) as answer:
        assert 200 == answer.status, await answer.text()
        return await answer.json()


def sequences(bodies: Sequence[Any]) -> dict[str, list[int]]:
    """The sequence numbers in the bodies, by job."""
    found: defaultdict[str, list[int]] = defaultdict(list)
    for body in bodies:
        found[body["data"]["job"]].append(body["data"]["sequence"])
    return {job: sorted(numbers) for job, numbers in found.items()}


async def stands(here: World, *states: str) -> None:
    """Wait until the messages stand so, in the order in which they were made."""

    async def look() -> bool:
        rows = await here.deliveries()
        # One that is being sent waits again soon.
        found = [row.disposition.value.replace("leased", "waiting") for row in rows]
        return list(states) == found[: len(states)]

    await eventually_so(look)


async def made(here: World, number: int) -> bool:
    return len(await here.deliveries()) == number


async def test_a_receiver_that_was_away_catches_up(tmp_path: Path) -> None:
    """What it refused, what it could not take and what it forgot comes with its own id and body,
    each once; what is delivered later is the same.
    """
    consumer = Consumer()
    async with world(tmp_path, "payments", "orders") as here:
        # In a language of its own, as the bodies are made for the channel.
        here.write(job_down(), top=SERVED, more={"audit": 'language = "zh"'})
        async with here.run() as service:
            await service.logged("poll")
            here.change("payments", actual_state="FAILED")
            (first,) = await here.told("audit", 1)
            assert [] == await consumer.takes(here).asks(service)
            # It takes this one and loses it, and then refuses one, and then is out of order.
            here.change("payments", actual_state="RUNNING")
            await stands(here, "delivered", "delivered")
            here.receiver.answer("audit", NO_SUCH_FIELD, OUT_OF_ORDER)
            here.change("payments", actual_state="FAILED")
            await stands(here, "delivered", "delivered", "dead")
            here.change("orders", actual_state="FAILED")
            await stands(here, "delivered", "delivered", "dead", "waiting")
            here.change("payments", actual_state="RUNNING")
            await eventually_so(lambda: made(here, 5))
            missed = await consumer.asks(service, limit=1)
            assert [] == await consumer.asks(service)
            behind = await ask(service, channel="audit", after_id=first.id)
            assert missed == [entry["message"] for entry in behind["events"]]
            here.receiver.answer("audit", GOOD)
            await stands(here, "delivered", "delivered", "dead", "delivered", "dropped")
            await here.settle(service)
    assert ["delivered", "dead"] == [one["state"] for one in missed][:2]
    assert {"payments": [1, 2, 3, 4], "orders": [1]} == sequences([*consumer.has.values()])
    as_sent = {one.id: one.body.decode() for one in here.receiver.of("audit")}
    dropped = missed[-1]["id"]
    # Also the order of the keys is the same: the bytes are those that were sent.
    assert as_sent == {one: compact(body) for one, body in consumer.has.items() if one != dropped}


def compact(body: Any) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))
