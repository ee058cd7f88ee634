"""What the dispatcher counts: how long messages took, and how long the limit held them back."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import anyio
import pytest

from tests.acceptance.receiver import Manner, receiving
from tests.services.dispatching import FAILS, SECOND, channel, fail_jobs, until_settled
from tests.services.edges import Bench, bench, resolved
from watcher.core.breaker import Breaker
from watcher.services.dispatch import Dispatcher

NO_FLAPPING = '[[rules]]\nname = "none"\non = "flapping"\nnotify = []\n'
LIMIT = 18
TOOK = "watcher_delivery_duration_seconds"
TOLD = "watcher_detect_to_deliver_seconds"


def shown(here: Bench, metric: str, name: str = "audit") -> float:
    found = here.edge.metrics.registry.get_sample_value(metric, {"channel": name})
    return found or 0.0


async def test_a_delivery_counts_with_all_its_waits(tmp_path: Path) -> None:
    """From its making to its settlement, with the second in which it was tried in vain."""
    async with channel(tmp_path) as (here, receiver, one):
        receiver.answer("audit", FAILS, Manner())
        await fail_jobs(here, 1)
        async with anyio.create_task_group() as group:
            await one.once(group)
            await until_settled(here, one, group, 1)
            assert 0 == shown(here, f"{TOOK}_count")
            await here.clock.advance(5 * SECOND)
            await one.once(group)
            await until_settled(here, one, group, 2)
        assert (1, 5) == (shown(here, f"{TOOK}_count"), shown(here, f"{TOOK}_sum"))
        assert (1, 5) == (shown(here, f"{TOLD}_count"), shown(here, f"{TOLD}_sum"))


async def test_an_end_tells_of_nothing_new(tmp_path: Path) -> None:
    """A recovery is a delivery that takes its time; what was detected was told by its beginning."""
    async with channel(tmp_path) as (here, _, one):
        async with anyio.create_task_group() as group:
            await fail_jobs(here, 1)
            await one.once(group)
            await until_settled(here, one, group, 1)
            await here.clock.advance(timedelta(hours=1))
            await here.see(job_00="RUNNING")
            await one.once(group)
            await until_settled(here, one, group, 2)
        assert 2 == shown(here, f"{TOOK}_count")
        assert 1 == shown(here, f"{TOLD}_count")
        assert 0 == shown(here, f"{TOOK}_sum")


async def test_what_is_not_delivered_takes_no_time(tmp_path: Path) -> None:
    """A message that its receiver rejects is dead, and no delivery."""
    async with channel(tmp_path) as (here, receiver, one):
        receiver.answer("audit", Manner(status=400, body="no"))
        await fail_jobs(here, 1)
        async with anyio.create_task_group() as group:
            await one.once(group)
            await until_settled(here, one, group, 1)
        assert 0 == shown(here, f"{TOOK}_count")


async def test_the_limit_s_waits_are_counted(tmp_path: Path) -> None:
    """The message after the robot's last one waits once, and for as long as the window lasts."""
    async with receiving() as receiver:
        table = (
            f'kind = "dingtalk"\nurl = "{receiver.address("oncall", "dingtalk")}"\n{NO_FLAPPING}'
        )
        names = [f"job_{number:02}" for number in range(LIMIT + 1)]
        async with bench(tmp_path, resolved(*names, channels={"oncall": table})) as here:
            one = Dispatcher(here.channel("oncall"), Breaker(), here.edge)
            async with anyio.create_task_group() as group:
                for number, name in enumerate(names):
                    await here.see(**{name: "FAILED"})
                    # Longer than a bundle waits for others.
                    await here.clock.advance(2 * SECOND)
                    await one.once(group)
                    if number < LIMIT:
                        await until_settled(here, one, group, number + 1)
                assert 1 == shown(here, "watcher_limit_waits_total", "oncall")
                assert 0 == shown(here, "watcher_limit_wait_seconds_total", "oncall")
                for _ in range(2):
                    await here.clock.advance(5 * SECOND)
                    await one.once(group)
                assert 10 == shown(here, "watcher_limit_wait_seconds_total", "oncall")
                await here.clock.advance(60 * SECOND)
                await one.once(group)
                await until_settled(here, one, group, LIMIT + 1)
            assert 1 == shown(here, "watcher_limit_waits_total", "oncall")
            assert 70 == shown(here, "watcher_limit_wait_seconds_total", "oncall")


@pytest.mark.parametrize("jobs", [1, 5])
async def test_a_channel_without_a_limit_never_waits_for_it(tmp_path: Path, jobs: int) -> None:
    """Whatever waits for a webhook's receiver waits for other reasons."""
    async with channel(tmp_path) as (here, receiver, one):
        receiver.answer("audit", FAILS)
        await fail_jobs(here, jobs)
        async with anyio.create_task_group() as group:
            await one.once(group)
            await until_settled(here, one, group, jobs)
            await here.clock.advance(SECOND / 2)
            await one.once(group)
        assert 0 == shown(here, "watcher_limit_waits_total")
