"""What every store must do with ends that wait for others: nothing ever waits for them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from tests.contracts.stores import FACTORIES, Case
from tests.store.samples import CHAT, SECOND, T0, explained, jobs_in, notice, settled
from watcher.core.notification import Notification

ENDS = "oncall/job-down/resolved"
HELD = T0 + 20 * SECOND


@pytest.fixture(params=FACTORIES, ids=lambda factory: str(factory.__name__))
async def case(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Case]:
    async with request.param(tmp_path) as made:
        yield made


def end(job: str, *, held: int = 20, absorbs: str | None = None) -> Notification:
    hold_until = T0 + held * SECOND
    return notice(job, 2, end=True, group=ENDS, hold_until=hold_until, absorbs=absorbs)


async def began(case: Case, *jobs: str) -> None:
    """The beginnings of these jobs were told."""
    await case.store.commit(explained(*(notice(job, group="begins") for job in jobs)))
    (parcel,) = (await case.store.turn(CHAT, [], T0)).parcels
    none = msgspec.structs.replace(CHAT, room=0)
    await case.store.turn(none, [settled(parcel)], T0)


async def test_the_last_end_takes_the_others_along(case: Case) -> None:
    """What waits goes as soon as one of its group is due."""
    await began(case, "a", "b", "c")
    await case.store.commit(explained(end("a"), end("b")))
    assert () == (await case.store.turn(CHAT, [], T0 + 3 * SECOND)).parcels
    await case.store.commit(explained(end("c", held=5)))
    (parcel,) = (await case.store.turn(CHAT, [], T0 + 5 * SECOND)).parcels
    assert [["a", "b", "c"]] == jobs_in([parcel])


async def test_a_new_beginning_does_not_wait_for_an_end_that_waits(case: Case) -> None:
    """The end before it goes at once, and the beginning follows it."""
    await began(case, "a", "b")
    await case.store.commit(explained(end("a"), end("b")))
    again = notice("a", 3, alert="next", group="begins", hold_until=T0 + 4 * SECOND)
    again = msgspec.structs.replace(again, sequence=3)
    await case.store.commit(explained(again, at=T0 + 2 * SECOND))
    (parcel,) = (await case.store.turn(CHAT, [], T0 + 4 * SECOND)).parcels
    assert [["a", "b"]] == jobs_in([parcel])
    turn = await case.store.turn(CHAT, [settled(parcel)], T0 + 5 * SECOND)
    assert [again.id] == [note.id for one in turn.parcels for note in one.notifications]


async def test_an_end_that_took_in_its_beginning_does_not_wait(case: Case) -> None:
    """It tells of the beginning too."""
    begin = notice("a", group="begins", hold_until=T0 + 2 * SECOND)
    await case.store.commit(explained(begin))
    await case.store.commit(explained(end("a", absorbs=begin.id), at=T0 + SECOND))
    (parcel,) = (await case.store.turn(CHAT, [], T0 + 3 * SECOND)).parcels
    assert [True] == [note.absorbed for note in parcel.notifications]
