"""What every store must do with the silences that people make beside a running service."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import msgspec
import pytest

from tests.contracts.stores import FACTORIES, Case
from tests.store.samples import T0, event_of
from watcher.core.silence import Matchers, Silence
from watcher.core.step import Decision, Step
from watcher.core.why import Why
from watcher.store.silences import Heard, add_silence, expire_silence

HOUR = timedelta(hours=1)
ASKED = Silence("", Matchers(jobs=("orders_*",)), "anna", T0, reason="upgrade", until=T0 + HOUR)


@pytest.fixture(params=FACTORIES, ids=lambda factory: str(factory.__name__))
async def case(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Case]:
    async with request.param(tmp_path) as made:
        yield made


async def add(case: Case, asked: Silence = ASKED) -> Silence:
    made = await case.write(partial(add_silence, silence=asked))
    assert isinstance(made, Silence)
    return made


async def expire(case: Case, prefix: str, at: datetime = T0) -> tuple[Silence, ...]:
    found = await case.write(partial(expire_silence, prefix=prefix, now=at, by="ben"))
    assert isinstance(found, tuple)
    return found


async def test_the_service_sees_what_a_command_made(case: Case) -> None:
    """At once, whole, the oldest first, and again after a restart."""
    later = msgspec.structs.replace(ASKED, created_at=T0 + HOUR, until=None, until_recovered=True)
    second, first = await add(case, later), await add(case)
    assert first == msgspec.structs.replace(ASKED, id=first.id)
    assert len({first.id, second.id}) == 2
    assert (first, second) == tuple(await case.store.silences(T0))
    assert (first, second) == (await (await case.restart()).load()).silences


async def test_what_is_over_is_not_in_force(case: Case) -> None:
    """Neither at its time nor after; an end that a person made is seen at once."""
    made = await add(case)
    assert 1 == len(await case.store.silences(T0 + HOUR - timedelta(seconds=1)))
    assert 0 == len(await case.store.silences(T0 + HOUR))
    ended = msgspec.structs.replace(made, expired_at=T0, expired_by="ben")
    assert (ended,) == await expire(case, made.id[:3])
    assert 0 == len(await case.store.silences(T0))
    assert (Heard(ended, 0),) == await case.heard()


async def test_a_silence_ends_once(case: Case) -> None:
    """Who comes second changes nothing: a person, or the service when all has recovered."""
    by_hand, by_itself = await add(case), await add(case)
    (first,) = await expire(case, by_hand.id)
    assert (first,) == await expire(case, by_hand.id, T0 + HOUR / 2)
    ends = [msgspec.structs.replace(one, expired_at=T0 + HOUR / 4) for one in (by_hand, by_itself)]
    await case.store.commit(Step(at=T0, silences_ended=tuple(ends)))
    assert {first.id: T0, by_itself.id: T0 + HOUR / 4} == {
        one.silence.id: one.silence.expired_at for one in await case.heard()
    }


async def test_what_is_over_is_not_ended_again(case: Case) -> None:
    """It keeps the end that it had."""
    made = await add(case)
    assert (made,) == await expire(case, made.id, T0 + 2 * HOUR)


async def test_an_id_that_is_none_or_several_ends_nothing(case: Case) -> None:
    """The caller is given what begins so, and says it."""
    made = {(await add(case)).id for _ in range(2)}
    assert () == await expire(case, "zzz")
    assert made == {one.id for one in await expire(case, "")}
    assert 2 == len(await case.store.silences(T0))


async def test_what_it_hid_is_counted(case: Case) -> None:
    """By the decisions that name it; other gates' are others' matter."""
    made = await add(case)
    decided = [
        Decision(1, why, "job-down", "oncall", by=made.id)
        for why in (Why.SILENCED, Why.SILENCED, Why.INCIDENT)
    ]
    event = event_of(1, "a")
    await case.store.commit(Step(at=T0, events=(event,), decisions=tuple(decided)))
    assert (Heard(made, 2),) == await case.heard()


async def test_old_ones_are_pruned(case: Case) -> None:
    """Those that ended before; one that still holds stays, whenever it began."""
    over = await add(case)
    later = T0 + timedelta(seconds=1)
    lasting = await add(
        case,
        msgspec.structs.replace(ASKED, created_at=later, until=None, until_recovered=True),
    )
    names = [f"hold:silenced:{over.id}", f"hidden:silenced:{over.id}|ops", "hold:window:w"]
    await case.store.commit(Step(at=T0, counters=tuple((name, 1) for name in names)))
    await case.store.prune(over.created_at + HOUR)
    assert [over, lasting] == [one.silence for one in await case.heard()]
    await case.store.prune(over.created_at + 2 * HOUR)
    assert [lasting] == [one.silence for one in await case.heard()]
    assert [("hold:window:w", 1)] == list((await case.store.load()).counters)
