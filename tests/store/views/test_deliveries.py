"""The outbox, page by page, and all about one delivery."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from tests.store.samples import CHAT, SECOND, T0, explained, notice, settled, step_of
from watcher.core.delivery import Disposition
from watcher.core.outcome import Fate
from watcher.store.open import open_store
from watcher.store.store import SqlStore
from watcher.store.views.deliveries import (
    DeliveriesView,
    DeliveriesWanted,
    DeliveryView,
    Part,
    read_deliveries,
    read_delivery,
)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    made = await open_store(tmp_path / "watcher.db", T0)
    yield made
    await made.close()


async def seen(store: SqlStore, wanted: DeliveriesWanted) -> DeliveriesView:
    return await store.access.transact(partial(read_deliveries, wanted=wanted))


async def one(store: SqlStore, delivery: str) -> DeliveryView:
    found = await store.access.transact(partial(read_delivery, delivery=delivery))
    assert found is not None
    return found


def lanes(view: DeliveriesView) -> list[str]:
    return [(row.lane or "bundle").rpartition("/")[2] for row in view.deliveries]


async def test_pages_lead_there_and_back(store: SqlStore) -> None:
    """The latest first; older and newer lead through all of it, and end where it ends."""
    await store.commit(step_of(*(notice(name) for name in "abcde")))
    first = await seen(store, DeliveriesWanted(limit=2))
    assert (["e", "d"], None) == (lanes(first), first.newer)
    middle = await seen(store, DeliveriesWanted(limit=2, before=first.older))
    assert ["c", "b"] == lanes(middle)
    last = await seen(store, DeliveriesWanted(limit=2, before=middle.older))
    assert (["a"], None) == (lanes(last), last.older)
    back = await seen(store, DeliveriesWanted(limit=2, after=last.newer))
    assert middle.deliveries == back.deliveries
    assert (middle.newer, middle.older) == (back.newer, back.older)
    again = await seen(store, DeliveriesWanted(limit=2, after=back.newer))
    assert (first.deliveries, None, first.older) == (again.deliveries, again.newer, again.older)


async def test_a_page_beyond_all_is_empty(store: SqlStore) -> None:
    """Nothing to show, and nowhere to go on."""
    await store.commit(step_of(notice("a")))
    view = await seen(store, DeliveriesWanted(before=1))
    assert ((), None, None) == (view.deliveries, view.newer, view.older)


async def scene(store: SqlStore) -> None:
    """A bundle of two that was delivered, one that is dead, one that waits, one under way."""
    group = [notice(name, group="g") for name in ("x1", "x2")]
    await store.commit(explained(*group))
    (bundle,) = (await store.turn(CHAT, [], T0)).parcels
    await store.turn(CHAT, [settled(bundle, detail="fine")], T0)
    await store.commit(explained(notice("bad")))
    (dead,) = (await store.turn(CHAT, [], T0)).parcels
    ended = settled(dead, Fate.REJECTED, detail="no such field")
    await store.turn(CHAT, [ended], T0)
    await store.commit(explained(notice("going")))
    await store.turn(CHAT, [], T0)
    await store.commit(explained(notice("waits"), notice("else", channel="audit")))


@pytest.mark.parametrize(
    "wanted, expected",
    [
        (DeliveriesWanted(part=Part.WAITING), ["else", "waits"]),
        (DeliveriesWanted(part=Part.LEASED), ["going"]),
        (DeliveriesWanted(part=Part.DEAD), ["bad"]),
        (DeliveriesWanted(part=Part.DELIVERED), ["bundle", "x2", "x1"]),
        (DeliveriesWanted(part=Part.MERGED), []),
        (DeliveriesWanted(channel="audit"), ["else"]),
        (DeliveriesWanted(text="X"), ["x2", "x1"]),
        (DeliveriesWanted(text="JOB-DOWN", part=Part.DEAD), ["bad"]),
        (DeliveriesWanted(text="_"), []),
        (DeliveriesWanted(text="stream"), []),
    ],
)
async def test_parts_of_the_outbox(
    store: SqlStore, wanted: DeliveriesWanted, expected: list[str]
) -> None:
    """By where they stand, by channel, by a text that is no pattern."""
    await scene(store)
    assert expected == lanes(await seen(store, wanted))


async def test_what_waits_in_a_bundle_waits(store: SqlStore) -> None:
    """A member of a bundle that is to be tried again is among what waits."""
    await store.commit(explained(*(notice(name, group="g") for name in "ab")))
    (bundle,) = (await store.turn(CHAT, [], T0)).parcels
    await store.turn(CHAT, [settled(bundle, Fate.RETRY, after=60 * SECOND)], T0)
    assert ["bundle", "b", "a"] == lanes(await seen(store, DeliveriesWanted(part=Part.WAITING)))


async def test_one_that_died_says_why(store: SqlStore) -> None:
    """With its text, its attempt, and no others' members."""
    await scene(store)
    (row,) = (await seen(store, DeliveriesWanted(part=Part.DEAD))).deliveries
    found = await one(store, row.id)
    assert [notice("bad")] == list(found.says)
    assert ("no such field", Disposition.DEAD) == (found.shipment.why, found.shipment.disposition)
    assert [("rejected", "no such field")] == [(a.fate, a.detail) for a in found.attempts]
    assert (False, (), None, None) == (
        found.is_bundle,
        found.members,
        found.carrier,
        found.fallback,
    )


async def test_a_bundle_shows_its_members_and_they_show_it(store: SqlStore) -> None:
    """What it says is what they say; each of them has its attempts."""
    await scene(store)
    rows = (await seen(store, DeliveriesWanted(part=Part.DELIVERED))).deliveries
    bundle = await one(store, rows[0].id)
    assert bundle.is_bundle
    assert ["x1", "x2"] == [note.subject.job for note in bundle.says]
    member = await one(store, rows[1].id)
    assert bundle.shipment == member.carrier
    assert bundle.attempts == member.attempts


async def test_what_was_merged_is_found_from_both_sides(store: SqlStore) -> None:
    """The end that took a beginning in shows it, and speaks for itself alone."""
    begin = notice("a", group="g", hold_until=T0 + 9 * SECOND)
    await store.commit(explained(begin))
    end = notice("a", 2, end=True, group="h", absorbs=begin.id)
    await store.commit(explained(end, at=T0 + SECOND))
    (merged,) = (await seen(store, DeliveriesWanted(part=Part.MERGED))).deliveries
    assert begin.id == merged.id
    taker = await one(store, end.id)
    assert [begin.id] == [member.shipment.id for member in taker.members]
    assert [end.id] == [note.id for note in taker.says]
    carried = (await one(store, begin.id)).carrier
    assert carried is not None
    assert end.id == carried.id


async def test_what_is_not_kept_is_nothing(store: SqlStore) -> None:
    """An id that no row has, also a beginning of one."""
    await store.commit(step_of(notice("a")))
    for name in ("", "x", notice("a").id[:8]):
        assert await store.access.transact(partial(read_delivery, delivery=name)) is None
