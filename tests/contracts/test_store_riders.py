"""What every store must do with events that wait, and with those that travel in a message."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from tests.contracts.stores import FACTORIES, Case
from tests.store.samples import CHAT, SECOND, T0, event_of, explained, notice
from watcher.core.event import Event, Kind
from watcher.core.step import Decision, Rider, Step
from watcher.core.why import Why

ERROR = event_of(2, "a", kind=Kind.NEW_ERROR)
LATER = T0 + 10 * SECOND


@pytest.fixture(params=FACTORIES, ids=lambda factory: str(factory.__name__))
async def case(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Case]:
    async with request.param(tmp_path) as made:
        yield made


def rider(channel: str, event: Event = ERROR) -> Rider:
    return Rider(channel, "new-error", event, T0)


async def test_a_rider_that_ends_is_forgotten(case: Case) -> None:
    """Only the one on that channel; the others wait on, also over a restart."""
    both = (rider("oncall"), rider("data"))
    await case.store.commit(Step(at=T0, events=(ERROR,), riders=both))
    await case.store.commit(Step(at=T0, riders_ended=((ERROR.subject, 2, "oncall"),)))
    store = await case.restart()
    assert (rider("data"),) == (await store.load()).riders


async def test_an_event_that_waits_is_open(case: Case) -> None:
    """The ledger balances while nothing is decided yet about what waits to be told."""
    await case.store.commit(Step(at=T0, events=(ERROR,), riders=(rider("oncall"),)))
    ledger = await case.ledger()
    assert (1, True, ()) == (ledger.open, ledger.balances, ledger.unexplained)


async def test_an_event_that_was_merged_is_accounted_for(case: Case) -> None:
    """It is told by the message that it travels in."""
    carrier = msgspec.structs.replace(notice("a"), riders=(ERROR,))
    step = explained(carrier)
    merged = Decision(2, Why.MERGED, "new-error", "oncall", carrier.id)
    await case.store.commit(
        msgspec.structs.replace(
            step, events=(*step.events, ERROR), decisions=(*step.decisions, merged)
        )
    )
    ledger = await case.ledger()
    assert (2, 0, True) == (ledger.told, ledger.open, ledger.balances)


async def test_what_is_merged_into_an_alert_is_suppressed_by_it(case: Case) -> None:
    """Of an event that belongs to an alert that was told, the ledger names that reason."""
    merged = Decision(2, Why.MERGED, "new-error", "oncall", by="alert-a")
    await case.store.commit(Step(at=T0, events=(ERROR,), decisions=(merged,)))
    ledger = await case.ledger()
    assert [("merged", 1)] == [(one.why, one.events) for one in ledger.suppressions]
    assert ledger.balances


async def test_pruning_keeps_what_waits(case: Case) -> None:
    """However old an event is, it is there until it has been decided."""
    await case.store.commit(Step(at=T0, events=(ERROR,), riders=(rider("oncall"),)))
    await case.store.prune(T0 + timedelta(days=1))
    assert 1 == (await case.ledger()).events


async def test_an_end_that_takes_in_a_beginning_takes_its_riders(case: Case) -> None:
    """What began and ended before it could be told is one message, which tells the error too."""
    began = msgspec.structs.replace(
        notice("a", group="g", hold_until=LATER), riders=(ERROR, msgspec.structs.replace(ERROR))
    )
    await case.store.commit(explained(began))
    end = notice("a", 2, end=True, group="g", hold_until=LATER, absorbs=began.id, event=3)
    await case.store.commit(explained(end, at=T0 + SECOND))
    (parcel,) = (await case.store.turn(CHAT, [], LATER)).parcels
    (told,) = parcel.notifications
    assert (True, began.riders) == (told.absorbed, told.riders)
