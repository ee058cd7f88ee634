"""The bell: a ring is never lost, and wakes its own channel only."""

from __future__ import annotations

from datetime import timedelta

import anyio

from watcher.services.bell import Bell


async def test_a_ring_before_anybody_waits_is_kept() -> None:
    """Who waits after the ring returns at once, and only once."""
    bell = Bell()
    bell.ring(("oncall",))
    with anyio.fail_after(5):
        await bell.wait("oncall", None)
    with anyio.move_on_after(0.05) as scope:
        await bell.wait("oncall", None)
    assert scope.cancelled_caught


async def test_a_ring_wakes_who_waits_for_that_channel() -> None:
    """The named channel wakes, the other one waits on."""
    bell, woken = Bell(), list[str]()

    async def wait(channel: str) -> None:
        await bell.wait(channel, None)
        woken.append(channel)

    async with anyio.create_task_group() as group:
        group.start_soon(wait, "oncall")
        group.start_soon(wait, "audit")
        await anyio.wait_all_tasks_blocked()
        bell.ring(("audit",))
        await anyio.wait_all_tasks_blocked()
        group.cancel_scope.cancel()
    assert ["audit"] == woken


async def test_a_wait_ends_with_its_time() -> None:
    """Without a ring it returns when the time is over, also where that lies in the past."""
    bell = Bell()
    with anyio.fail_after(5):
        await bell.wait("oncall", timedelta(milliseconds=1))
        await bell.wait("oncall", timedelta(seconds=-5))
