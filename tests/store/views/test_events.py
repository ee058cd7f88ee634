"""What happened and what was told, read from a place on."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete

from tests.web.api.furnished import furnished, settles
from tests.web.house import House, HouseDesk
from watcher.core.delivery import Disposition
from watcher.core.event import Kind
from watcher.core.outcome import Fate
from watcher.store import schema
from watcher.store.upkeep import prune
from watcher.store.views import events
from watcher.store.views.events import (
    Ahead,
    Stretch,
    Wanted,
    place_of,
    read_event,
    read_happened,
    read_told,
)


async def happened(house: House, wanted: Wanted) -> tuple[list[int], Stretch]:
    found, stretch = await HouseDesk(house).read(lambda c: read_happened(c, wanted))
    return [one.id for one in found], stretch


async def told(house: House, wanted: Wanted) -> tuple[list[int], Stretch]:
    found, stretch = await HouseDesk(house).read(lambda c: read_told(c, wanted, "audit"))
    return [one.place for one in found], stretch


async def test_pages_join_without_gap_or_double(tmp_path: Path) -> None:
    """However many are asked for at once, together they are all, each once, in order."""
    async with furnished(tmp_path) as house:
        for read in (happened, told):
            everything, whole = await read(house, Wanted())
            assert not whole.more
            for limit in (1, 2, 3):
                joined, after, more = list[int](), 0, True
                while more:
                    page, stretch = await read(house, Wanted(after=after, limit=limit))
                    joined += page
                    after, more = stretch.next, stretch.more
                assert everything == joined
                assert whole.next == after


async def test_only_what_fits_is_given(tmp_path: Path) -> None:
    """By source, job, type and kind, and what was told by how it stands."""
    async with furnished(tmp_path) as house:
        every, _ = await happened(house, Wanted())
        assert every == (await happened(house, Wanted(source="prod", job_type="FLINK_STREAM")))[0]
        assert [] == (await happened(house, Wanted(source="elsewhere")))[0]
        errors, stretch = await happened(house, Wanted(kinds=(Kind.NEW_ERROR,), job="orders_1"))
        assert (1, every[-1]) == (len(errors), stretch.next)
        dead, _ = await told(house, Wanted(states=(Disposition.DEAD,)))
        delivered, _ = await told(house, Wanted(states=(Disposition.DELIVERED,)))
        assert (1, 1) == (len(dead), len(delivered))
        assert delivered < dead


async def test_a_look_goes_over_so_many_places_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However few of them fit; it says where to go on, and nothing is passed over."""
    async with furnished(tmp_path) as house:
        everything, _ = await told(house, Wanted())
        monkeypatch.setattr(events, "LOOKED_AT", 2)
        nothing, stretch = await happened(house, Wanted(job="nobody"))
        assert ([], 2, True) == (nothing, stretch.next, stretch.more)
        joined, after, more = list[int](), 0, True
        while more:
            page, stretch = await told(house, Wanted(after=after))
            joined, after, more = joined + page, stretch.next, stretch.more
        assert everything == joined


async def test_what_was_pruned_is_missed(tmp_path: Path) -> None:
    """Who asks from before it is told that something is gone, who asks from behind it is not."""
    async with furnished(tmp_path) as house:
        every, before = await happened(house, Wanted())
        _, of_messages = await told(house, Wanted())
        assert (False, False) == (before.lost, of_messages.lost)
        assert (1, 1) == (before.oldest, of_messages.oldest)
        await settles(house, *[Fate.DELIVERED] * 2)
        later = house.clock() + timedelta(days=1)
        await house.saved.access.transact(lambda c: prune(c, later))
        left, after = await happened(house, Wanted())
        assert (True, left[0]) == (after.lost, after.oldest)
        assert len(left) < len(every)
        assert not (await happened(house, Wanted(after=after.next)))[1].lost
        assert (await told(house, Wanted()))[1].lost


async def test_a_place_that_was_never_reached_is_none(tmp_path: Path) -> None:
    """The store was made anew: who went on from there would miss everything until then."""
    async with furnished(tmp_path) as house:
        for read in (happened, told):
            _, stretch = await read(house, Wanted())
            assert [] == (await read(house, Wanted(after=stretch.next)))[0]
            with pytest.raises(Ahead) as raised:
                await read(house, Wanted(after=stretch.next + 1))
            assert stretch.next == raised.value.last


async def test_where_nothing_is_kept_any_more_the_place_stays(tmp_path: Path) -> None:
    """Who goes on later has missed nothing, who begins anew has."""
    async with furnished(tmp_path) as house:
        _, before = await happened(house, Wanted())
        await house.saved.access.transact(lambda c: c.execute(delete(schema.events)).rowcount)
        found, after = await happened(house, Wanted())
        assert [] == found
        assert Stretch(next=before.next, more=False, lost=True, oldest=None) == after
        assert not (await happened(house, Wanted(after=before.next)))[1].lost


async def test_messages_and_events_are_found_by_their_ids(tmp_path: Path) -> None:
    """A message only on its own channel."""
    async with furnished(tmp_path) as house:
        desk = HouseDesk(house)
        found, _ = await desk.read(lambda c: read_told(c, Wanted(limit=1), "audit"))
        name, place = found[0].notification.id, found[0].place
        assert place == await desk.read(lambda c: place_of(c, name, "audit"))
        assert None is await desk.read(lambda c: place_of(c, name, "ops"))
        event = await desk.read(lambda c: read_event(c, 1))
        assert event is not None
        assert 1 == event.id
        assert None is await desk.read(lambda c: read_event(c, 10_000))
