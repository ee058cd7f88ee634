"""The keeper: a Step is saved, then holds, then is told of; or nothing has happened."""

from __future__ import annotations

import json
from datetime import timedelta
from functools import partial
from pathlib import Path

import anyio

from tests.manual_clock import ManualClock
from tests.services.edges import BROKEN, bench, resolved
from watcher.core.anchor import Anchor
from watcher.core.reading import Cause, Outage, Snapshot
from watcher.core.run_summary import STREAM
from watcher.core.state import State
from watcher.core.subject import job_subject

HOUR = timedelta(hours=1)
PAYMENTS = job_subject("prod", STREAM, "payments")


async def test_a_step_that_is_saved_holds_and_rings(tmp_path: Path) -> None:
    """The state takes it in, the store holds the same, and the channel's dispatcher is woken."""
    async with bench(tmp_path, resolved("payments")) as here:
        await here.see(payments="RUNNING")
        step = await here.see(payments="FAILED")
        assert step is not None
        assert ["audit"] == [one.channel for one in step.notifications]
        with anyio.fail_after(5):
            await here.edge.bell.wait("audit", None)
        again = State(await here.store.store.load(), here.resolved.plan)
        assert here.keeper.state.alerts == again.alerts
        page = here.edge.metrics.page()[0].decode()
        assert 'watcher_events_total{kind="state-mismatch"} 1.0' in page
        told = 'watcher_notifications_total{channel="audit",reason="began",status="firing"} 1.0'
        assert told in page
        # Nobody asked for it by a rule.
        assert 'watcher_untold_total{why="no-rule"} 1.0' in page


async def test_a_step_that_is_not_saved_changes_nothing(tmp_path: Path) -> None:
    """While the disk is full the state stays, `trouble` says why, and later all is told once."""
    async with bench(tmp_path, resolved("payments")) as here:
        await here.see(payments="RUNNING")
        before = dict(here.keeper.state.counters)
        here.store.broken = True
        assert await here.see(payments="FAILED") is None
        assert await here.see(payments="FAILED") is None
        assert BROKEN == here.keeper.trouble
        assert before == here.keeper.state.counters
        assert {} == here.keeper.state.alerts
        assert 1 == len(here.logged("store_failed"))
        assert await here.mend()
        step = await here.see(payments="FAILED")
        assert step is not None
        assert 1 == len(step.notifications)
        assert "" == (here.keeper.trouble or "")
        assert 1 == len(here.logged("store_works_again"))


async def test_a_file_that_cannot_be_saved_is_not_in_force(tmp_path: Path) -> None:
    """After a failed adoption the old plan stands, and nothing new is watched."""
    async with bench(tmp_path, resolved("payments")) as here:
        here.store.broken = True
        wider = resolved("payments", "orders")
        assert await here.keeper.adopt(wider.plan, starting=False) is None
        assert here.resolved.plan is here.keeper.state.plan
        assert ("payments",) == here.keeper.state.names("prod", STREAM)
        assert await here.mend()
        assert await here.keeper.adopt(wider.plan, starting=False) is not None
        assert wider.plan is here.keeper.state.plan
        assert ("payments", "orders") == here.keeper.state.names("prod", STREAM)


async def test_a_cancelled_reading_is_saved_and_applied_or_neither(tmp_path: Path) -> None:
    """Who is cancelled during the commit leaves memory and store alike."""
    async with bench(tmp_path, resolved("payments")) as here:
        await here.see(payments="RUNNING")
        here.store.may_commit = anyio.Event()
        here.store.entered = anyio.Event()
        async with anyio.create_task_group() as group:
            group.start_soon(partial(here.see, payments="FAILED"))
            await here.store.entered.wait()
            group.cancel_scope.cancel()
            here.store.may_commit.set()
        again = State(await here.store.store.load(), here.resolved.plan)
        assert here.keeper.state.alerts == again.alerts
        assert here.keeper.state.counters == again.counters
        assert PAYMENTS in here.keeper.state.alerts


async def test_readings_that_come_together_are_taken_one_after_another(tmp_path: Path) -> None:
    """Many answers at once: each event has its own id, none is lost."""
    names = [f"job_{number}" for number in range(20)]
    async with bench(tmp_path, resolved(*names)) as here:
        await here.see(**dict.fromkeys(names, "RUNNING"))
        async with anyio.create_task_group() as group:
            for name in names:
                group.start_soon(partial(here.see, **{name: "FAILED"}))
        saved = await here.store.store.load()
        assert len(names) == len(saved.alerts)
        assert len(names) == len({alert.event for alert in saved.alerts})
        assert len(names) == len({alert.id for alert in saved.alerts})
        assert [] == [line for line in here.logged("store_failed") if json.loads(line)]


async def test_a_clock_that_is_set_moves_what_is_open(tmp_path: Path) -> None:
    """One Step moves the clocks, is logged and saved with when and by how much; then `now` shows
    the wall.
    """
    async with bench(tmp_path, resolved("payments")) as here:
        machine, clock = here.clock, here.edge.clock
        await here.see(payments="RUNNING")
        await here.see(payments="FAILED")
        began = clock.now()
        machine.set_wall(began + HOUR)
        assert began == clock.now()
        await here.keeper.heed_clock()
        assert began + HOUR == clock.now()
        (alert,) = here.keeper.state.alerts[PAYMENTS].values()
        assert began + HOUR == alert.since
        anchor = (await here.store.store.load()).anchor
        assert anchor is not None
        assert (began + HOUR, HOUR) == (anchor.moved_at, anchor.moved_by)
        await here.keeper.heed_clock()
        assert 1 == len(here.logged("clock_was_set"))


async def test_a_clock_is_not_followed_until_that_is_saved(tmp_path: Path) -> None:
    """While the store fails, time goes on as before; the step comes when it can be saved."""
    async with bench(tmp_path, resolved("payments")) as here:
        machine, clock = here.clock, here.edge.clock
        before = clock.now()
        machine.set_wall(before + HOUR)
        here.store.broken = True
        await here.keeper.heed_clock()
        assert before == clock.now()
        assert await here.mend()
        await here.keeper.heed_clock()
        assert before + HOUR == clock.now()


async def test_a_clock_that_was_set_while_nobody_ran_is_found_at_the_start(tmp_path: Path) -> None:
    """Within one boot monotonic time tells, and a pending clock is moved at the start."""
    machine = ManualClock()
    async with bench(tmp_path, resolved("payments"), machine) as here:
        assert await here.keeper.set_clock("boot")
        await here.see(payments="RUNNING")
        await here.see(payments="FAILED")
    machine.set_wall(machine.now() + HOUR)
    async with bench(tmp_path, resolved("payments"), machine) as here:
        assert await here.keeper.set_clock("boot")
        (alert,) = here.keeper.state.alerts[PAYMENTS].values()
        assert machine.now() == alert.since
        assert HOUR == (here.keeper.state.anchor or Anchor(machine.now())).moved_by


async def test_after_another_boot_nobody_knows(tmp_path: Path) -> None:
    """The start says so, moves nothing, and remembers this boot for the next start."""
    machine = ManualClock()
    async with bench(tmp_path, resolved("payments"), machine) as here:
        assert await here.keeper.set_clock("one")
    machine.set_wall(machine.now() + HOUR)
    async with bench(tmp_path, resolved("payments"), machine) as here:
        assert not await here.keeper.set_clock("two")
        assert [] == here.logged("clock_was_set")
        assert await here.keeper.set_clock("two")


async def test_after_a_boot_that_set_the_clock_back_what_is_saved_lies_not_in_the_future(
    tmp_path: Path,
) -> None:
    """The last reading counts as now, else clocks would stand still until its time came again."""
    machine = ManualClock()
    async with bench(tmp_path, resolved("payments"), machine) as here:
        assert await here.keeper.set_clock("one")
        await here.see(payments="RUNNING")
        await here.keeper.observe(Snapshot("prod", STREAM, ("payments",), ()))
    machine.set_wall(machine.now() - HOUR)
    async with bench(tmp_path, resolved("payments"), machine) as here:
        assert not await here.keeper.set_clock("two")
        absent = here.keeper.state.jobs["prod", STREAM]["payments"].record.absent
        assert machine.now() == (absent and absent.since)
        assert -HOUR == (here.keeper.state.anchor or Anchor(machine.now())).moved_by
        assert await here.keeper.set_clock("two")
        assert 1 == len(here.logged("clock_was_set"))


async def test_while_nothing_can_be_saved_nothing_is_judged(tmp_path: Path) -> None:
    """Also a Step that would save nothing is not taken in: memory stays as the store is."""
    async with bench(tmp_path, resolved("payments", "orders")) as here:
        await here.see(payments="RUNNING", orders="RUNNING")
        here.store.broken = True
        assert await here.see(payments="FAILED") is None
        here.store.broken = False
        outage = Outage("prod", STREAM, ("orders",), Cause.TIMEOUT, "no answer")
        assert await here.keeper.observe(outage) is None
        assert not here.keeper.state.sights["prod"].dark
        assert await here.keeper.tick(()) is None
        assert await here.keeper.adopt(resolved("other").plan, starting=False) is None


async def test_on_its_return_the_store_counts(tmp_path: Path) -> None:
    """As after a start: an old blindness is no news, what lasts is told, what changed is listed."""
    async with bench(tmp_path, resolved("payments", "orders")) as here:
        await here.see(payments="RUNNING", orders="RUNNING")
        await here.keeper.observe(Outage("prod", STREAM, ("orders",), Cause.TIMEOUT, "late"))
        here.store.broken = True
        assert await here.see(payments="FAILED") is None
        await here.clock.advance(timedelta(hours=1))
        assert await here.mend()
        step = await here.keeper.tick(())
        assert step is not None
        assert () == step.notifications
        step = await here.see(payments="FAILED", orders="RUNNING")
        assert step is not None
        assert ["state-mismatch", "reconciled"] == [one.event.kind for one in step.notifications]
        assert ("payments",) == step.notifications[1].event.facts.down


async def test_who_was_told_of_the_trouble_is_told_of_its_end(tmp_path: Path) -> None:
    """Through the outbox, so that it is not lost; a channel that has left the file is not told."""
    async with bench(tmp_path, resolved("payments")) as here:
        here.store.broken = True
        assert await here.see(payments="RUNNING") is None
        began = here.clock.now()
        await here.clock.advance(timedelta(minutes=2))
        assert await here.mend("audit", "gone")
        (row,) = await here.store.store.backlogs()
        assert ("audit", 1) == (row.channel, row.waiting)
        assert f'"since": "{began.isoformat()}"' in here.logged("store_works_again")[0]
        with anyio.fail_after(5):
            await here.edge.bell.wait("audit", None)


async def test_a_return_that_fails_leaves_the_trouble_as_it_was(tmp_path: Path) -> None:
    """A disk that takes the probe and not the rest is not well: the trouble keeps its beginning."""
    async with bench(tmp_path, resolved("payments")) as here:
        here.store.broken = True
        assert await here.see(payments="RUNNING") is None
        began = here.clock.now()
        await here.clock.advance(timedelta(minutes=2))
        assert not await here.keeper.come_back(("audit",))
        trouble = here.edge.store.trouble
        assert trouble is not None
        assert began == trouble.since
        assert [] == here.logged("store_works_again")
