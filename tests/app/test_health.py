"""What the pages, the heartbeat and the watchdog are told, from one list of conditions."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import anyio
import msgspec
import pytest

from tests.acceptance.waiting import eventually
from tests.services.edges import BROKEN, Bench, bench, resolved
from watcher.app.build import build_pollers
from watcher.app.health import (
    OUTBOX_OLDER_THAN,
    PATIENCE,
    REFUSED_FOR,
    STALE,
    Condition,
    Health,
    Refusal,
    SourceVitals,
    Vitals,
    Weight,
    conditions,
)
from watcher.core.breaker import Breaker, after_attempt
from watcher.core.outcome import Fate, Outcome
from watcher.core.reading import Cause, Outage
from watcher.core.run_summary import STREAM
from watcher.ports import Backlog, Settlement, Terms, Turn
from watcher.services.dispatch import Dispatcher
from watcher.services.poll import Poller
from watcher.services.ticking import BLOCKED, Ticker

SECOND = timedelta(seconds=1)
ZERO = timedelta(0)
SOURCE = SourceVitals("prod", 10 * SECOND, ZERO, ZERO)
WELL = Vitals(tick_age=ZERO, sources=(SOURCE,))


def source(**changes: object) -> tuple[Condition, ...]:
    """What is wrong with a source that differs so from one that is well."""
    changed = msgspec.structs.replace(SOURCE, **changes)
    return conditions(msgspec.structs.replace(WELL, sources=(changed,)))


def weights(found: tuple[Condition, ...]) -> list[Weight]:
    return [condition.weight for condition in found]


def test_nothing_is_wrong_with_a_service_that_is_well() -> None:
    """No condition, no reason to stop anything."""
    assert () == conditions(WELL)


@pytest.mark.parametrize(
    "vitals, weight, words",
    [
        ({"trouble": BROKEN, "tick_age": STALE}, Weight.MENDABLE, "the disk is full"),
        ({"tick_age": STALE}, Weight.MENDABLE, "no tick was made for 30 s"),
        ({"lag": BLOCKED}, Weight.USELESS, "the event loop was blocked for 3 s"),
        (
            {"oldest": {"audit": OUTBOX_OLDER_THAN}},
            Weight.USELESS,
            "channel audit: a delivery has been waiting for 15m",
        ),
        (
            {"refusals": {"audit": Refusal(REFUSED_FOR, "310000: keywords not in content")}},
            Weight.PARTLY,
            "channel audit: its receiver has refused us for 90s: 310000: keywords not in content",
        ),
        (
            {"unturned": {"audit": PATIENCE}},
            Weight.MENDABLE,
            "channel audit: nobody has looked at its outbox for 3m",
        ),
    ],
)
def test_each_condition_has_its_weight_and_words(
    vitals: dict[str, object], weight: Weight, words: str
) -> None:
    """One thing that is wrong gives one sentence, and stops no more than it must."""
    (found,) = conditions(msgspec.structs.replace(WELL, **vitals))
    assert weight is found.weight
    assert words in found.why


@pytest.mark.parametrize(
    "vitals",
    [
        {"tick_age": STALE - SECOND},
        {"lag": BLOCKED - SECOND},
        {"oldest": {"audit": OUTBOX_OLDER_THAN - SECOND}},
        {"refusals": {"audit": Refusal(REFUSED_FOR - SECOND, "no")}},
        {"unturned": {"audit": PATIENCE - SECOND}},
    ],
)
def test_what_is_within_its_limit_is_well(vitals: dict[str, object]) -> None:
    """A second before its limit nothing is said."""
    assert () == conditions(msgspec.structs.replace(WELL, **vitals))


def test_a_source_that_fails_may_not_stop_the_watchdog() -> None:
    """However long an API is down: a restart would only begin the clock of `blind` anew."""
    assert (Condition(Weight.PARTLY, "source prod: dns: x"),) == source(complaint="dns: x")
    for age in (PATIENCE, timedelta(days=3)):
        assert [Weight.USELESS] == weights(source(good_age=age, complaint="dns: x"))
    assert [Weight.USELESS] == weights(source(good_age=None))
    (told,) = source(good_age=PATIENCE, complaint="dns: x")
    assert "source prod: no good answer for 3m; dns: x" == told.why


def test_a_slow_source_has_three_of_its_intervals() -> None:
    """One that is polled each hour is not without a good reading after three minutes."""
    hour = timedelta(hours=1)
    assert () == source(interval=hour, good_age=3 * hour - SECOND)
    assert [Weight.USELESS] == weights(source(interval=hour, good_age=3 * hour))


def test_a_poller_that_does_not_come_round_may_be_mended() -> None:
    """A poll that never ends is no matter of the API: it bounds its own time."""
    late = PATIENCE + 10 * SECOND
    assert () == source(round_age=late - SECOND)
    (found,) = source(round_age=late, good_age=late)
    assert Condition(Weight.MENDABLE, "source prod: no poll has ended for 190s") == found


@asynccontextmanager
async def watched(folder: Path, *names: str) -> AsyncIterator[tuple[Bench, Health, Poller]]:
    """A service's view of itself over real parts that the test moves."""
    async with bench(folder, resolved(*names)) as here:
        health = Health(here.keeper, here.clock)
        (poller,) = build_pollers(here.resolved, here.keeper, here.edge)
        ticker = Ticker(here.keeper, here.edge, health.pulse)
        health.look_at((poller,), ticker, OUTBOX_OLDER_THAN)
        yield here, health, poller


async def test_a_service_without_a_tick_is_dead(tmp_path: Path) -> None:
    """Half a minute without a pulse is told with its length; a pulse brings it back."""
    async with watched(tmp_path) as (here, health, _):
        await here.clock.advance(STALE - SECOND)
        assert () == health.alive()
        await here.clock.advance(SECOND)
        assert ("no tick was made for 30 s",) == health.alive()
        assert health.alive()[0] in health.ready()
        health.pulse()
        assert () == health.alive()


async def test_before_its_loops_have_begun_it_is_not_ready(tmp_path: Path) -> None:
    """The pages may answer before the first poller is made."""
    async with bench(tmp_path, resolved("payments")) as here:
        health = Health(here.keeper, here.clock)
        assert ("source prod: no good answer yet",) == health.ready()
        assert () == health.alive()


async def test_it_is_ready_once_every_source_has_answered(tmp_path: Path) -> None:
    """Before the first answer, in an outage and when jobs wait to be seen it says why it is not."""
    async with watched(tmp_path, "payments", "orders") as (here, health, poller):
        assert ("source prod: no good answer yet",) == health.ready() == health.useless()
        await here.see(payments="RUNNING")
        poller.good_at = here.clock.monotonic()
        assert ("source prod: not every job has been seen since the start",) == health.ready()
        await here.see(orders="RUNNING")
        assert () == health.ready()
        await here.keeper.observe(Outage("prod", STREAM, ("orders",), Cause.TIMEOUT, "no answer"))
        assert ("source prod: timeout: no answer",) == health.ready()
        assert () == health.useless()
        await here.see(orders="RUNNING")
        assert () == health.ready()


async def test_a_source_that_stays_away_is_no_useful_work(tmp_path: Path) -> None:
    """Three minutes without a good poll stop the heartbeat, and never the watchdog."""
    async with watched(tmp_path, "payments") as (here, health, poller):
        await here.see(payments="RUNNING")
        poller.good_at = here.clock.monotonic()
        await here.clock.advance(PATIENCE)
        poller.round_at = here.clock.monotonic()
        health.pulse()
        assert ("source prod: no good answer for 3m",) == health.useless()
        assert () == health.alive()


async def test_an_old_delivery_is_no_useful_work(tmp_path: Path) -> None:
    """What waits too long for a channel of the file counts, until it has been delivered."""
    async with watched(tmp_path, "payments") as (here, health, poller):
        await here.see(payments="RUNNING")
        made_at = here.clock.now()
        await here.clock.advance(OUTBOX_OLDER_THAN)
        poller.good_at = poller.round_at = here.clock.monotonic()
        health.pulse([Backlog(n, 1, made_at, Breaker()) for n in ("audit", "not in the file")])
        assert ("channel audit: a delivery has been waiting for 15m",) == health.useless()
        health.pulse([Backlog("audit", 0, None, Breaker())])
        assert () == health.useless()


def refused_by(here: Bench) -> Breaker:
    """The gate of a channel that has just refused us for the first time."""
    return after_attempt(Breaker(), Outcome(Fate.REFUSED, "no such token"), here.clock.now(), 0.5)


async def turn(here: Bench, breaker: Breaker, *settled: Settlement) -> Turn:
    """A turn of the webhook with a gate as it is now."""
    one = here.channel("audit")
    terms = Terms(one.name, one.robot, 1, one.limit, breaker, one.bundles)
    return await here.store.turn(terms, settled, here.clock.now())


@asynccontextmanager
async def working(folder: Path) -> AsyncIterator[tuple[Bench, Health, Poller]]:
    """A service that sees its one job."""
    async with watched(folder, "payments") as (here, health, poller):
        await here.see(payments="RUNNING")
        poller.good_at = here.clock.monotonic()
        yield here, health, poller


async def test_a_channel_that_goes_on_refusing_is_said(tmp_path: Path) -> None:
    """/readyz names it long before its delivery is old; the heartbeat and the watchdog go on."""
    async with working(tmp_path) as (here, health, _):
        made_at, gate = here.clock.now(), refused_by(here)
        health.pulse([Backlog("audit", 1, made_at, gate)])
        assert () == health.ready()
        await here.clock.advance(REFUSED_FOR)
        health.pulse([Backlog(n, 1, made_at, gate) for n in ("audit", "not in the file")])
        why = "channel audit: its receiver has refused us for 90s: no such token"
        assert (why,) == health.ready()
        assert () == health.useless() == health.alive()
        health.pulse([Backlog("audit", 0, None, Breaker())])
        assert () == health.ready()


async def test_a_refusal_that_is_saved_is_said(tmp_path: Path) -> None:
    """From the store's own account of the channel, tick by tick, until a message is taken."""
    async with working(tmp_path) as (here, health, poller):
        ticker = Ticker(here.keeper, here.edge, health.pulse)
        await here.see(payments="FAILED")
        refused = await turn(here, refused_by(here))
        await ticker.once()
        assert () == health.ready()
        await here.clock.advance(REFUSED_FOR)
        poller.good_at = poller.round_at = here.clock.monotonic()
        await ticker.once()
        assert ["channel audit: its receiver has refused us for 90s: no such token"] == [
            *health.ready()
        ]
        (parcel,) = refused.parcels
        taken = Outcome(Fate.DELIVERED)
        now = here.clock.now()
        await turn(here, Breaker(), Settlement(parcel.id, parcel.attempt, taken, now, now))
        await ticker.once()
        assert () == health.ready()


async def test_a_channel_that_refuses_in_turns_does_not_flap(tmp_path: Path) -> None:
    """One that takes the probe after each refusal is never a reason: each refusal is a first."""
    async with working(tmp_path) as (here, health, poller):
        for _ in range(5):
            gate = refused_by(here)
            for _ in range(6):
                await here.clock.advance(10 * SECOND)
                poller.good_at = poller.round_at = here.clock.monotonic()
                health.pulse([Backlog("audit", 1, here.clock.now(), gate)])
                assert () == health.ready()
            health.pulse([Backlog("audit", 0, None, Breaker())])
            assert () == health.ready()


async def test_a_refusal_is_no_reason_while_nothing_waits(tmp_path: Path) -> None:
    """What nobody tries any more may have been mended; all work that there is is done."""
    async with working(tmp_path) as (here, health, poller):
        gate = refused_by(here)
        await here.clock.advance(timedelta(hours=1))
        poller.good_at = poller.round_at = here.clock.monotonic()
        health.pulse([Backlog("audit", 0, None, gate)])
        assert () == health.ready()


async def test_a_store_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """While nothing can be saved the service does not do its work; a restart may mend that."""
    async with watched(tmp_path, "payments") as (here, health, poller):
        await here.see(payments="RUNNING")
        poller.good_at = here.clock.monotonic()
        here.store.broken = True
        await here.see(payments="FAILED")
        assert (BROKEN,) == health.ready() == health.useless() == health.alive()
        assert await here.mend()
        assert () == health.alive()


async def test_a_dispatcher_that_does_not_come_round_may_be_mended(tmp_path: Path) -> None:
    """One that hangs is told of, one that comes round again or is done is not."""
    async with watched(tmp_path, "payments") as (here, health, poller):
        one = Dispatcher(here.channel(), Breaker(), here.edge)
        health.listen_to([one])
        async with anyio.create_task_group() as group:
            group.start_soon(one.run)
            await eventually(lambda: here.store.turns > 0)
            await here.clock.advance(PATIENCE)
            poller.round_at = here.clock.monotonic()
            health.pulse()
            assert ("channel audit: nobody has looked at its outbox for 3m",) == health.alive()
            here.edge.bell.ring(["audit"])
            await eventually(lambda: () == health.alive())
            one.stop()
        await here.clock.advance(PATIENCE)
        poller.round_at = here.clock.monotonic()
        health.pulse()
        assert () == health.alive()
