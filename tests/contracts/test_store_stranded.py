"""What every store must find of the beginnings that their channel could not be told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from tests.contracts.stores import FACTORIES, Case
from tests.store.samples import SECOND, T0, TERMS, WIDE, explained, notice, settled, step_of
from watcher.core.notification import Notification, Reason, Status
from watcher.core.outcome import Fate
from watcher.core.rule import Severity
from watcher.core.step import Step
from watcher.ports import Refuge

LATE = T0 + 5 * timedelta(minutes=1)
REFUGE = Refuge("oncall", "data", T0)


@pytest.fixture(params=FACTORIES, ids=lambda factory: str(factory.__name__))
async def case(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Case]:
    async with request.param(tmp_path) as made:
        yield made


async def found(case: Case, refuge: Refuge = REFUGE) -> list[str]:
    """The jobs of which a beginning is stranded."""
    return sorted(
        str(one.notification.subject.job) for one in await case.store.stranded([refuge], LATE)
    )


async def kill(case: Case, note: Notification, at: int = 0) -> None:
    """Let a receiver refuse a message as such."""
    await case.store.commit(explained(note))
    (parcel,) = (await case.store.turn(TERMS, [], T0 + at * SECOND)).parcels
    await case.store.turn(TERMS, [settled(parcel, Fate.REJECTED)], LATE)


async def test_a_beginning_that_waits_for_long_enough_is_stranded(case: Case) -> None:
    """Also while a send of it is under way; a younger one is not."""
    await case.store.commit(explained(notice("old"), notice("sent", severity=Severity.CRITICAL)))
    await case.store.turn(TERMS, [], T0)
    await case.store.commit(explained(notice("young"), at=T0 + SECOND))
    assert ["old", "sent"] == await found(case)


async def test_a_beginning_that_died_is_stranded_at_once(case: Case) -> None:
    """It need not have waited."""
    await kill(case, notice("dead"))
    assert ["dead"] == await found(case, Refuge("oncall", "data", T0 - SECOND))


async def test_what_died_long_ago_is_no_news(case: Case) -> None:
    """A fallback that comes into the file is not told of last week."""
    await kill(case, notice("dead"))
    assert () == tuple(await case.store.stranded([REFUGE], LATE + timedelta(hours=2)))


async def test_only_grave_beginnings_are_stranded(case: Case) -> None:
    """No warning, no reminder, no end of what was told, nothing of another channel."""
    reminder = msgspec.structs.replace(notice("reminder", 2), reason=Reason.REMINDER)
    await case.store.commit(
        explained(
            notice("mild", severity=Severity.WARNING),
            reminder,
            notice("end", 2, end=True),
            notice("other", channel="audit"),
        )
    )
    assert [] == await found(case)


async def test_what_occurs_is_stranded_as_what_fires(case: Case) -> None:
    """A new error has no end and is told elsewhere all the same."""
    await case.store.commit(explained(msgspec.structs.replace(notice("a"), status=Status.OCCURRED)))
    assert ["a"] == await found(case)


async def test_what_the_fallback_was_told_is_not_stranded(case: Case) -> None:
    """Where a rule tells both channels nothing is told twice on one."""
    await case.store.commit(explained(notice("a"), notice("a", channel="data"), notice("b")))
    assert ["b"] == await found(case)


async def test_what_fell_back_is_found_once(case: Case) -> None:
    """The Step that tells it elsewhere marks it in the same transaction."""
    first = notice("a")
    await case.store.commit(explained(first))
    copy = msgspec.structs.replace(first, id="copy", channel="elsewhere")
    await case.store.commit(Step(at=LATE, notifications=(copy,), fell_back=((first.id, copy.id),)))
    assert [] == await found(case)


@pytest.mark.parametrize("absorbs", [True, False])
async def test_an_end_that_the_fallback_is_owed_is_found_once(case: Case, *, absorbs: bool) -> None:
    """It was told of the beginning, and the end was decided for the channel itself alone."""
    first = notice("a")
    copy = msgspec.structs.replace(first, id="copy", channel="data")
    end = notice("a", 2, end=True, absorbs=first.id if absorbs else None)
    await case.store.commit(explained(first))
    await case.store.commit(Step(at=LATE, notifications=(copy,), fell_back=((first.id, copy.id),)))
    await case.store.commit(explained(notice("b", 2, end=True), end, at=LATE))
    assert [] == await found(case, Refuge("oncall", "never told", T0))
    (owed,) = await case.store.stranded([REFUGE], LATE)
    assert (end.id, (end.id,), True) == (owed.notification.id, owed.replaced, owed.owed)
    told = msgspec.structs.replace(owed.notification, id="its end", channel="data")
    await case.store.commit(Step(at=LATE, notifications=(told,), fell_back=((end.id, told.id),)))
    assert [] == await found(case)


async def test_several_beginnings_of_an_alert_come_as_one(case: Case) -> None:
    """The latest speaks for all, and all are named."""
    notes = [notice("a"), msgspec.structs.replace(notice("a", 2), reason=Reason.WORSE)]
    await case.store.commit(explained(*notes))
    (one,) = await case.store.stranded([REFUGE], LATE)
    assert (notes[1], {note.id for note in notes}) == (one.notification, set(one.replaced))


async def test_an_end_that_is_decided_comes_with_it(case: Case) -> None:
    """Also one that was dropped because its beginning died."""
    await kill(case, notice("a"))
    end = notice("a", 2, end=True)
    await case.store.commit(explained(end, at=LATE))
    await case.store.turn(WIDE, [], LATE)
    assert "dropped" == (await case.row_of(end)).disposition
    (one,) = await case.store.stranded([REFUGE], LATE)
    assert end == one.end


async def test_a_beginning_that_was_taken_into_its_end_is_stranded_as_that(case: Case) -> None:
    """It is the end that waits, with what it took in."""
    first = notice("a")
    await case.store.commit(explained(first))
    await case.store.commit(step_of(notice("a", 2, end=True, absorbs=first.id), at=T0))
    (one,) = await case.store.stranded([REFUGE], LATE)
    assert (Status.RESOLVED, True) == (one.notification.status, one.notification.absorbed)
    assert None is one.end


async def test_each_channel_has_its_own_fallback(case: Case) -> None:
    """Several are looked for in one transaction."""
    await case.store.commit(explained(notice("a"), notice("b", channel="audit")))
    both = await case.store.stranded([REFUGE, Refuge("audit", "data", T0)], LATE)
    assert {"oncall", "audit"} == {one.notification.channel for one in both}
