"""What every store must do when a person retries or drops what has not been delivered."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from tests.contracts.stores import FACTORIES, Case
from tests.store.samples import (
    CHAT,
    SECOND,
    T0,
    TERMS,
    WIDE,
    explained,
    jobs_in,
    notice,
    settled,
    step_of,
)
from watcher.core.deferral import Because, Deferral
from watcher.core.delivery import Disposition, Parcel
from watcher.core.notification import Notification
from watcher.core.outcome import Fate
from watcher.core.rule import Severity
from watcher.ports import Terms, Turn
from watcher.store.by_hand import UNDER_WAY, Deed, Order, Verb

DAY = timedelta(days=1)
RETRY_ALL = Order(Verb.RETRY)
DROP_ALL = Order(Verb.DROP, why="dropped by alice")


@pytest.fixture(params=FACTORIES, ids=lambda factory: str(factory.__name__))
async def case(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Case]:
    async with request.param(tmp_path) as made:
        yield made


async def turn(case: Case, terms: Terms, *ended: Parcel, fate: Fate, at: datetime = T0) -> Turn:
    """Settle parcels with one fate and take what may go then."""
    return await case.store.turn(terms, [settled(one, fate, at=at) for one in ended], at)


async def die(case: Case, *notes: Notification, at: datetime = T0) -> None:
    """Commit messages, each of which is refused as such."""
    await case.store.commit(explained(*notes, at=at))
    for _ in notes:
        (parcel,) = (await case.store.turn(TERMS, [], at)).parcels
        await case.store.turn(
            msgspec.structs.replace(TERMS, room=0),
            [settled(parcel, Fate.REJECTED, at=at, detail="no such field")],
            at,
        )


def ids_of(deed: Deed) -> tuple[list[str], list[str]]:
    return [item.row.id for item in deed.done], [item.row.id for item in deed.left]


async def test_the_dead_go_again_as_they_were(case: Case) -> None:
    """Same id, same body, the next attempt's number, and age still from when it was made."""
    note = notice("a")
    await die(case, note)
    now = T0 + 2 * DAY
    deed = await case.by_hand(RETRY_ALL, now)
    assert ([note.id], []) == ids_of(deed)
    (parcel,) = (await case.store.turn(CHAT, [], now)).parcels
    died = Deferral(Because.DEAD, "no such field")
    assert Parcel(note.id, "oncall", 2, (note,), T0, deferred=died) == parcel
    assert (await case.ledger()).balances


async def test_what_was_retried_has_a_new_span_to_live(case: Case) -> None:
    """It is not buried at once for its age, and dies after the same span again."""
    note = notice("a")
    await case.store.commit(step_of(note))
    assert 1 == await case.store.bury(["oncall"], T0 + DAY, DAY)
    await case.by_hand(RETRY_ALL, T0 + 2 * DAY)
    (backlog,) = await case.store.backlogs()
    assert T0 + 2 * DAY == backlog.oldest_made_at
    assert 0 == await case.store.bury(["oncall"], T0 + 3 * DAY - SECOND, DAY)
    assert T0 == (await case.row_of(note)).made_at
    assert 1 == await case.store.bury(["oncall"], T0 + 3 * DAY, DAY)


async def test_what_waits_is_due_now_but_for_its_group_wait(case: Case) -> None:
    """A wait for a retry ends; the wait for a bundle's others does not."""
    held = notice("b", hold_until=T0 + 9 * SECOND)
    await case.store.commit(step_of(notice("a"), held))
    (parcel,) = (await case.store.turn(WIDE, [], T0)).parcels
    await case.store.turn(WIDE, [settled(parcel, Fate.RETRY, after=60 * SECOND)], T0)
    await case.by_hand(RETRY_ALL, T0 + SECOND)
    again = await case.store.turn(WIDE, [], T0 + SECOND)
    assert ([["a"]], T0 + 9 * SECOND) == (jobs_in(again.parcels), again.next_at)


@pytest.mark.parametrize("disposition", ["waiting", "dead"])
async def test_what_is_dropped_is_over_and_says_by_whom(case: Case, disposition: str) -> None:
    """Neither retried nor told, and the next of its lane goes on."""
    note, after = notice("a"), notice("a", 1, alert="another")
    if disposition == "dead":
        await die(case, note)
    else:
        await case.store.commit(explained(note))
    await case.by_hand(DROP_ALL, T0 + SECOND)
    row = await case.row_of(note)
    assert (Disposition.DROPPED, "dropped by alice") == (row.disposition, row.why)
    await case.store.commit(explained(after))
    assert [["a"]] == jobs_in((await case.store.turn(TERMS, [], T0 + SECOND)).parcels)
    ledger = await case.ledger()
    assert [("dropped by alice", 1)] == [(e.why, e.notifications) for e in ledger.endings]
    assert ledger.balances


async def test_a_dry_run_shows_the_same_and_changes_nothing(case: Case) -> None:
    """What would be done is what is done afterwards."""
    await die(case, notice("a"), notice("b"))
    before = await case.rows()
    order = Order(Verb.RETRY, job="a")
    foreseen = await case.foresee(order)
    assert before == await case.rows()
    assert foreseen == await case.by_hand(order, T0)
    assert before != await case.rows()


async def test_what_is_under_way_is_left(case: Case) -> None:
    """A message that is being sent now may arrive: it is neither dropped nor sent twice."""
    note = notice("a")
    await case.store.commit(step_of(note))
    (parcel,) = (await case.store.turn(TERMS, [], T0)).parcels
    for order in (DROP_ALL, Order(Verb.RETRY, ids=(note.id,))):
        deed = await case.by_hand(order, T0)
        assert ((), (UNDER_WAY,)) == (deed.done, deed.left[0].notes)
    await turn(case, TERMS, parcel, fate=Fate.DELIVERED)
    deed = await case.by_hand(Order(Verb.DROP, ids=(note.id,)), T0)
    assert ((), ("is delivered",)) == (deed.done, deed.left[0].notes)


async def test_ids_may_be_cut_but_must_mean_one_row_each(case: Case) -> None:
    """One that is unknown or means several: nothing is done about any of them."""
    notes = [notice(f"job-{number}") for number in range(20)]
    await die(case, *notes)
    first = notes[0].id
    shared = next(
        a.id[:1] for a in notes for b in notes if a is not b and a.id[:1] == b.id[:1] != first[:1]
    )
    deed = await case.by_hand(Order(Verb.RETRY, ids=(first, shared, "feedbeef", "%")), T0)
    assert Deed(unknown=("feedbeef", "%"), ambiguous=(shared,)) == deed
    assert {"dead"} == set((await case.fates()).values())
    deed = await case.by_hand(Order(Verb.RETRY, ids=(first[:12], first)), T0)
    assert ([first], []) == ids_of(deed)


async def test_filters_narrow_what_is_meant(case: Case) -> None:
    """Channel, job, rule, kind, state and age each leave out what does not fit."""
    old, fresh = notice("a"), notice("sub/a")
    other = notice("a", channel="audit")
    await die(case, old)
    await case.store.commit(explained(fresh, other, at=T0 + 5 * SECOND))
    for order, expected in (
        (Order(Verb.DROP), [old, fresh, other]),
        (Order(Verb.DROP, channel="audit"), [other]),
        (Order(Verb.DROP, job="a"), [old, other]),
        (Order(Verb.DROP, rule="job-down", kind="state-mismatch"), [old, fresh, other]),
        (Order(Verb.DROP, rule="nobody"), []),
        (Order(Verb.DROP, kind="restart"), []),
        (Order(Verb.DROP, state=Disposition.DEAD), [old]),
        (Order(Verb.DROP, state=Disposition.WAITING), [fresh, other]),
        (Order(Verb.DROP, since=T0 + SECOND), [fresh, other]),
        (Order(Verb.DROP, job="%"), []),
    ):
        found, _ = ids_of(await case.foresee(order))
        assert [note.id for note in expected] == found, order


async def test_a_channel_that_left_the_file_is_not_retried(case: Case) -> None:
    """It would only be buried again."""
    await die(case, notice("a"))
    deed = await case.by_hand(Order(Verb.RETRY, channels=("audit",)), T0)
    assert ((), ("its channel oncall is not in the file",)) == (deed.done, deed.left[0].notes)


async def bundle_of(case: Case, *jobs: str) -> Parcel:
    """A bundle that has been tried once in vain and waits."""
    await case.commit_group(*jobs)
    now = T0 + 2 * SECOND
    (bundle,) = (await case.store.turn(CHAT, [], now)).parcels
    await turn(case, msgspec.structs.replace(CHAT, room=0), bundle, fate=Fate.RETRY, at=now)
    return bundle


async def test_a_bundle_dies_and_comes_back_as_a_whole(case: Case) -> None:
    """Retried by its own id or by a member's: same id, same members, in one message."""
    bundle = await bundle_of(case, "a", "b")
    for name in (bundle.id, bundle.notifications[1].id):
        await case.store.bury(["oncall"], T0 + 9 * DAY, DAY)
        assert {"dead"} == set((await case.fates()).values())
        deed = await case.by_hand(Order(Verb.RETRY, ids=(name,)), T0 + 3 * SECOND)
        assert [(bundle.id, 2)] == [(item.row.id, len(item.members)) for item in deed.done]
        assert {"waiting", "bundled"} == set((await case.fates()).values())
    (again,) = (await case.store.turn(CHAT, [], T0 + 3 * SECOND)).parcels
    assert (bundle.id, bundle.notifications, 2) == (again.id, again.notifications, again.attempt)
    await turn(case, CHAT, again, fate=Fate.DELIVERED, at=T0 + 3 * SECOND)
    assert {"delivered"} == set((await case.fates()).values())
    assert (await case.ledger()).balances


async def test_a_member_alone_is_not_dropped(case: Case) -> None:
    """A bundle that was tried may have arrived: it stays what it is, or is dropped as a whole."""
    bundle = await bundle_of(case, "a", "b")
    deed = await case.by_hand(Order(Verb.DROP, job="a"), T0)
    assert ([], [bundle.notifications[0].id]) == ids_of(deed)
    assert bundle.id[:12] in deed.left[0].notes[0]
    assert {"waiting", "bundled"} == set((await case.fates()).values())
    deed = await case.by_hand(Order(Verb.DROP, ids=(bundle.id,), why="dropped by bob"), T0)
    assert ([bundle.id], []) == ids_of(deed)
    assert {"dropped"} == set((await case.fates()).values())
    assert (await case.ledger()).balances


async def test_all_members_together_are_their_bundle(case: Case) -> None:
    """A filter that means every one of them means it."""
    bundle = await bundle_of(case, "a", "b")
    deed = await case.by_hand(Order(Verb.DROP, rule="job-down"), T0)
    assert ([bundle.id], []) == ids_of(deed)
    assert (await case.ledger()).balances


async def test_an_end_comes_back_with_its_beginning(case: Case) -> None:
    """Who hears of the beginning after all hears of its end, after it."""
    begin, end = notice("a", 1), notice("a", 2, end=True, event=2)
    await die(case, begin)
    await case.store.commit(explained(end))
    assert () == (await case.store.turn(TERMS, [], T0)).parcels
    assert Disposition.DROPPED is (await case.row_of(end)).disposition
    deed = await case.by_hand(Order(Verb.RETRY, ids=(begin.id,)), T0)
    assert ("its end comes back with it (beginning never told)",) == deed.done[0].notes
    (first,) = (await case.store.turn(TERMS, [], T0)).parcels
    (second,) = (await turn(case, TERMS, first, fate=Fate.DELIVERED)).parcels
    assert [begin.id, end.id] == [first.id, second.id]
    assert (await case.ledger()).balances


async def test_an_end_whose_beginning_was_dropped_is_not_told(case: Case) -> None:
    """Nobody hears that something ended of which nobody heard."""
    begin, end = notice("a", 1), notice("a", 2, end=True, event=2)
    await case.store.commit(explained(begin, end))
    await case.by_hand(Order(Verb.DROP, ids=(begin.id,)), T0)
    assert () == (await case.store.turn(TERMS, [], T0)).parcels
    row = await case.row_of(end)
    assert (Disposition.DROPPED, "beginning never told") == (row.disposition, row.why)


async def test_what_comes_after_its_end_says_so(case: Case) -> None:
    """A beginning that is retried although its end was told comes late: a person must know."""
    first, second = notice("a", 1), notice("a", 2)
    end = notice("a", 3, end=True)
    await die(case, first)
    await case.store.commit(explained(second, end))
    told: list[str] = []
    for _ in range(2):
        (parcel,) = (await case.store.turn(TERMS, [], T0)).parcels
        await turn(case, msgspec.structs.replace(TERMS, room=0), parcel, fate=Fate.DELIVERED)
        deed = await case.foresee(RETRY_ALL)
        told += deed.done[0].notes
    assert [
        "comes after later messages of its alert, which were delivered",
        "comes after its end, which was delivered",
    ] == told


async def test_what_was_retried_waits_for_what_is_under_way(case: Case) -> None:
    """Never two messages about one job at a time, whichever was made first."""
    dead, later = notice("a", 1), notice("a", 2)
    await die(case, dead)
    await case.store.commit(step_of(later))
    (parcel,) = (await case.store.turn(WIDE, [], T0)).parcels
    await case.by_hand(RETRY_ALL, T0)
    assert () == (await case.store.turn(WIDE, [], T0)).parcels
    (again,) = (await turn(case, WIDE, parcel, fate=Fate.DELIVERED)).parcels
    assert dead.id == again.id


async def test_a_bundle_waits_for_what_was_retried_before_it(case: Case) -> None:
    """A member of a bundle does not overtake an earlier message of its job that came back."""
    dead = notice("a", 1)
    await die(case, dead)
    graver = [notice(job, 2, group="g", severity=Severity.CRITICAL) for job in "ac"]
    await case.store.commit(step_of(*graver))
    (bundle,) = (await case.store.turn(CHAT, [], T0)).parcels
    assert 2 == len(bundle.notifications)
    await turn(case, msgspec.structs.replace(CHAT, room=0), bundle, fate=Fate.RETRY)
    await case.by_hand(RETRY_ALL, T0)
    (first,) = (await case.store.turn(CHAT, [], T0)).parcels
    (second,) = (await turn(case, CHAT, first, fate=Fate.DELIVERED)).parcels
    assert [dead.id, bundle.id] == [first.id, second.id]


async def test_bundles_that_come_back_do_not_wait_for_each_other(case: Case) -> None:
    """What was retried joins no new bundle that an older one of its job would have to wait for."""
    first = notice("a", 1, group="g")
    await case.store.commit(step_of(first))
    await case.store.bury(["oncall"], T0 + DAY, DAY)
    await case.store.commit(step_of(*(notice(job, 2, group="g") for job in "ab"), at=T0 + DAY))
    now = T0 + DAY
    none = msgspec.structs.replace(CHAT, room=0)
    (old,) = (await case.store.turn(CHAT, [], now)).parcels
    await turn(case, none, old, fate=Fate.RETRY, at=now)
    await case.store.bury(["oncall"], now + DAY, DAY)
    await case.by_hand(Order(Verb.RETRY, ids=(first.id,)), now)
    await case.store.commit(step_of(notice("b", 3, group="g"), at=now))
    (new,) = (await case.store.turn(CHAT, [], now)).parcels
    await turn(case, none, new, fate=Fate.RETRY, at=now)
    await case.by_hand(RETRY_ALL, now)
    parcels = (await case.store.turn(CHAT, [], now)).parcels
    while parcels:
        parcels = (await turn(case, CHAT, *parcels, fate=Fate.DELIVERED, at=now)).parcels
    assert {"delivered"} == set((await case.fates()).values())


async def test_the_service_is_bid_to_look_once(case: Case) -> None:
    """Until the channel's next turn its backlog says that a person changed it; that turn tells
    whether it is to be tried at once.
    """
    await case.store.commit(step_of(notice("a"), notice("b"), notice("c", channel="audit")))
    none = msgspec.structs.replace(TERMS, room=0)
    for order, asked in ((Order(Verb.DROP, job="a"), False), (Order(Verb.RETRY, job="b"), True)):
        await case.by_hand(order, T0)
        assert {"audit": False, "oncall": True} == {
            log.channel: log.changed for log in await case.store.backlogs()
        }
        assert asked == (await case.store.turn(none, [], T0)).asked
        assert not (await case.store.turn(none, [], T0)).asked
        assert not any(log.changed for log in await case.store.backlogs())


async def test_a_retry_of_what_is_under_way_is_heard_all_the_same(case: Case) -> None:
    """It may have begun before the receiver was mended: the next try need not wait."""
    await case.store.commit(step_of(notice("a")))
    await case.store.turn(TERMS, [], T0)
    await case.by_hand(Order(Verb.RETRY, job="a"), T0)
    assert (await case.store.turn(msgspec.structs.replace(TERMS, room=0), [], T0)).asked


async def test_a_drop_does_not_take_back_that_a_retry_asked(case: Case) -> None:
    """Two orders in one second are both heeded."""
    await case.store.commit(step_of(notice("a"), notice("b")))
    await case.by_hand(Order(Verb.RETRY, job="b"), T0)
    await case.by_hand(Order(Verb.DROP, job="a"), T0)
    assert (await case.store.turn(TERMS, [], T0)).asked
