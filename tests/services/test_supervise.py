"""The supervisor: a bug in a loop is logged, and the loop begins anew."""

from __future__ import annotations

from pathlib import Path

import anyio

from tests.services.edges import bench, resolved
from watcher.services.supervise import PAUSE, contained, supervise


async def test_a_loop_that_breaks_begins_anew_after_a_pause(tmp_path: Path) -> None:
    """The error stands in the log with its loop; nobody else is stopped by it."""
    async with bench(tmp_path, resolved()) as here, anyio.create_task_group() as group:
        times = 0

        async def loop() -> None:
            nonlocal times
            times += 1
            if times < 3:
                raise ValueError("unforeseen")

        group.start_soon(supervise, "poll", loop, here.edge)
        await here.clock.wait_for_sleepers()
        assert 1 == times
        await here.clock.advance(PAUSE)
        await here.clock.wait_for_sleepers()
        await here.clock.advance(PAUSE)
    assert 3 == times
    assert 2 == len(here.logged("loop_broke"))
    assert all('"loop": "poll"' in line for line in here.logged("loop_broke"))
    assert all("unforeseen" in line for line in here.logged("loop_broke"))


async def test_cancellation_is_no_error(tmp_path: Path) -> None:
    """A loop that is cancelled ends, and is not begun anew."""
    async with bench(tmp_path, resolved()) as here:
        async with anyio.create_task_group() as group:
            group.start_soon(supervise, "poll", anyio.sleep_forever, here.edge)
            await anyio.wait_all_tasks_blocked()
            group.cancel_scope.cancel()
        assert [] == here.logged("loop_broke")


async def test_a_piece_of_work_that_breaks_is_logged(tmp_path: Path) -> None:
    """Whoever asked for it hears that it did not go well, and goes on."""
    async with bench(tmp_path, resolved()) as here:

        async def well() -> None:
            pass

        async def badly() -> None:
            raise ValueError("unforeseen")

        assert await contained("read", well, here.edge)
        assert not await contained("read", badly, here.edge)
        (line,) = here.logged("loop_broke")
        assert '"loop": "read"' in line
        assert "unforeseen" in line
