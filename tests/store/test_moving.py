"""The outbox when the wall clock is set: waits, windows and gates keep their length."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from tests.store.samples import CHAT, SECOND, T0, TERMS, jobs_in, notice, settled, step_of
from watcher.core.anchor import Anchor
from watcher.core.breaker import Breaker, Gate
from watcher.core.deferral import Because, Deferral
from watcher.core.outcome import Fate
from watcher.core.pace import Limit
from watcher.core.step import Step
from watcher.store.open import open_store
from watcher.store.store import SqlStore

JUMPS = [timedelta(hours=1), -timedelta(hours=1), timedelta(days=1), -timedelta(days=1)]
ONE_A_MINUTE = msgspec.structs.replace(TERMS, limit=Limit(1, timedelta(minutes=1)))


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    made = await open_store(tmp_path / "watcher.db", T0)
    yield made
    await made.close()


def moved(by: timedelta, passed: timedelta) -> Step:
    """The Step of a clock that was set by so much, so long after the test began."""
    now = T0 + passed + by
    return Step(at=now, moved=by, anchor=Anchor(T0).set_by(by, now))


@pytest.mark.parametrize("by", JUMPS, ids=str)
async def test_a_wait_for_a_group_keeps_its_length(store: SqlStore, by: timedelta) -> None:
    """What is held two seconds for others goes after two seconds."""
    await store.commit(step_of(notice("a", group="g", hold_until=T0 + 2 * SECOND)))
    await store.commit(moved(by, SECOND))
    turn = await store.turn(CHAT, [], T0 + SECOND + by)
    assert ((), T0 + 2 * SECOND + by) == (turn.parcels, turn.next_at)
    assert [["a"]] == jobs_in((await store.turn(CHAT, [], T0 + 2 * SECOND + by)).parcels)


@pytest.mark.parametrize("by", JUMPS, ids=str)
async def test_a_backoff_keeps_its_length(store: SqlStore, by: timedelta) -> None:
    """What failed is due when it would have been."""
    await store.commit(step_of(notice("a")))
    (parcel,) = (await store.turn(TERMS, [], T0)).parcels
    await store.turn(TERMS, [settled(parcel, Fate.RETRY, after=30 * SECOND)], T0)
    await store.commit(moved(by, 10 * SECOND))
    turn = await store.turn(TERMS, [], T0 + 10 * SECOND + by)
    assert ((), T0 + 30 * SECOND + by) == (turn.parcels, turn.next_at)


@pytest.mark.parametrize("by", JUMPS, ids=str)
async def test_a_robots_window_keeps_its_length(store: SqlStore, by: timedelta) -> None:
    """A clock that was set opens no room, and takes none for longer than the window."""
    await store.commit(step_of(notice("a"), notice("b")))
    (first,) = (await store.turn(ONE_A_MINUTE, [], T0)).parcels
    await store.turn(ONE_A_MINUTE, [settled(first)], T0)
    await store.commit(moved(by, 10 * SECOND))
    turn = await store.turn(ONE_A_MINUTE, [], T0 + 10 * SECOND + by)
    assert ((), T0 + 60 * SECOND + by) == (turn.parcels, turn.next_at)
    assert [["b"]] == jobs_in((await store.turn(ONE_A_MINUTE, [], T0 + 60 * SECOND + by)).parcels)


async def test_an_open_gate_is_moved(store: SqlStore) -> None:
    """The saved probe is as far off as before."""
    gate = Breaker(Gate.OPEN, 3, SECOND, 9 * SECOND, T0 + 9 * SECOND, T0)
    await store.turn(msgspec.structs.replace(TERMS, breaker=gate), [], T0)
    await store.commit(moved(timedelta(hours=1), SECOND))
    (backlog,) = await store.backlogs()
    assert gate.moved(timedelta(hours=1)) == backlog.breaker
    assert T0 + 9 * SECOND + timedelta(hours=1) == backlog.breaker.probe_at


async def test_the_anchor_comes_back(store: SqlStore) -> None:
    """A later start finds how the wall stood; a new store has none."""
    assert None is (await store.load()).anchor
    anchor = Anchor(T0, "boot").set_by(timedelta(hours=-1), T0)
    await store.commit(Step(at=T0, anchor=anchor))
    assert anchor == (await store.load()).anchor


async def test_a_wait_from_the_future_is_clamped_to_its_own_span(store: SqlStore) -> None:
    """A clock set back while nobody watched: what waits thirty seconds waits that from now."""
    await store.commit(step_of(notice("a")))
    (parcel,) = (await store.turn(TERMS, [], T0)).parcels
    await store.turn(TERMS, [settled(parcel, Fate.RETRY, after=30 * SECOND)], T0)
    now = T0 - timedelta(hours=1)
    assert 1 == await store.clamp(now)
    assert now + 30 * SECOND == (await store.turn(TERMS, [], now)).next_at
    assert 0 == await store.clamp(now)


async def test_an_untried_wait_from_the_future_is_clamped_too(store: SqlStore) -> None:
    """What was made in the future waits for its group from now."""
    await store.commit(step_of(notice("a", group="g", hold_until=T0 + 2 * SECOND)))
    now = T0 - timedelta(days=1)
    await store.clamp(now)
    assert now + 2 * SECOND == (await store.turn(CHAT, [], now)).next_at


async def test_a_wait_that_runs_is_not_clamped(store: SqlStore) -> None:
    """Nothing is sent early where no clock was set."""
    await store.commit(step_of(notice("a")))
    (parcel,) = (await store.turn(TERMS, [], T0)).parcels
    await store.turn(TERMS, [settled(parcel, Fate.RETRY, after=30 * SECOND)], T0)
    assert 0 == await store.clamp(T0 + SECOND)


async def test_an_unknown_past_counts_as_a_full_window(store: SqlStore) -> None:
    """After a boot that hides how long ago the attempts were, the robot is left alone at first."""
    await store.commit(step_of(notice("a")))
    terms = msgspec.structs.replace(ONE_A_MINUTE, unsure_since=T0)
    turn = await store.turn(terms, [], T0 + SECOND)
    assert ((), T0 + 60 * SECOND) == (turn.parcels, turn.next_at)
    assert [["a"]] == jobs_in((await store.turn(terms, [], T0 + 60 * SECOND)).parcels)


@pytest.mark.parametrize("by", JUMPS, ids=str)
async def test_what_waits_grows_no_older(store: SqlStore, by: timedelta) -> None:
    """A day set forward gives nothing up and makes no channel look late; its own time does."""
    await store.commit(step_of(notice("a")))
    await store.commit(moved(by, SECOND))
    now, give_up = T0 + SECOND + by, timedelta(hours=1)
    (backlog,) = await store.backlogs()
    assert T0 + by == backlog.oldest_made_at
    assert 0 == await store.bury(["oncall"], now, give_up)
    assert 1 == await store.bury(["oncall"], now + give_up, give_up)


async def test_who_reads_a_late_message_is_told_that_the_clock_was_set(store: SqlStore) -> None:
    """An hour that nobody waited is explained."""
    await store.commit(step_of(notice("a", group="g", hold_until=T0 + 2 * SECOND)))
    hour = timedelta(hours=1)
    await store.commit(moved(hour, SECOND))
    (parcel,) = (await store.turn(CHAT, [], T0 + 2 * SECOND + hour)).parcels
    assert Deferral(Because.CLOCK) == parcel.deferred


async def test_attempts_from_the_future_take_one_window(store: SqlStore) -> None:
    """A clock set back while nobody watched silences no robot until it has caught up."""
    await store.commit(step_of(notice("a"), notice("b")))
    (first,) = (await store.turn(ONE_A_MINUTE, [], T0)).parcels
    now = T0 - timedelta(hours=8)
    await store.clamp(now)
    turn = await store.turn(ONE_A_MINUTE, [settled(first)], now)
    assert ((), now + 60 * SECOND) == (turn.parcels, turn.next_at)
    assert [["b"]] == jobs_in((await store.turn(ONE_A_MINUTE, [], now + 60 * SECOND)).parcels)
