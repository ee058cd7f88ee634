"""What every store must know of errors: since when, how often and in how many jobs they came."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import msgspec
import pytest

from tests.contracts.stores import FACTORIES, Case
from tests.store.samples import SECOND, T0, WIDE, event_of, notice, settled
from watcher.core.event import Event, Kind
from watcher.core.fingerprint import fingerprint
from watcher.core.notification import Known, Notification
from watcher.core.step import Step

DAY = timedelta(days=1)
TEXT = "a.B: lost 17 rows"
DISK = "a.B: no disk"


@pytest.fixture(params=FACTORIES, ids=lambda factory: str(factory.__name__))
async def case(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Case]:
    async with request.param(tmp_path) as made:
        yield made


def breaks(job: str, number: int, at: datetime, text: str = TEXT) -> Event:
    """A job's new error."""
    event = event_of(number, job, at=at, kind=Kind.NEW_ERROR)
    run = event.run and msgspec.structs.replace(event.run, last_error_message=text)
    return msgspec.structs.replace(event, run=run, fingerprint=fingerprint(text))


def known(at: datetime, times: int, jobs: int, text: str = TEXT) -> Known:
    return Known(fingerprint(text), at, times, jobs)


class Told:
    """Commits errors and hears what the notifications about them then know."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.numbers = count(1)

    async def of(self, *jobs: str, at: datetime = T0, text: str = TEXT) -> list[Known | None]:
        """What each job's message says once all of them had that error in one Step."""
        numbered = [(job, next(self.numbers)) for job in jobs]
        events = tuple(breaks(job, number, at, text) for job, number in numbered)
        notes = [
            msgspec.structs.replace(notice(job, number), event=event)
            for (job, number), event in zip(numbered, events, strict=True)
        ]
        await self.case.store.commit(Step(at=at, events=events, notifications=tuple(notes)))
        return await self.heard(notes, at)

    async def heard(self, notes: list[Notification], at: datetime) -> list[Known | None]:
        """What the messages say as they are sent; all are delivered."""
        terms = msgspec.structs.replace(WIDE, channel=notes[0].channel)
        parcels = (await self.case.store.turn(terms, [], at)).parcels
        await self.case.store.turn(terms, [settled(parcel, at=at) for parcel in parcels], at)
        found = {one.id: one.known for parcel in parcels for one in parcel.notifications}
        return [found[note.id] for note in notes]


async def test_a_message_says_how_often_its_error_was_seen(case: Case) -> None:
    """The present time counts; other errors do not."""
    told = Told(case)
    assert [known(T0, 1, 1)] == await told.of("a")
    assert [known(T0, 2, 2)] == await told.of("b", at=T0 + SECOND)
    assert [known(T0 + DAY, 1, 1, DISK)] == await told.of("c", at=T0 + DAY, text=DISK)
    assert [known(T0, 5, 4)] * 3 == await told.of("c", "d", "b", at=T0 + DAY)


async def test_what_is_known_outlives_a_restart(case: Case) -> None:
    """A new process goes on counting."""
    await Told(case).of("a")
    await case.restart()
    told = Told(case)
    next(told.numbers)
    assert [known(T0, 2, 2)] == await told.of("b", at=T0 + SECOND)


async def test_errors_that_nobody_is_told_of_count(case: Case) -> None:
    """Held back or without a rule, it happened."""
    events = tuple(breaks("a", number, T0 + number * SECOND) for number in range(100, 109))
    for event in events:
        await case.store.commit(Step(at=event.detected_at, events=(event,)))
    assert [known(T0 + 100 * SECOND, 10, 2)] == await Told(case).of("b", at=T0 + DAY)


async def test_a_mismatch_knows_the_error_beside_it(case: Case) -> None:
    """A job that fails with an error which was seen is told with its past; an end is not."""
    await Told(case).of("a")
    event = event_of(9, "b", at=T0 + SECOND)
    run = event.run and msgspec.structs.replace(event.run, last_error_message="a.B: lost 9 rows")
    event = msgspec.structs.replace(event, run=run)
    begin, end = (
        msgspec.structs.replace(notice("b", number, end=number == 2), event=event)
        for number in (1, 2)
    )
    await case.store.commit(Step(at=T0 + SECOND, notifications=(begin,)))
    assert [known(T0, 1, 1)] == await Told(case).heard([begin], T0 + SECOND)
    await case.store.commit(Step(at=T0 + SECOND, notifications=(end,)))
    assert [None] == await Told(case).heard([end], T0 + SECOND)


async def test_prune_forgets_errors_that_no_job_has_any_more(case: Case) -> None:
    """One that still comes keeps its whole past, also by jobs that had it long ago."""
    told = Told(case)
    await told.of("a")
    await told.of("a", text=DISK)
    await told.of("b", at=T0 + 20 * DAY)
    await case.store.prune(T0 + 10 * DAY)
    assert [known(T0, 3, 3)] == await told.of("c", at=T0 + 40 * DAY)
    assert [known(T0 + 40 * DAY, 1, 1, DISK)] == await told.of("c", at=T0 + 40 * DAY, text=DISK)
