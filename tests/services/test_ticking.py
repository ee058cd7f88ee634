"""The ticker: what time alone brings, how the channels stand, and a pulse for the watchdog."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from pathlib import Path

import anyio

from tests.acceptance.waiting import eventually
from tests.manual_clock import ManualClock
from tests.services.edges import Bench, bench, resolved
from watcher.core.breaker import Breaker, after_attempt
from watcher.core.event import Kind
from watcher.core.outcome import Fate, Outcome
from watcher.core.reading import Cause, Outage
from watcher.core.run_summary import STREAM
from watcher.ports import Terms
from watcher.services.ticking import INTERVAL, Ticker
from watcher.store.by_hand import Order, Verb, act

CLOSED = Breaker()
CHANNELS = dict.fromkeys(("audit", "other"), 'kind = "webhook"\nurl = "http://127.0.0.1:9/"')


def ticker(here: Bench) -> tuple[Ticker, list[object]]:
    pulses: list[object] = []
    return Ticker(here.keeper, here.edge, pulses.append), pulses


def told(here: Bench) -> list[tuple[str, Kind]]:
    return [(channel, kind) for t in here.keeper.state.told.values() for channel, kind in t]


async def test_it_ticks_once_a_second_and_pulses(tmp_path: Path) -> None:
    """Each tick that could be made is a sign of life."""
    async with bench(tmp_path, resolved()) as here:
        one, pulses = ticker(here)
        async with anyio.create_task_group() as group:
            group.start_soon(one.run)
            for number in (1, 2, 3):
                await here.clock.wait_for_sleepers()
                assert number == len(pulses)
                await here.clock.advance(INTERVAL)
            group.cancel_scope.cancel()


async def test_no_pulse_while_the_store_fails(tmp_path: Path) -> None:
    """A service that cannot save is not alive, and says so in the log."""
    async with bench(tmp_path, resolved()) as here:
        one, pulses = ticker(here)
        here.store.broken = True
        await one.once()
        assert [] == pulses
        assert 1 == len(here.logged("store_failed"))


async def test_blindness_that_lasts_is_told_by_the_clock(tmp_path: Path) -> None:
    """No reading is needed for `blind` to fire when its time has come."""
    async with bench(tmp_path, resolved("payments")) as here:
        one, _ = ticker(here)
        await here.keeper.observe(Outage("prod", STREAM, ("payments",), Cause.TIMEOUT, "late"))
        await here.clock.advance(timedelta(minutes=4, seconds=59))
        await one.once()
        assert [] == told(here)
        await here.clock.advance(INTERVAL)
        await one.once()
        assert [("audit", Kind.BLIND)] == told(here)


async def test_a_channel_that_refuses_us_is_told_on_another(tmp_path: Path) -> None:
    """What the store knows of a channel's gate becomes `undeliverable`; its gauge is kept."""
    async with bench(tmp_path, resolved(channels=CHANNELS)) as here:
        one, _ = ticker(here)
        await here.see(payments="FAILED")
        refused = Outcome(Fate.REFUSED, "gone")
        await _turn(here, refused)
        await one.once()
        assert ("other", Kind.UNDELIVERABLE) in told(here)
        assert ("audit", Kind.UNDELIVERABLE) not in told(here)
        page = here.edge.metrics.page()[0]
        assert b'watcher_deliveries_waiting{channel="audit"} 1.0' in page
        assert b'watcher_channel_refused{channel="audit"} 1.0' in page
        assert b'watcher_channel_failing{channel="audit"} 1.0' in page
        await _turn(here, Outcome(Fate.DELIVERED))
        await one.once()
        assert ("other", Kind.UNDELIVERABLE) not in told(here)
        assert b'watcher_channel_refused{channel="audit"} 0.0' in here.edge.metrics.page()[0]


async def test_what_a_person_changed_wakes_its_channel(tmp_path: Path) -> None:
    """A command in another process cannot ring; the next tick does, for that channel alone."""
    async with bench(tmp_path, resolved(channels=CHANNELS)) as here:
        one, _ = ticker(here)
        await here.see(payments="FAILED")
        for channel in CHANNELS:
            await here.edge.bell.wait(channel, timedelta(0))
        order = Order(Verb.RETRY, channel="audit")
        await here.store.store.access.transact(partial(act, order=order, now=here.clock.now()))
        await one.once()
        with anyio.fail_after(30):
            await here.edge.bell.wait("audit", None)
        rung = await _is_rung(here, "other")
        assert not rung


async def _is_rung(here: Bench, channel: str) -> bool:
    with anyio.move_on_after(0):
        await here.edge.bell.wait(channel, None)
        return True
    return False


async def test_a_channel_that_left_the_file_has_no_gauge(tmp_path: Path) -> None:
    """What still lies in the store of a channel that nobody names is not measured."""
    async with bench(tmp_path, resolved(channels=CHANNELS)) as here:
        one, _ = ticker(here)
        await here.see(payments="FAILED")
        await here.keeper.adopt(resolved().plan, starting=False)
        await one.once()
        page = here.edge.metrics.page()[0]
        assert b'watcher_deliveries_waiting{channel="audit"}' in page
        assert b'watcher_deliveries_waiting{channel="other"}' not in page


async def _turn(here: Bench, outcome: Outcome) -> None:
    """Save the gate of `audit` as it is after an attempt that ended so."""
    channel = here.channel("audit")
    breaker = after_attempt(CLOSED, outcome, here.clock.now(), 0.5)
    terms = Terms(channel.name, channel.robot, 0, channel.limit, breaker, channel.bundles)
    await here.store.turn(terms, (), here.clock.now())


class BlockedClock(ManualClock):
    """A clock after whose sleeps the event loop comes round late."""

    late = timedelta(0)

    async def sleep(self, span: timedelta) -> None:
        await super().sleep(span)
        self._elapsed += self.late


async def test_a_loop_that_was_blocked_is_said_and_measured(tmp_path: Path) -> None:
    """How late the last tick came is known; from three seconds on it stands in the log."""
    clock = BlockedClock()
    async with bench(tmp_path, resolved(), clock) as here:
        one, pulses = ticker(here)
        async with anyio.create_task_group() as group:
            group.start_soon(one.run)
            for late, said in ((0, 0), (2, 0), (7, 1), (0, 1)):
                await clock.wait_for_sleepers()
                ticks = len(pulses)
                clock.late = timedelta(seconds=late)
                await clock.advance(INTERVAL)
                await eventually(partial(more, pulses, ticks))
                assert (timedelta(seconds=late), said) == (
                    one.lag,
                    len(here.logged("loop_was_blocked")),
                )
                assert (
                    f"watcher_loop_lag_seconds {late:.1f}".encode() in here.edge.metrics.page()[0]
                )
            group.cancel_scope.cancel()
    assert '"seconds": 7.0' in here.logged("loop_was_blocked")[0]


def more(pulses: list[object], than: int) -> bool:
    return len(pulses) > than
