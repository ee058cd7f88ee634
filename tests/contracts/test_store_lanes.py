"""What every store must do with the outbox: order, ends of attempts, bundles, ends of alerts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from tests.contracts.stores import FACTORIES, GROUP, Case
from tests.store.samples import (
    CHAT,
    SECOND,
    T0,
    TERMS,
    WIDE,
    jobs_in,
    notice,
    settled,
    step_of,
)
from watcher.core.delivery import Disposition, Parcel
from watcher.core.event import Kind
from watcher.core.notification import digest
from watcher.core.outcome import Fate
from watcher.core.rule import Severity
from watcher.ports import Turn


@pytest.fixture(params=FACTORIES, ids=lambda factory: str(factory.__name__))
async def case(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Case]:
    async with request.param(tmp_path) as made:
        yield made


async def test_a_parcel_holds_the_notification_whole(case: Case) -> None:
    """What is given out is what was committed, with its own id, age and attempt."""
    note = notice("a")
    await case.store.commit(step_of(note))
    turn = await case.store.turn(TERMS, [], T0 + SECOND)
    assert (Parcel(note.id, "oncall", 1, (note,), T0),) == turn.parcels


async def test_an_equal_notification_is_saved_once(case: Case) -> None:
    """An id that is there already changes nothing and raises nothing."""
    await case.store.commit(step_of(notice("a")))
    await case.store.commit(step_of(notice("a"), notice("b")))
    assert [["a"], ["b"]] == jobs_in((await case.store.turn(WIDE, [], T0)).parcels)


async def test_a_channel_gets_only_its_own(case: Case) -> None:
    """A turn takes nothing that is another channel's."""
    await case.store.commit(step_of(notice("a", channel="audit"), notice("b")))
    assert [["b"]] == jobs_in((await case.store.turn(WIDE, [], T0)).parcels)


async def test_graver_first_then_older(case: Case) -> None:
    """Deliveries are taken by severity, then age."""
    await case.store.commit(
        step_of(
            notice("info", severity=Severity.INFO),
            notice("old", severity=Severity.ERROR),
            notice("new", severity=Severity.ERROR),
            notice("grave", severity=Severity.CRITICAL),
        )
    )
    turn = await case.store.turn(WIDE, [], T0)
    assert [["grave"], ["old"], ["new"], ["info"]] == jobs_in(turn.parcels)


async def test_a_lane_is_one_at_a_time_and_in_order(case: Case) -> None:
    """A graver later message about a job waits until the earlier one is settled."""
    first = notice("a", 1, severity=Severity.INFO)
    second = notice("a", 2, severity=Severity.CRITICAL)
    await case.store.commit(step_of(first, second))
    turn = await case.store.turn(WIDE, [], T0)
    assert [first.id] == [p.id for p in turn.parcels]
    assert () == (await case.store.turn(WIDE, [], T0)).parcels
    turn = await case.store.turn(WIDE, [settled(turn.parcels[0])], T0)
    assert [second.id] == [p.id for p in turn.parcels]


async def test_a_retry_keeps_its_lane_closed_until_it_is_due(case: Case) -> None:
    """What failed is tried again at its time with the same id, and nothing overtakes it."""
    await case.store.commit(step_of(notice("a", 1), notice("a", 2)))
    parcel = (await case.store.turn(WIDE, [], T0)).parcels[0]
    turn = await case.store.turn(WIDE, [settled(parcel, Fate.RETRY)], T0)
    assert Turn((), T0 + SECOND) == turn
    turn = await case.store.turn(WIDE, [], T0 + SECOND)
    assert [(parcel.id, 2)] == [(p.id, p.attempt) for p in turn.parcels]


async def test_room_bounds_what_is_given_out(case: Case) -> None:
    """No more parcels than the terms have room for; none without room."""
    await case.store.commit(step_of(notice("a"), notice("b"), notice("c")))
    two = msgspec.structs.replace(TERMS, room=2)
    none = msgspec.structs.replace(TERMS, room=0)
    assert 2 == len((await case.store.turn(two, [], T0)).parcels)
    assert Turn((), None) == await case.store.turn(none, [], T0)


async def test_make_due_ends_waits_for_retries_but_not_the_group_wait(case: Case) -> None:
    """After a success what failed earlier is due; what is held for a bundle is not."""
    held = notice("b", hold_until=T0 + 5 * SECOND)
    await case.store.commit(step_of(notice("a"), held))
    parcel = (await case.store.turn(WIDE, [], T0)).parcels[0]
    await case.store.turn(WIDE, [settled(parcel, Fate.RETRY, after=60 * SECOND)], T0)
    terms = msgspec.structs.replace(WIDE, make_due=True)
    turn = await case.store.turn(terms, [], T0 + SECOND)
    assert ([["a"]], T0 + 5 * SECOND) == (jobs_in(turn.parcels), turn.next_at)


async def test_next_at_is_when_the_first_becomes_due(case: Case) -> None:
    """The earliest of what waits for a time is named; nothing where nothing does."""
    assert None is (await case.store.turn(TERMS, [], T0)).next_at
    await case.store.commit(
        step_of(
            notice("a", hold_until=T0 + 9 * SECOND),
            notice("b", hold_until=T0 + 5 * SECOND),
            notice("b", 2, hold_until=T0 + 2 * SECOND),
        )
    )
    assert T0 + 5 * SECOND == (await case.store.turn(TERMS, [], T0)).next_at


@pytest.mark.parametrize(
    "fate,expected",
    [
        (Fate.DELIVERED, Disposition.DELIVERED),
        (Fate.RETRY, Disposition.WAITING),
        (Fate.THROTTLED, Disposition.WAITING),
        (Fate.REFUSED, Disposition.WAITING),
        (Fate.REJECTED, Disposition.DEAD),
        (Fate.TOO_LONG, Disposition.WAITING),
    ],
)
async def test_each_fate_has_its_disposition(case: Case, fate: Fate, expected: Disposition) -> None:
    """The outcome decides where a row stands, and the attempt keeps what the receiver said."""
    note = notice("a")
    await case.store.commit(step_of(note))
    parcel = (await case.store.turn(TERMS, [], T0)).parcels[0]
    none = msgspec.structs.replace(TERMS, room=0)
    await case.store.turn(none, [settled(parcel, fate, at=T0 + SECOND, detail="said")], T0)
    row = await case.row_of(note)
    assert row.last is not None
    assert (expected, 1, fate, "said", 200, T0, T0 + SECOND) == (
        row.disposition,
        row.attempts,
        row.last.fate,
        row.last.detail,
        row.last.status,
        row.last.begun_at,
        row.last.ended_at,
    )


async def test_too_long_is_shrunk_once_then_dead(case: Case) -> None:
    """A message refused for its length is tried once more, shorter, then dies with the reason."""
    note = notice("a")
    await case.store.commit(step_of(note))
    parcel = (await case.store.turn(TERMS, [], T0)).parcels[0]
    again = (await case.store.turn(TERMS, [settled(parcel, Fate.TOO_LONG)], T0)).parcels[0]
    assert (False, True, 2) == (parcel.shrink, again.shrink, again.attempt)
    await case.store.turn(TERMS, [settled(again, Fate.TOO_LONG, detail="460101")], T0)
    row = await case.row_of(note)
    assert (Disposition.DEAD, "460101") == (row.disposition, row.why)


async def test_a_settlement_counts_once(case: Case) -> None:
    """A settlement that comes again changes neither its row nor a later attempt of it."""
    await case.store.commit(step_of(notice("a")))
    parcel = (await case.store.turn(TERMS, [], T0)).parcels[0]
    failed = settled(parcel, Fate.RETRY, after=timedelta(0))
    again = (await case.store.turn(TERMS, [failed], T0)).parcels[0]
    late = settled(parcel, Fate.REJECTED)
    assert () == (await case.store.turn(TERMS, [late], T0)).parcels
    await case.store.turn(TERMS, [settled(again), settled(again)], T0)
    assert ["delivered"] == list((await case.fates()).values())


async def test_a_group_becomes_one_bundle_when_its_first_is_due(case: Case) -> None:
    """The group waits for its first member only, and the id is the members'."""
    notes = await case.commit_group("a", "b")
    notes += await case.commit_group("c", at=T0 + SECOND)
    assert Turn((), T0 + 2 * SECOND) == await case.store.turn(CHAT, [], T0 + SECOND)
    turn = await case.store.turn(CHAT, [], T0 + 2 * SECOND)
    ids = [note.id for note in notes]
    assert (Parcel(digest("bundle", *ids), "oncall", 1, tuple(notes), T0),) == turn.parcels


async def test_a_bundle_is_settled_with_all_its_members(case: Case) -> None:
    """Delivered is delivered for each of them."""
    await case.commit_group("a", "b")
    now = T0 + 2 * SECOND
    turn = await case.store.turn(CHAT, [], now)
    await case.store.turn(CHAT, [settled(turn.parcels[0])], now)
    assert {"delivered"} == set((await case.fates()).values())
    assert (await case.ledger()).balances


async def test_a_bundle_is_retried_as_it_stands_and_keeps_its_lanes(case: Case) -> None:
    """Same id, same members; a newcomer of the group and the members' lanes wait for it."""
    await case.commit_group("a", "b")
    now = T0 + 2 * SECOND
    first = (await case.store.turn(CHAT, [], now)).parcels[0]
    await case.store.commit(step_of(notice("a", 2), notice("c", group=GROUP)))
    again = settled(first, Fate.RETRY, at=now, after=timedelta(0))
    second = (await case.store.turn(CHAT, [again], now)).parcels[0]
    assert (first.id, first.notifications, 2) == (second.id, second.notifications, second.attempt)
    third = (await case.store.turn(CHAT, [settled(second)], now)).parcels[0]
    assert [["a"]] == jobs_in([third])


@pytest.mark.parametrize("refusals", [[Fate.REJECTED], [Fate.TOO_LONG, Fate.TOO_LONG]])
async def test_a_refused_bundle_is_dissolved_and_its_members_go_alone(
    case: Case, refusals: list[Fate]
) -> None:
    """Refused as such, shrunk or not: each member goes by itself and is not bundled again."""
    await case.commit_group("a", "b")
    now = T0 + 2 * SECOND
    turn = await case.store.turn(CHAT, [], now)
    for refusal in refusals:
        turn = await case.store.turn(CHAT, [settled(turn.parcels[0], refusal)], now)
    assert [["a"]] == jobs_in(turn.parcels)
    expected = {"leased", "waiting", "dropped"}
    assert expected == set((await case.fates()).values())
    turn = await case.store.turn(CHAT, [settled(turn.parcels[0])], now)
    assert [["b"]] == jobs_in(turn.parcels)
    assert (await case.ledger()).balances


async def test_a_bundle_takes_only_heads_of_its_group_up_to_its_bound(case: Case) -> None:
    """Other groups, later messages of a lane and what is beyond the bound stay outside."""
    notes = [notice(job, group=GROUP) for job in ("a", "b", "c")]
    other = notice("d", group="another")
    await case.store.commit(step_of(*notes, notice("a", 2, group=GROUP), other))
    terms = msgspec.structs.replace(CHAT, bundle_most=2)
    assert [["a", "b"]] == jobs_in((await case.store.turn(terms, [], T0)).parcels)


async def test_one_alone_is_no_bundle(case: Case) -> None:
    """A group of one goes under its own id."""
    (note,) = await case.commit_group("a")
    turn = await case.store.turn(CHAT, [], T0 + 2 * SECOND)
    assert [note.id] == [parcel.id for parcel in turn.parcels]


async def test_what_was_tried_alone_is_never_bundled(case: Case) -> None:
    """It may have arrived under its own id, so it keeps it, as first of a group and as another."""
    (note,) = await case.commit_group("a")
    now = T0 + 2 * SECOND
    parcel = (await case.store.turn(CHAT, [], now)).parcels[0]
    await case.commit_group("b", "c")
    failed = settled(parcel, Fate.RETRY, at=now, after=SECOND)
    turn = await case.store.turn(CHAT, [failed], now)
    assert [["b", "c"]] == jobs_in(turn.parcels)
    await case.commit_group("d")
    turn = await case.store.turn(CHAT, [settled(turn.parcels[0])], now + SECOND)
    assert [note.id] == [p.id for p in turn.parcels]


async def test_what_left_a_bundle_never_joins_another(case: Case) -> None:
    """Whatever of a dissolved bundle was refused must not be refused again with others."""
    await case.commit_group("a", "b")
    now = T0 + 2 * SECOND
    bundle = (await case.store.turn(CHAT, [], now)).parcels[0]
    graver = [notice(job, group=GROUP, severity=Severity.CRITICAL) for job in ("c", "d")]
    await case.store.commit(step_of(*graver))
    turn = await case.store.turn(CHAT, [settled(bundle, Fate.REJECTED)], now)
    assert [["c", "d"]] == jobs_in(turn.parcels)


async def test_a_channel_that_does_not_bundle_sends_each_alone(case: Case) -> None:
    """Groups mean nothing to a channel like `webhook`."""
    await case.commit_group("a", "b")
    turn = await case.store.turn(WIDE, [], T0 + 2 * SECOND)
    assert [["a"], ["b"]] == jobs_in(turn.parcels)


async def test_an_end_takes_in_an_untried_beginning(case: Case) -> None:
    """What has had no attempt becomes one line with its end, and is merged into it."""
    first, second = notice("a", 1), notice("a", 2)
    await case.store.commit(step_of(first, second))
    end = notice("a", 3, end=True, absorbs=first.id)
    await case.store.commit(step_of(end, at=T0 + SECOND))
    turn = await case.store.turn(CHAT, [], T0 + SECOND)
    expected = msgspec.structs.replace(end, absorbed=True)
    assert [(expected,)] == [parcel.notifications for parcel in turn.parcels]
    rows = [await case.row_of(note) for note in (first, second)]
    assert [("merged", end.id)] * 2 == [(row.disposition, row.bundle) for row in rows]


@pytest.mark.parametrize("fate", [Fate.DELIVERED, Fate.RETRY, None])
async def test_an_end_follows_a_beginning_that_was_tried(case: Case, fate: Fate | None) -> None:
    """Delivered, failed or under way: the beginning stays what it is."""
    begin = notice("a", 1)
    await case.store.commit(step_of(begin))
    parcel = (await case.store.turn(CHAT, [], T0)).parcels[0]
    if fate is not None:
        await case.store.turn(CHAT, [settled(parcel, fate, after=9 * SECOND)], T0)
    end = notice("a", 2, end=True, absorbs=begin.id)
    await case.store.commit(step_of(end))
    assert "merged" != (await case.row_of(begin)).disposition
    if fate is Fate.DELIVERED:
        assert [(end,)] == [p.notifications for p in (await case.store.turn(CHAT, [], T0)).parcels]


async def test_a_bundled_beginning_is_not_taken_in(case: Case) -> None:
    """A bundle's members are frozen; the end follows it."""
    notes = await case.commit_group("a", "b")
    now = T0 + 2 * SECOND
    bundle = (await case.store.turn(CHAT, [], now)).parcels[0]
    end = notice("a", 2, end=True, absorbs=notes[0].id)
    await case.store.commit(step_of(end))
    turn = await case.store.turn(CHAT, [settled(bundle)], now)
    assert [(end,)] == [parcel.notifications for parcel in turn.parcels]


async def test_an_end_of_which_nothing_was_told_is_dropped(case: Case) -> None:
    """Where the beginning died, its end is no news; what follows in the lane goes on."""
    begin, end = notice("a", 1), notice("a", 2, end=True)
    after = notice("a", 1, alert="another")
    await case.store.commit(step_of(begin, end, after))
    parcel = (await case.store.turn(TERMS, [], T0)).parcels[0]
    turn = await case.store.turn(TERMS, [settled(parcel, Fate.REJECTED)], T0)
    assert [after.id] == [p.id for p in turn.parcels]
    row = await case.row_of(end)
    assert (Disposition.DROPPED, "beginning never told") == (row.disposition, row.why)


async def test_an_end_whose_beginning_went_past_the_outbox_is_sent(case: Case) -> None:
    """That the store can be written again is told although the store knows of no beginning."""
    end = notice("a", 2, end=True)
    event = msgspec.structs.replace(end.event, kind=Kind.UNWRITABLE)
    end = msgspec.structs.replace(end, event=event)
    await case.store.commit(step_of(end))
    assert [["a"]] == jobs_in((await case.store.turn(TERMS, [], T0)).parcels)


async def test_untold_ends_do_not_enter_a_bundle(case: Case) -> None:
    """A bundle of ends has only those whose beginnings arrived."""
    begins = [notice(job) for job in ("a", "b")]
    await case.store.commit(step_of(*begins))
    first, second = (await case.store.turn(WIDE, [], T0)).parcels
    await case.store.turn(WIDE, [settled(first), settled(second)], T0)
    ends = [notice(job, 2, end=True, group=GROUP) for job in ("a", "b", "c")]
    await case.store.commit(step_of(*ends))
    assert [["a", "b"]] == jobs_in((await case.store.turn(CHAT, [], T0)).parcels)
    assert Disposition.DROPPED is (await case.row_of(ends[2])).disposition
