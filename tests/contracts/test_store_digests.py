"""What every store must do when more waits for a chat than people read one by one: digests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from tests.contracts.stores import FACTORIES, Case
from tests.store.samples import CHAT, SECOND, T0, explained, jobs_in, notice, settled
from watcher.core.delivery import Parcel
from watcher.core.notification import Notification
from watcher.core.outcome import Fate
from watcher.core.pace import Limit
from watcher.core.rule import Severity
from watcher.store.by_hand import Order, Verb

TERMS = msgspec.structs.replace(
    CHAT, limit=Limit(3, timedelta(minutes=1)), crowd=Limit(1, timedelta(minutes=1))
)


@pytest.fixture(params=FACTORIES, ids=lambda factory: str(factory.__name__))
async def case(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Case]:
    async with request.param(tmp_path) as made:
        yield made


def news(
    job: str, number: int = 1, group: str = "g", severity: Severity = Severity.ERROR
) -> Notification:
    """One message about a job, of a group of its own name; its alert goes on or is a new one."""
    return notice(job, number, group=group, severity=severity)


async def crowd(case: Case, now: datetime = T0) -> Parcel:
    """Send as much as people read one by one."""
    await case.store.commit(explained(news("early"), at=now))
    (first,) = (await case.store.turn(TERMS, [], now)).parcels
    return first


async def test_above_it_whatever_waits_goes_together(case: Case) -> None:
    """Several groups, and several messages of one job in their order, are one message."""
    first = await crowd(case)
    await case.store.commit(
        explained(news("a"), news("b", group="h"), news("a", 2, "h"), news("a", 3))
    )
    turn = await case.store.turn(TERMS, [settled(first)], T0)
    assert [["a", "b", "a", "a"]] == jobs_in(turn.parcels)
    assert [1, 1, 2, 3] == [note.number for note in turn.parcels[0].notifications]


async def test_below_it_each_group_goes_alone(case: Case) -> None:
    """While there are few messages, what does not belong together is told apart."""
    await case.store.commit(explained(news("a"), news("b", group="h")))
    assert [["a"]] == jobs_in((await case.store.turn(TERMS, [], T0)).parcels)


async def test_a_digest_overtakes_nothing_that_was_tried(case: Case) -> None:
    """What follows a message that failed waits for it; other jobs go."""
    first = await crowd(case)
    await case.store.turn(TERMS, [settled(first, Fate.RETRY, after=30 * SECOND)], T0)
    await case.store.commit(explained(news("early", 2), news("a"), news("b", group="h")))
    turn = await case.store.turn(TERMS, [], T0 + SECOND)
    assert [["a", "b"]] == jobs_in(turn.parcels)


async def test_a_digest_that_is_full_leaves_the_later_messages_of_a_job(case: Case) -> None:
    """The gravest jobs go first, and of each job the earlier messages before the later ones."""
    first = await crowd(case)
    await case.store.commit(
        explained(
            news("mild", severity=Severity.INFO),
            news("grave", severity=Severity.WARNING),
            news("grave", 2, severity=Severity.CRITICAL),
            news("grave", 3, severity=Severity.INFO),
        )
    )
    terms = msgspec.structs.replace(TERMS, bundle_most=2)
    turn = await case.store.turn(terms, [settled(first)], T0)
    assert [["grave", "grave"]] == jobs_in(turn.parcels)
    assert [1, 2] == [note.number for note in turn.parcels[0].notifications]
    turn = await case.store.turn(terms, [settled(turn.parcels[0])], T0)
    assert [["mild", "grave"]] == jobs_in(turn.parcels)


async def test_an_end_goes_with_the_message_of_its_alert_in_the_same_digest(case: Case) -> None:
    """It is no end of something never told; one of which nothing is told is dropped."""
    first = await crowd(case)
    end = notice("a", 2, group="h", end=True)
    untold = notice("b", 2, group="h", end=True)
    await case.store.commit(explained(news("a"), end, untold, news("c")))
    turn = await case.store.turn(TERMS, [settled(first)], T0)
    assert [["a", "a", "c"]] == jobs_in(turn.parcels)
    assert "dropped" == (await case.row_of(untold)).disposition


async def test_a_digest_is_delivered_with_all_in_it(case: Case) -> None:
    """Every message of it is accounted for."""
    first = await crowd(case)
    await case.store.commit(explained(news("a"), news("b", group="h"), news("a", 2)))
    turn = await case.store.turn(TERMS, [settled(first)], T0)
    await case.store.turn(TERMS, [settled(turn.parcels[0])], T0)
    ledger = await case.ledger()
    assert ledger.balances
    assert 4 == ledger.accounts[0].delivered


async def test_two_channels_of_one_robot_are_crowded_together(case: Case) -> None:
    """What people read comes from one robot, whichever channel sent it."""
    first = await crowd(case)
    other = msgspec.structs.replace(TERMS, channel="second")
    notes = [
        msgspec.structs.replace(news(job, group=job), channel="second", id=f"second-{job}")
        for job in "ab"
    ]
    await case.store.commit(explained(*notes))
    turn = await case.store.turn(other, [], T0)
    assert [["a", "b"]] == jobs_in(turn.parcels)
    assert first.id not in {parcel.id for parcel in turn.parcels}


async def test_a_digest_that_failed_is_tried_again_as_it_stands(case: Case) -> None:
    """Several messages of one job in it do not keep it from being tried again."""
    first = await crowd(case)
    await case.store.commit(explained(news("a"), news("b", group="h"), news("a", 2)))
    (digest,) = (await case.store.turn(TERMS, [settled(first)], T0)).parcels
    later = T0 + 2 * SECOND
    turn = await case.store.turn(TERMS, [settled(digest, Fate.RETRY)], later)
    assert [(digest.id, 2)] == [(parcel.id, parcel.attempt) for parcel in turn.parcels]


async def test_a_digest_and_what_a_person_retried_amid_it_do_not_wait_for_each_other(
    case: Case,
) -> None:
    """What comes back between two messages of a digest that has been tried follows it."""
    notes = [news("a", number) for number in (1, 2, 3)]
    await case.store.commit(explained(*notes[:2]))
    now = T0 + timedelta(days=1)
    assert 2 == await case.store.bury(["oncall"], now, timedelta(hours=1))
    first = await crowd(case, now)
    await case.by_hand(Order(Verb.RETRY, ids=(notes[0].id,)), now)
    await case.store.commit(explained(notes[2], at=now))
    (digest,) = (await case.store.turn(TERMS, [settled(first, at=now)], now)).parcels
    assert [1, 3] == [note.number for note in digest.notifications]
    await case.store.turn(TERMS, [settled(digest, Fate.RETRY, at=now)], now)
    await case.by_hand(Order(Verb.RETRY, ids=(notes[1].id,)), now)
    now += 2 * timedelta(minutes=1)
    turn = await case.store.turn(TERMS, [], now)
    assert [digest.id] == [parcel.id for parcel in turn.parcels]
    turn = await case.store.turn(TERMS, [settled(turn.parcels[0], at=now)], now)
    assert [[2]] == [[note.number for note in parcel.notifications] for parcel in turn.parcels]
