"""What every store must know of a late message: which cause kept it back for most of its wait."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from tests.contracts.stores import FACTORIES, Case
from tests.store.samples import CHAT, T0, TERMS, explained, notice, settled, step_of
from watcher.core.breaker import Breaker, Gate
from watcher.core.deferral import LATE_AFTER, Because, Deferral
from watcher.core.delivery import Parcel
from watcher.core.outcome import Fate
from watcher.core.pace import Limit
from watcher.ports import Settlement, Terms
from watcher.store.by_hand import Order, Verb

MINUTE = timedelta(minutes=1)
REFUSED = Deferral(Because.RECEIVER, "keywords not in content")
FIRST = notice("first")


@pytest.fixture(params=FACTORIES, ids=lambda factory: str(factory.__name__))
async def case(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Case]:
    async with request.param(tmp_path) as made:
        yield made


def at(minute: float) -> datetime:
    return T0 + minute * MINUTE


def gate(since: float) -> Terms:
    """A chat whose robot has refused us since then."""
    breaker = Breaker(gate=Gate.OPEN, since=at(since), probe_at=T0, reason=REFUSED.detail)
    return msgspec.structs.replace(CHAT, breaker=breaker)


def full(terms: Terms) -> Terms:
    return msgspec.structs.replace(terms, room=0)


async def send(case: Case, terms: Terms, minute: float) -> Parcel:
    """The one message that may go then."""
    (parcel,) = (await case.store.turn(terms, [], at(minute))).parcels
    return parcel


async def close_gate(case: Case, probe: Parcel, minute: float) -> None:
    """The probe was taken: all others are due."""
    ended = [settled(probe, at=at(minute))]
    closed = msgspec.structs.replace(full(CHAT), make_due=True)
    await case.store.turn(closed, ended, at(minute))


async def test_what_is_in_time_has_no_reason(case: Case) -> None:
    """A gate that was open for a second is nobody's business."""
    await case.store.commit(step_of(FIRST))
    probe = await send(case, gate(0), 1.9)
    assert None is probe.deferred
    assert None is (await case.row_of(FIRST)).deferred


async def test_the_receiver_is_blamed_by_the_probe_and_by_those_that_follow(case: Case) -> None:
    """While the gate is open, and after it has closed, also over a restart; and it is saved."""
    second = notice("second")
    await case.store.commit(step_of(FIRST, second))
    await case.store.turn(full(gate(0)), [], at(1))
    probe = await send(case, gate(0), 40)
    assert REFUSED == probe.deferred
    await close_gate(case, probe, 40)
    await case.restart()
    assert REFUSED == (await send(case, CHAT, 41)).deferred
    assert REFUSED.text == (await case.row_of(second)).deferred


async def test_a_glitch_is_not_blamed_for_a_long_wait(case: Case) -> None:
    """What the others that went first took counts for more than a minute of refusal."""
    begins = [notice(f"job-{number}") for number in range(6)]
    await case.store.commit(step_of(*begins))
    await case.store.turn(full(gate(0)), [], T0)
    probe = await send(case, gate(0), 1)
    await close_gate(case, probe, 1)
    parcel = await send(case, CHAT, 1)
    for minute in (9, 17):
        await case.store.turn(full(CHAT), [settled(parcel, at=at(minute))], at(minute))
        parcel = await send(case, CHAT, minute)
    assert Deferral(Because.OTHERS) == parcel.deferred


async def test_a_limit_is_blamed_for_the_time_that_it_takes(case: Case) -> None:
    """A robot that takes two a minute makes the ninth late by four minutes."""
    limited = msgspec.structs.replace(CHAT, limit=Limit(most=2, window=MINUTE))
    await case.store.commit(step_of(*(notice(f"job-{number}") for number in range(9))))
    parcel: Parcel | None = None
    ended: list[Settlement] = []
    now = T0
    for _ in range(9):
        turn = await case.store.turn(limited, ended, now)
        while not turn.parcels:
            assert turn.next_at is not None
            now = turn.next_at
            turn = await case.store.turn(limited, [], now)
        (parcel,) = turn.parcels
        ended = [settled(parcel, at=now)]
    assert at(4) == now
    assert parcel is not None
    assert Deferral(Because.LIMIT, "2 in 1m") == parcel.deferred


@pytest.mark.parametrize("under_way", [False, True])
async def test_an_absent_watcher_is_blamed(case: Case, under_way: bool) -> None:
    """What waited, or was in doubt, while no watcher ran says so."""
    await case.store.commit(step_of(FIRST))
    if under_way:
        await send(case, CHAT, 0)
    store = await case.restart()
    await store.release_all(at(40))
    assert Deferral(Because.AWAY) == (await send(case, CHAT, 41)).deferred


async def test_what_is_made_after_a_start_does_not_blame_it(case: Case) -> None:
    """An absence counts only for what waited through it."""
    await case.store.commit(step_of(notice("before")))
    await case.store.release_all(at(40))
    await case.store.turn(CHAT, [settled(await send(case, CHAT, 40), at=at(40))], at(40))
    await case.store.commit(step_of(FIRST, at=at(40)))
    assert Deferral(Because.AWAY) != (await send(case, CHAT, 45)).deferred


async def test_its_own_failures_are_blamed_when_the_gate_stayed_shut(case: Case) -> None:
    """One message that the receiver fails on, while others pass, says what was said to it."""
    await case.store.commit(step_of(FIRST))
    parcel = await send(case, CHAT, 0)
    failed = settled(parcel, Fate.RETRY, at=at(1), after=2 * MINUTE, detail="HTTP 503")
    await case.store.turn(full(CHAT), [failed], at(1))
    assert Deferral(Because.ATTEMPTS, "HTTP 503") == (await send(case, CHAT, 3)).deferred


async def test_nobody_is_blamed_where_nothing_is_known(case: Case) -> None:
    """No reason is better than a wrong one."""
    await case.store.commit(step_of(FIRST))
    assert None is (await send(case, CHAT, 5)).deferred


async def test_a_bundle_has_a_reason_as_a_message_has(case: Case) -> None:
    """Its age is its oldest member's."""
    await case.commit_group("a", "b")
    assert REFUSED == (await send(case, gate(0), 30)).deferred


async def test_trouble_that_comes_back_within_a_minute_is_one(case: Case) -> None:
    """A channel that flaps is blamed as a whole, by what it said last."""
    await case.store.commit(step_of(FIRST, notice("x"), notice("y"), notice("z")))
    for minute in (0, 1, 2):
        await case.store.turn(full(gate(minute)), [], at(minute))
        await close_gate(case, await send(case, gate(minute), minute + 0.1), minute + 0.1)
    assert REFUSED == (await send(case, CHAT, 3)).deferred


async def test_one_that_was_dead_says_so(case: Case) -> None:
    """What a person retried names what it died of, where it was dead for most of the time."""
    await case.store.commit(step_of(FIRST, notice("second")))
    for minute in (0, 100):
        parcel = await send(case, CHAT, minute)
        refused = settled(parcel, Fate.REJECTED, at=at(minute), detail="no such field")
        await case.store.turn(full(CHAT), [refused], at(minute))
    await case.by_hand(Order(Verb.RETRY), at(120))
    died = Deferral(Because.DEAD, "no such field")
    first = await send(case, CHAT, 120)
    second = await send(case, CHAT, 120)
    assert [died, True] == [first.deferred, second.deferred != died]


async def test_a_webhook_is_not_asked_for_reasons(case: Case) -> None:
    """Its body never changes between attempts, so nothing is looked for."""
    await case.store.commit(explained(FIRST))
    terms = msgspec.structs.replace(TERMS, breaker=gate(0).breaker)
    assert None is (await send(case, terms, LATE_AFTER / MINUTE)).deferred
