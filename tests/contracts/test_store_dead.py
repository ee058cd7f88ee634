"""What every store says of its dead, and of what waits for the limit alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from tests.contracts.stores import FACTORIES, Case
from tests.store.samples import CHAT, SECOND, T0, WIDE, notice, settled, step_of
from watcher.core.outcome import Fate
from watcher.core.pace import Limit
from watcher.store.by_hand import Order, Verb

DAY = timedelta(days=1)


@pytest.fixture(params=FACTORIES, ids=lambda factory: str(factory.__name__))
async def case(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Case]:
    async with request.param(tmp_path) as made:
        yield made


async def test_the_dead_are_counted_by_channel(case: Case) -> None:
    """What was rejected and what was given up; what waits or was delivered is not among them."""
    rejected, given_up = notice("a"), notice("b", channel="audit")
    await case.store.commit(step_of(rejected, given_up))
    assert {} == await case.store.dead()
    (parcel,) = (await case.store.turn(WIDE, [], T0)).parcels
    await case.store.turn(WIDE, [settled(parcel, Fate.REJECTED)], T0)
    assert {"oncall": 1} == await case.store.dead()
    await case.store.bury(["oncall", "audit"], T0 + DAY, DAY)
    await case.store.commit(step_of(notice("c"), at=T0 + DAY))
    assert {"oncall": 1, "audit": 1} == await case.store.dead()


async def test_a_dead_bundle_counts_as_its_members(case: Case) -> None:
    """Two messages that went as one are two that nobody was told."""
    await case.commit_group("a", "b")
    now = T0 + 3 * SECOND
    (bundle,) = (await case.store.turn(CHAT, [], now)).parcels
    await case.store.turn(CHAT, [settled(bundle, Fate.RETRY, at=now)], now)
    await case.store.bury(["oncall"], T0 + 2 * DAY, DAY)
    assert {"oncall": 2} == await case.store.dead()


@pytest.mark.parametrize("verb", [Verb.RETRY, Verb.DROP])
async def test_what_a_person_takes_care_of_is_dead_no_more(case: Case, verb: Verb) -> None:
    """Retried it lives, dropped it is settled by a person."""
    await case.store.commit(step_of(notice("a")))
    await case.store.bury(["oncall"], T0 + DAY, DAY)
    await case.by_hand(Order(verb), T0 + DAY)
    assert {} == await case.store.dead()


async def test_a_turn_says_what_holds_it_back(case: Case) -> None:
    """The limit where something is due; nothing where nothing is, or where it waits for more."""
    terms = msgspec.structs.replace(WIDE, limit=Limit(most=1, window=60 * SECOND))
    await case.store.commit(step_of(notice("a")))
    first = await case.store.turn(terms, [], T0)
    assert (1, False) == (len(first.parcels), first.paced)
    assert not (await case.store.turn(terms, [], T0 + SECOND)).paced
    await case.store.commit(step_of(notice("b"), at=T0 + SECOND))
    held = await case.store.turn(terms, [], T0 + SECOND)
    assert ((), True, T0 + 60 * SECOND) == (held.parcels, held.paced, held.next_at)
    no_room = msgspec.structs.replace(terms, room=0)
    assert not (await case.store.turn(no_room, [], T0 + SECOND)).paced
    assert not (await case.store.turn(terms, [], T0 + 60 * SECOND)).paced
