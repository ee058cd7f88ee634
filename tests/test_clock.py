"""The clock: what it promises of the machine's time, and that the tests' own clock keeps it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import anyio
import pytest

from tests.manual_clock import START, ManualClock
from watcher.clock import SteadyClock, SystemClock, boot_id

SECOND = timedelta(seconds=1)


def test_now_is_aware_utc_and_the_wall() -> None:
    """`now` is the machine's wall time, aware and in UTC."""
    before = datetime.now(UTC)
    now = SystemClock().now()
    assert now.tzinfo is UTC
    assert before <= now <= datetime.now(UTC)


def test_monotonic_never_goes_back() -> None:
    """Readings of monotonic time are in order."""
    clock = SystemClock()
    readings = [clock.monotonic() for _ in range(100)]
    assert sorted(readings) == readings


@pytest.mark.parametrize("span", [timedelta(0), -SECOND, timedelta(microseconds=1)])
async def test_sleep_of_nothing_or_less_returns(span: timedelta) -> None:
    """A span that is over already does not wait and does not fail."""
    with anyio.fail_after(5):
        await SystemClock().sleep(span)


def test_jitter_is_spread_over_nought_to_one() -> None:
    """Jitter lies in [0, 1) and is not always the same."""
    drawn = {SystemClock().jitter() for _ in range(100)}
    assert all(0 <= number < 1 for number in drawn)
    assert len(drawn) > 1


async def test_sleepers_wake_in_order_each_at_its_time() -> None:
    """On the manual clock each sleeper wakes exactly when its span is over, the shortest first."""
    clock = ManualClock()
    woken: list[tuple[int, datetime]] = []

    async def nap(seconds: int) -> None:
        await clock.sleep(seconds * SECOND)
        woken.append((seconds, clock.now()))

    async with anyio.create_task_group() as tasks:
        for seconds in (30, 10, 20):
            tasks.start_soon(nap, seconds)
        await clock.wait_for_sleepers(3)
        await clock.advance(25 * SECOND)
        assert [(10, START + 10 * SECOND), (20, START + 20 * SECOND)] == woken
        assert 1 == clock.sleepers
        await clock.advance(5 * SECOND)
    assert (30, START + 30 * SECOND) == woken[-1]


async def test_a_loop_of_sleeps_turns_once_for_each_span() -> None:
    """One advance over a day wakes a ten-second loop 8,640 times."""
    clock = ManualClock()
    turns = 0

    async def loop() -> None:
        nonlocal turns
        while True:
            await clock.sleep(10 * SECOND)
            turns += 1

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(loop)
        await clock.wait_for_sleepers()
        await clock.advance(timedelta(days=1))
        tasks.cancel_scope.cancel()
    assert 8640 == turns


async def test_a_cancelled_sleeper_leaves_no_trace() -> None:
    """A sleep that is cancelled is not parked any more."""
    clock = ManualClock()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(clock.sleep, SECOND)
        await clock.wait_for_sleepers()
        tasks.cancel_scope.cancel()
    assert 0 == clock.sleepers


async def test_a_steady_clock_goes_on_while_the_wall_is_set() -> None:
    """Until somebody follows, `now` shows what it would have shown; `drift` says how far it is."""
    machine = ManualClock()
    clock = SteadyClock(machine)
    machine.set_wall(START + timedelta(hours=1))
    await machine.advance(SECOND)
    assert START + SECOND == clock.now()
    assert timedelta(hours=1) == clock.drift()
    clock.follow(clock.drift())
    assert START + SECOND + timedelta(hours=1) == clock.now()
    assert timedelta(0) == clock.drift()
    assert timedelta(hours=1) == clock.moved


def test_a_steady_clock_agrees_with_a_wall_that_nobody_sets() -> None:
    """Nothing but a set wall moves it away from the machine's."""
    clock = SteadyClock(SystemClock())
    assert abs(clock.drift()) < SECOND
    assert timedelta(0) == SystemClock().drift() == SystemClock().moved


def test_the_boot_id_names_one_run_of_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is what the system says; nothing where that is hidden, as the unit hides it, or empty."""
    told = tmp_path / "boot_id"
    monkeypatch.setattr("watcher.clock.BOOT_ID", told)
    assert None is boot_id()
    told.write_text("\n")
    assert None is boot_id()
    told.write_text("7a3c\n")
    assert "7a3c" == boot_id()
