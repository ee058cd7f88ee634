"""The ledger: it balances when nothing is wrong, and does not when something is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import text

from tests.store.samples import (
    CHAT,
    SECOND,
    T0,
    TERMS,
    event_of,
    explained,
    notice,
    reminder,
    settled,
    subject_of,
)
from watcher.core.alert import Alert, Told
from watcher.core.delivery import Disposition
from watcher.core.event import Kind
from watcher.core.outcome import Fate
from watcher.core.step import Decision, Step
from watcher.core.why import Why
from watcher.store.ledger import Account, Ending, Suppression
from watcher.store.open import open_reader, open_store
from watcher.store.queries import Reader
from watcher.store.store import SqlStore

DAY = timedelta(days=1)
LATER = T0 + 10 * SECOND


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    store = await open_store(tmp_path / "watcher.db", T0)
    yield store
    await store.close()


@pytest.fixture
async def reader(store: SqlStore, tmp_path: Path) -> AsyncIterator[Reader]:
    reader = await open_reader(tmp_path / "watcher.db")
    yield reader
    await reader.close()


async def do_harm(store: SqlStore, statement: str) -> None:
    """Break what only a fault would break."""
    changed = await store.access.transact(lambda c: c.execute(text(statement)).rowcount)
    assert changed > 0


async def test_ledger_counts_what_became_of_each(store: SqlStore, reader: Reader) -> None:
    """Delivered, waiting, merged, dead and dropped are counted by channel, from a time on."""
    await store.commit(explained(notice("dies"), notice("ends", event=2), notice("stays", event=3)))
    parcel = (await store.turn(TERMS, [], T0)).parcels[0]
    later = T0 + 5 * SECOND
    await store.commit(
        explained(
            notice("dies", 2, end=True, event=4),
            notice("ends", 2, end=True, absorbs=notice("ends").id, event=5),
            at=later,
        )
    )
    parcel = (await store.turn(TERMS, [settled(parcel, Fate.REJECTED)], later)).parcels[0]
    parcel = (await store.turn(TERMS, [settled(parcel)], later)).parcels[0]
    ledger = await reader.ledger()
    # `stays` is delivered, the end of `ends` (with its beginning merged) is under way.
    account = Account(
        "oncall", notifications=5, delivered=1, waiting=1, merged=1, dead=1, dropped=1
    )
    assert ((account,), 5, True) == (ledger.accounts, ledger.events, ledger.balances)
    await store.turn(TERMS, [settled(parcel)], later)
    (account,) = (await reader.ledger(since=later)).accounts
    assert Account("oncall", 2, 1, 0, 0, 0, 1) == account


@pytest.mark.parametrize(
    "harm",
    [
        "DELETE FROM deliveries WHERE lane LIKE '%/a'",
        "DELETE FROM deliveries WHERE lane IS NULL",
        "UPDATE deliveries SET settled_at = 1, disposition = 'dead' WHERE lane IS NULL",
        "UPDATE deliveries SET settled_at = 1, disposition = 'delivered' WHERE lane LIKE '%/a'",
        "UPDATE deliveries SET disposition = 'merged' WHERE lane LIKE '%/a'",
        "UPDATE deliveries SET disposition = 'lost' WHERE lane LIKE '%/a'",
        "DELETE FROM decisions WHERE event = 1",
        "UPDATE decisions SET notification = NULL WHERE event = 1",
    ],
)
async def test_ledger_does_not_balance_when_something_is_lost(
    store: SqlStore, reader: Reader, harm: str
) -> None:
    """A row that vanished, a member without its bundle, a delivery without an attempt, something
    merged into nothing, an event without a decision, or told by nothing: each shows.
    """
    notes = [notice(job, group="g", event=n) for n, job in enumerate("ab", start=1)]
    await store.commit(explained(*notes))
    await store.turn(CHAT, [], T0)
    assert (await reader.ledger()).balances
    await do_harm(store, harm)
    assert not (await reader.ledger()).balances


@pytest.mark.parametrize("reason", ["decision", "alert", "told", None])
async def test_each_event_needs_a_reason(
    store: SqlStore, reader: Reader, reason: str | None
) -> None:
    """A decision, a pending alert or what a channel has been told explains an event."""
    alert = Alert("x1", "r", Kind.STATE_MISMATCH, subject_of("a"), 1, 7, T0)
    told = Told(
        *("oncall", Kind.STATE_MISMATCH, subject_of("a"), "x1", 1, "r", "r", 3, 1, T0, "n", 7)
    )
    await store.commit(
        Step(
            at=T0,
            events=(event_of(7, "a"),),
            alerts=(alert,) if reason == "alert" else (),
            told=(told,) if reason == "told" else (),
            decisions=(Decision(7, Why.NO_RULE),) if reason == "decision" else (),
        )
    )
    assert (() if reason else (7,)) == (await reader.ledger()).unexplained


async def test_the_ledger_says_what_became_of_what_was_not_told(
    store: SqlStore, reader: Reader
) -> None:
    """Dead of what, dropped by whom, merged into what; and why events led to nothing."""
    begins = [notice(job, event=n) for n, job in enumerate("abc", start=1)]
    await store.commit(explained(*begins))
    for detail in ("no such field", "no such field"):
        (parcel,) = (await store.turn(TERMS, [], T0)).parcels
        await store.turn(
            msgspec.structs.replace(TERMS, room=0),
            [settled(parcel, Fate.REJECTED, detail=detail)],
            T0,
        )
    ends = [
        notice("a", 2, end=True, event=4),
        notice("c", 2, end=True, absorbs=begins[2].id, event=5),
    ]
    await store.commit(explained(*ends))
    await store.turn(TERMS, [], T0)
    quiet = Step(
        at=T0,
        events=(event_of(6, "d"), event_of(7, "e")),
        decisions=tuple(
            Decision(number, why)
            for number, why in ((6, Why.NO_RULE), (6, Why.COUNTED), (7, Why.NO_RULE))
        ),
    )
    await store.commit(quiet)
    ledger = await reader.ledger()
    assert (
        Ending("oncall", Disposition.DEAD, "no such field", 2),
        Ending("oncall", Disposition.DROPPED, "beginning never told", 1),
        Ending("oncall", Disposition.MERGED, "resolved recovered", 1),
    ) == ledger.endings
    assert (Suppression("counted", 1), Suppression("no-rule", 2)) == ledger.suppressions
    assert (7, 5, 2, 0) == (ledger.events, ledger.told, ledger.suppressed, ledger.open)
    assert ledger.balances


async def test_since_takes_a_notification_by_when_it_was_decided(
    store: SqlStore, reader: Reader
) -> None:
    """An event before the time and its notification after it: the one is out, the other in."""
    note = notice("a")
    alert = Alert(note.alert, "r", Kind.STATE_MISMATCH, subject_of("a"), 1, 1, T0)
    await store.commit(Step(at=T0, events=(note.event,), alerts=(alert,)))
    told = Step(
        at=LATER, notifications=(note,), decisions=(Decision(1, Why.TOLD, "r", "oncall", note.id),)
    )
    await store.commit(told)
    for since, expected in ((T0, (1, 1)), (LATER, (0, 1)), (LATER + SECOND, (0, 0))):
        ledger = await reader.ledger(since=since)
        number = sum(account.notifications for account in ledger.accounts)
        assert (expected, True) == ((ledger.events, number), ledger.balances)
    await do_harm(store, "DELETE FROM deliveries")
    for since, balances in ((T0, False), (LATER, False), (LATER + SECOND, True)):
        assert balances == (await reader.ledger(since=since)).balances


async def test_since_does_not_part_what_was_merged_from_what_took_it(
    store: SqlStore, reader: Reader
) -> None:
    """Whichever of the two lies before the time, the account balances."""
    begin = notice("a", 1)
    end = notice("a", 2, end=True, absorbs=begin.id, event=2)
    await store.commit(explained(begin))
    await store.commit(explained(end, at=LATER))
    for since, merged in ((T0, 1), (LATER, 0)):
        ledger = await reader.ledger(since=since)
        assert (merged, True) == (ledger.accounts[0].merged, ledger.balances)
    # A clock that was set back by an hour between the two.
    back = T0 - timedelta(hours=1)
    await store.commit(explained(notice("b", 1, event=3)))
    absorbing = notice("b", 2, end=True, absorbs=notice("b", 1).id, event=4)
    await store.commit(explained(absorbing, at=back))
    assert (await reader.ledger(since=T0)).balances


async def test_pruned_history_leaves_the_ledger_in_balance(store: SqlStore, reader: Reader) -> None:
    """Whatever has been deleted so far, and with a clock that was set back before it was settled,
    nothing that is left lacks what it is set against.
    """
    begins = [notice(job, group="g", event=n) for n, job in enumerate("ab", start=1)]
    await store.commit(explained(*begins))
    bundle = (await store.turn(CHAT, [], T0)).parcels[0]
    none = msgspec.structs.replace(CHAT, room=0)
    await store.turn(none, [settled(bundle)], T0)
    lasting = Alert(begins[0].alert, "r", Kind.STATE_MISMATCH, subject_of("a"), 1, 1, T0)
    await store.commit(Step(at=T0, alerts=(lasting,)))
    first = notice("c", 1, event=3)
    await store.commit(explained(first, at=T0 + DAY))
    end = notice("c", 2, end=True, absorbs=first.id, event=4)
    await store.commit(explained(end, at=T0))
    (parcel,) = (await store.turn(CHAT, [], T0)).parcels
    await store.turn(none, [settled(parcel)], T0)
    late = msgspec.structs.replace(notice("d"), event=event_of(5, "d", at=T0 + DAY))
    await store.commit(explained(late, at=T0 + DAY))
    (parcel,) = (await store.turn(CHAT, [], T0 + DAY)).parcels
    await store.turn(none, [settled(parcel)], T0)
    for minutes in range(-60, 3 * 24 * 60, 60):
        await store.prune(T0 + timedelta(minutes=minutes))
        ledger = await reader.ledger()
        assert ledger.balances, (minutes, ledger)
    assert {begins[0].id} == {row.id for row in await reader.deliveries()}


async def test_since_reckons_with_reminders_that_were_replaced(
    store: SqlStore, reader: Reader
) -> None:
    """A reminder merged into the next one counts where it was decided."""
    for number in (1, 2, 3):
        note = reminder("a", number, event=number)
        await store.commit(explained(note, at=T0 + number * SECOND))
    ledger = await reader.ledger(since=T0 + 2 * SECOND)
    assert [Account("oncall", 2, 0, 1, 1, 0, 0)] == list(ledger.accounts)
    assert (Ending("oncall", Disposition.MERGED, "firing reminder", 1),) == ledger.endings
    assert ledger.balances


async def test_decisions_of_an_older_watcher_count_by_their_event(
    store: SqlStore, reader: Reader
) -> None:
    """Before decisions had times of their own, they counted from when their event was seen."""
    note = msgspec.structs.replace(notice("a"), event=event_of(1, "a", at=LATER))
    await store.commit(explained(note, at=LATER))
    await do_harm(store, "UPDATE decisions SET at = NULL")
    assert (await reader.ledger(since=LATER)).balances
    await do_harm(store, "DELETE FROM deliveries")
    assert not (await reader.ledger(since=LATER)).balances
    assert (await reader.ledger(since=LATER + SECOND)).balances
