"""A house in which every subject of the API has something to show."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from tests.core.playbook import plan, rule, run
from tests.web.house import House, house_in
from watcher.core.breaker import Breaker
from watcher.core.outcome import Fate, Outcome
from watcher.ports import Settlement, Terms

TRACE = "\n\tat com.acme.Sink.open(Sink.java:8)"
ERROR = f"java.net.ConnectException: Connection refused: s3cr3t{TRACE}"
AT = 1_795_348_800_000

FILE = plan(
    rule("down", "state-mismatch", notify=("ops", "audit")),
    rule("new-error", "new-error", "warning", notify=("audit",)),
    rule("behind", "input-delay", "error", notify=("audit",), threshold=300_000),
    jobs=("orders_1", "orders_2", "payments"),
    labels={"team": "orders"},
)


@asynccontextmanager
async def furnished(folder: Path) -> AsyncIterator[House]:
    """Three jobs: one has failed and is back, one is behind, one has failed and stays so.

    Of the webhook's messages the first was delivered, the second is dead and the others wait.
    """
    async with house_in(folder, FILE) as house:
        happens(house)
        await house.keeps()
        await settles(house, Fate.DELIVERED, Fate.REJECTED)
        yield house


def happens(house: House) -> None:
    """What is seen of the jobs."""
    late = run("orders_2", delay=400_000)
    house.reads(run("orders_1"), run("orders_2", delay=10), run("payments"))
    house.waits("10s")
    house.reads(run("orders_1", "FAILED", error=ERROR, error_at=AT), late, run("payments"))
    house.waits("10s")
    house.reads(run("orders_1"), late, run("payments", "FAILED"))
    house.reads_for("2m", run("orders_1"), late, run("payments", "FAILED"))


async def settles(house: House, *fates: Fate) -> None:
    """The webhook takes as many messages as there are fates, and each comes to its own."""
    terms = Terms("audit", "robot", len(fates), None, Breaker(), bundles=False)
    turn = await house.saved.turn(terms, (), house.clock())
    later = house.clock() + timedelta(seconds=1)
    ended = [
        Settlement(parcel.id, parcel.attempt, Outcome(fate, f"{fate}: s3cr3t"), later, later)
        for parcel, fate in zip(turn.parcels, fates, strict=True)
    ]
    await house.saved.turn(Terms("audit", "robot", 0, None, Breaker(), bundles=False), ended, later)
