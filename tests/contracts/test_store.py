"""What every store must do with a Step, with an attempt's end, and over a restart."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import anyio
import msgspec
import pytest

from tests.contracts.stores import FACTORIES, Case
from tests.store.samples import (
    CHAT,
    SECOND,
    T0,
    TERMS,
    WIDE,
    event_of,
    explained,
    notice,
    run_of,
    settled,
    step_of,
    subject_of,
)
from watcher.core.alert import Alert, Phase, Told
from watcher.core.breaker import Breaker, Gate
from watcher.core.delivery import Disposition
from watcher.core.event import Kind
from watcher.core.job import Change, Clock, JobRecord, Mark, PlannedStop, SourceRecord
from watcher.core.outcome import Fate
from watcher.core.pace import Limit
from watcher.core.rule import Severity
from watcher.core.step import Delays, Repeat, Rider, Saved, Step
from watcher.core.subject import source_subject
from watcher.ports import Store, Turn
from watcher.store.ledger import Ledger


@pytest.fixture(params=FACTORIES, ids=lambda factory: str(factory.__name__))
async def case(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Case]:
    async with request.param(tmp_path) as made:
        yield made


FULL = Step(
    at=T0,
    jobs=(
        JobRecord(
            subject_of("a"),
            run=run_of("a"),
            entered_at=T0,
            error_at=1_700_000_000_000,
            fingerprints=("f1", "f2"),
            ran=True,
            mark=Mark("177474", "application_1|0a1b", down=True),
            wrong=Clock(T0, 1),
            changes=(Change(T0), Change(T0 + SECOND, restart=True)),
            stop=PlannedStop(T0, down_at=T0 + SECOND, anew=True),
        ),
        JobRecord(subject_of("名 前+&%"), exact=False),
    ),
    delays=(Delays("prod", "FLINK_STREAM", "a", T0, {"a": 300, "b": None}),),
    sources=(SourceRecord("prod", read_at=T0, blind=Clock(T0, 1)),),
    events=(event_of(1, "a"),),
    alerts=(Alert("x1", "job-down", Kind.STATE_MISMATCH, subject_of("a"), 1, 1, T0),),
    told=(Told("oncall", Kind.BLIND, source_subject("prod"), "x2", 1, "r", "r", 3, 1, T0, "n", 1),),
    repeats=(Repeat("new-error", subject_of("a"), "f1", T0, held=2),),
    riders=(Rider("oncall", "new-error", event_of(1, "a"), T0, held=2),),
    counters=(("event", 1), ("sequence:oncall", 7)),
)


async def test_load_gives_back_what_was_committed(case: Case) -> None:
    """Every record comes back equal, also after the store was closed and opened."""
    await case.store.commit(FULL)
    store = await case.restart()
    saved = await store.load()
    expected = Saved(
        store_id=saved.store_id,
        jobs=FULL.jobs,
        delays=FULL.delays,
        sources=FULL.sources,
        alerts=FULL.alerts,
        told=FULL.told,
        repeats=FULL.repeats,
        riders=FULL.riders,
        counters=FULL.counters,
    )
    assert expected == saved


async def test_store_id_is_made_once(case: Case) -> None:
    """Notification ids rest on the store's id, so a restart must not change it."""
    first = (await case.store.load()).store_id
    store = await case.restart()
    assert first == (await store.load()).store_id
    assert 32 == len(first)


async def test_records_replace_those_of_the_same_key(case: Case) -> None:
    """A later Step's record of a key is the one that is loaded."""
    await case.store.commit(FULL)
    newer = msgspec.structs.replace(FULL.jobs[0], ran=False, error_at=5)
    await case.store.commit(Step(at=T0, jobs=(newer,), counters=(("event", 2),)))
    saved = await case.store.load()
    assert {newer, FULL.jobs[1]} == set(saved.jobs)
    assert {"event": 2, "sequence:oncall": 7} == dict(saved.counters)


async def test_texts_of_earlier_errors_are_filled_in(case: Case) -> None:
    """What is told of a job's earlier error has its text, which memory does not keep."""
    run = msgspec.structs.replace(run_of("a"), last_error_at=1000, last_error_message="old text")
    await case.store.commit(Step(at=T0, jobs=(JobRecord(subject_of("a"), run),)))
    slim = msgspec.structs.replace(run, last_error_message=None)
    event = msgspec.structs.replace(event_of(1, "a"), previous=slim)
    told = msgspec.structs.replace(notice("a"), event=event)
    await case.store.commit(Step(at=T0, events=(event,), notifications=(told,)))
    (parcel,) = (await case.store.turn(TERMS, (), T0 + SECOND)).parcels
    assert run == parcel.notifications[0].event.previous


async def test_what_ended_leaves(case: Case) -> None:
    """Jobs that are gone (with their repeats), ended alerts, told and repeats are not loaded."""
    await case.store.commit(FULL)
    over = msgspec.structs.replace(FULL.alerts[0], phase=Phase.RESOLVED)
    await case.store.commit(
        Step(
            at=T0,
            jobs_gone=(subject_of("a"),),
            alerts=(over,),
            told_ended=((source_subject("prod"), "oncall", Kind.BLIND),),
        )
    )
    saved = await case.store.load()
    assert (FULL.jobs[1:], (), (), ()) == (saved.jobs, saved.alerts, saved.told, saved.repeats)


async def test_repeats_end_one_by_one(case: Case) -> None:
    """A repeat that ended takes no other with it."""
    other = Repeat("new-error", subject_of("a"), "f2", T0)
    await case.store.commit(msgspec.structs.replace(FULL, repeats=(*FULL.repeats, other)))
    await case.store.commit(Step(at=T0, repeats_ended=((subject_of("a"), "new-error", "f1"),)))
    assert (other,) == (await case.store.load()).repeats


async def test_an_alert_that_begins_anew_in_the_step_of_its_end_stays(case: Case) -> None:
    """Of two alerts of one rule about one job in one Step the later one counts, as in memory."""
    await case.store.commit(FULL)
    over = msgspec.structs.replace(FULL.alerts[0], phase=Phase.RESOLVED)
    anew = msgspec.structs.replace(FULL.alerts[0], id="x9", ordinal=2)
    await case.store.commit(Step(at=T0, alerts=(over, anew)))
    assert (anew,) == (await case.store.load()).alerts


async def test_a_failed_commit_saves_nothing(case: Case) -> None:
    """A Step is saved whole or not at all."""
    unsound = msgspec.structs.replace(FULL, counters=(("event", 2**70),))
    before = await case.store.load()
    with pytest.raises(OverflowError):
        await case.store.commit(unsound)
    assert before == await case.store.load()


async def test_the_limit_counts_every_attempt_to_the_robot(case: Case) -> None:
    """Two channels of one robot share its window; what it does not let through waits for it."""
    limit = Limit(most=3, window=timedelta(seconds=60))
    one = msgspec.structs.replace(WIDE, limit=limit)
    other = msgspec.structs.replace(one, channel="second")
    await case.store.commit(
        step_of(*(notice(job, channel=c) for c in ("oncall", "second") for job in ("a", "b")))
    )
    first = await case.store.turn(one, [], T0)
    second = await case.store.turn(other, [], T0 + SECOND)
    assert (2, 1) == (len(first.parcels), len(second.parcels))
    assert T0 + limit.window == second.next_at
    ends = [settled(second.parcels[0])]
    assert () == (await case.store.turn(other, ends, T0 + 59 * SECOND)).parcels
    assert 1 == len((await case.store.turn(other, [], T0 + limit.window)).parcels)


async def test_the_limit_outlives_a_restart(case: Case) -> None:
    """Attempts are saved before they are sent, so a new process knows of them."""
    limit = Limit(most=1, window=timedelta(seconds=60))
    terms = msgspec.structs.replace(WIDE, limit=limit)
    await case.store.commit(step_of(notice("a"), notice("b")))
    await case.store.turn(terms, [], T0)
    store = await case.restart()
    await store.release_all(T0 + SECOND)
    waits = Turn((), T0 + limit.window, paced=True)
    assert waits == await store.turn(terms, [], T0 + SECOND)


async def test_release_all_makes_what_was_under_way_due(case: Case) -> None:
    """After a kill the same id is tried again at once; the first attempt stays in doubt."""
    await case.store.commit(step_of(notice("a"), notice("b")))
    turn = await case.store.turn(WIDE, [], T0)
    await case.store.turn(WIDE, [settled(turn.parcels[0])], T0)
    store = await case.restart()
    assert 1 == await store.release_all(T0 + SECOND)
    again = await store.turn(WIDE, [], T0 + SECOND)
    assert [(turn.parcels[1].id, 2)] == [(p.id, p.attempt) for p in again.parcels]


async def test_backlogs_tell_what_waits_and_the_saved_breaker(case: Case) -> None:
    """Leased and bundled messages still wait; the breaker is the last one given."""
    await case.commit_group("a", "b", at=T0 + SECOND)
    await case.store.commit(step_of(notice("c", channel="audit"), at=T0))
    gate = Breaker(gate=Gate.OPEN, failures=3, backoff=SECOND, probe_at=T0, since=T0, reason="503")
    await case.store.turn(msgspec.structs.replace(CHAT, breaker=gate), [], T0 + 3 * SECOND)
    found = {log.channel: log for log in await case.store.backlogs()}
    assert (2, T0 + SECOND, gate) == (
        found["oncall"].waiting,
        found["oncall"].oldest_made_at,
        found["oncall"].breaker,
    )
    assert (1, T0, Breaker()) == (
        found["audit"].waiting,
        found["audit"].oldest_made_at,
        found["audit"].breaker,
    )


async def test_bury_kills_what_nobody_will_send(case: Case) -> None:
    """A channel that left and an age beyond `give_up` kill what waits, each with its reason."""
    left, old = notice("a", channel="gone"), notice("b")
    fresh, sent = notice("c"), notice("d", severity=Severity.CRITICAL)
    await case.store.commit(step_of(left, old, sent))
    await case.store.commit(step_of(fresh, at=T0 + 2 * SECOND))
    await case.store.turn(TERMS, [], T0)
    assert 2 == await case.store.bury(["oncall"], T0 + timedelta(days=1), timedelta(days=1))
    rows = [await case.row_of(note) for note in (left, old, fresh, sent)]
    assert [
        (Disposition.DEAD, "channel left the file"),
        (Disposition.DEAD, "gave up after 1d"),
        (Disposition.WAITING, None),
        (Disposition.LEASED, None),
    ] == [(row.disposition, row.why) for row in rows]


async def test_a_bundle_is_buried_with_its_youngest(case: Case) -> None:
    """While one member may still be sent the bundle lives; then all die together."""
    await case.commit_group("a")
    await case.commit_group("b", at=T0 + 2 * SECOND)
    now = T0 + 3 * SECOND
    bundle = (await case.store.turn(CHAT, [], now)).parcels[0]
    await case.store.turn(CHAT, [settled(bundle, Fate.RETRY, at=now)], now)
    day = timedelta(days=1)
    assert 0 == await case.store.bury(["oncall"], T0 + day, day)
    assert 2 == await case.store.bury(["oncall"], T0 + 2 * SECOND + day, day)
    assert {"dead"} == set((await case.fates()).values())
    assert (await case.ledger()).balances


async def test_prune_deletes_old_ends_and_keeps_what_is_open(case: Case) -> None:
    """Only settled rows and events before the time go; the ledger still balances."""
    await case.store.commit(explained(notice("a", event=1), notice("b", event=2)))
    turn = await case.store.turn(TERMS, [], T0)
    await case.store.turn(msgspec.structs.replace(TERMS, room=0), [settled(turn.parcels[0])], T0)
    assert 3 == await case.store.prune(T0 + SECOND)
    assert {subject_of("b").lane: "waiting"} == await case.fates()
    assert (await case.ledger()).balances


@pytest.mark.parametrize("bond", ["alert", "told", "end"])
async def test_prune_keeps_what_decides_about_an_end(case: Case, bond: str) -> None:
    """A beginning told long ago must be known when its end comes, however late."""
    begin, end = notice("a", 1), notice("a", 2, end=True)
    told = Told(
        *("oncall", Kind.STATE_MISMATCH, subject_of("a"), begin.alert, 1, "r", "r", 3, 1),
        *(T0, begin.id, 1),
    )
    alert = Alert(begin.alert, "r", Kind.STATE_MISMATCH, subject_of("a"), 1, 1, T0)
    await case.store.commit(
        Step(
            at=T0,
            notifications=(begin,),
            alerts=(alert,) if bond == "alert" else (),
            told=(told,) if bond == "told" else (),
        )
    )
    turn = await case.store.turn(TERMS, [], T0)
    await case.store.turn(TERMS, [settled(turn.parcels[0])], T0)
    if bond == "end":
        await case.store.commit(step_of(end))
    await case.store.prune(T0 + timedelta(days=40))
    if bond != "end":
        await case.store.commit(step_of(end))
    assert [end.id] == [p.id for p in (await case.store.turn(TERMS, [], T0)).parcels]


async def test_two_connections_write_while_a_third_reads(case: Case) -> None:
    """Writers wait for each other instead of failing, and a reader sees whole Steps only."""
    beside = await case.open_beside()
    seen: list[Ledger] = []

    async def write(store: Store, first_event: int) -> None:
        for event in range(first_event, first_event + 20):
            here = notice(f"job-{event}", event=event)
            there = notice(f"job-{event}", channel="audit", event=event)
            await store.commit(explained(here, there))

    async def read() -> None:
        while not seen or seen[-1].events < 40:
            seen.append(await case.ledger())

    with anyio.fail_after(30):
        async with anyio.create_task_group() as group:
            group.start_soon(write, case.store, 1000)
            group.start_soon(write, beside, 2000)
            group.start_soon(read)
    for ledger in seen:
        expected = [("audit", ledger.events), ("oncall", ledger.events)] if ledger.events else []
        assert expected == [(one.channel, one.notifications) for one in ledger.accounts]
        assert ledger.balances


async def test_callers_at_the_same_time_get_different_deliveries(case: Case) -> None:
    """No delivery is given out twice, whoever asks at the same time."""
    await case.store.commit(step_of(*(notice(f"j{n}") for n in range(40))))
    given: list[str] = []

    async def take() -> None:
        turn = await case.store.turn(msgspec.structs.replace(TERMS, room=10), [], T0)
        given.extend(parcel.id for parcel in turn.parcels)

    async with anyio.create_task_group() as group:
        for _ in range(6):
            group.start_soon(take)
    assert (40, 40) == (len(given), len(set(given)))
