"""What every store must do with reminders: a chat is owed one of an alert at most."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from tests.contracts.stores import FACTORIES, Case
from tests.store.samples import CHAT, T0, explained, notice, reminder, settled
from watcher.core.delivery import Disposition, Parcel
from watcher.core.outcome import Fate


@pytest.fixture(params=FACTORIES, ids=lambda factory: str(factory.__name__))
async def case(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Case]:
    async with request.param(tmp_path) as made:
        yield made


async def settle(case: Case, parcel: Parcel, fate: Fate) -> None:
    """End an attempt, and begin none."""
    none = msgspec.structs.replace(CHAT, room=0)
    await case.store.turn(none, [settled(parcel, fate)], T0)


async def test_one_reminder_of_an_alert_waits(case: Case) -> None:
    """A later one replaces it, and so does the end; what is under way or bundled stays."""
    begin = notice("a", 1)
    await case.store.commit(explained(begin))
    (parcel,) = (await case.store.turn(CHAT, [], T0)).parcels
    await settle(case, parcel, Fate.DELIVERED)
    second, third = reminder("a", 2), reminder("a", 3)
    end = msgspec.structs.replace(notice("a", 4, end=True), group="ends")
    await case.store.commit(explained(second))
    await case.store.commit(explained(third))
    row = await case.row_of(second)
    assert ("merged", third.id) == (row.disposition, row.bundle)
    await case.store.commit(explained(end))
    row = await case.row_of(third)
    assert ("merged", end.id) == (row.disposition, row.bundle)
    assert [end.id] == [one.id for one in (await case.store.turn(CHAT, [], T0)).parcels]
    assert (await case.ledger()).balances


async def test_a_reminder_that_is_under_way_is_not_replaced(case: Case) -> None:
    """It may have arrived; whether it failed is not known yet."""
    first, second = reminder("a", 1), reminder("a", 2)
    await case.store.commit(explained(first))
    (parcel,) = (await case.store.turn(CHAT, [], T0)).parcels
    await case.store.commit(explained(second))
    assert Disposition.LEASED is (await case.row_of(first)).disposition
    await settle(case, parcel, Fate.RETRY)
    await case.store.commit(explained(reminder("a", 3)))
    assert ["merged", "merged", "waiting"] == [row.disposition for row in await case.rows()]
    assert (await case.ledger()).balances


async def test_a_reminder_in_a_bundle_is_not_replaced(case: Case) -> None:
    """A bundle's members are frozen."""
    await case.store.commit(explained(reminder("a", 1), reminder("b", 1)))
    assert 1 == len((await case.store.turn(CHAT, [], T0)).parcels)
    await case.store.commit(explained(reminder("a", 2)))
    assert ["bundled", "bundled", "leased", "waiting"] == [
        row.disposition for row in await case.rows()
    ]


async def test_a_webhook_gets_every_reminder(case: Case) -> None:
    """A program counts; only chats are spared."""
    notes = [msgspec.structs.replace(reminder("a", number), group=None) for number in (1, 2)]
    for note in notes:
        await case.store.commit(explained(note))
    assert ["waiting", "waiting"] == [row.disposition for row in await case.rows()]


async def test_a_worse_message_stays_beside_the_reminder(case: Case) -> None:
    """Only reminders are replaced, and only of the same alert on the same channel."""
    worse, other = notice("a", 1), reminder("a", 1, alert="another")
    elsewhere = reminder("a", 2, channel="audit")
    await case.store.commit(explained(worse, other, elsewhere))
    await case.store.commit(explained(reminder("a", 3)))
    assert ["waiting"] * 4 == [row.disposition for row in await case.rows()]
