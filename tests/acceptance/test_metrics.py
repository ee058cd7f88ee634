"""/metrics of the real process: what a reload did, what a restart remembers, what stands now."""

from __future__ import annotations

import time
from pathlib import Path

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from tests.acceptance.process import Running
from tests.acceptance.waiting import eventually_so
from tests.acceptance.world import HUP, job_down, world
from watcher.simulator import Fault, FaultKind

LISTEN = 'listen = "127.0.0.1:0"'
OK = "watcher_config_last_reload_successful"
AT = "watcher_config_last_reload_success_timestamp_seconds"
READ_AT = "watcher_last_good_reading_timestamp_seconds"
FIRING = "watcher_alerts/state-mismatch/firing/critical"
FAILED = "watcher_jobs_by_state/FAILED/RUNNING/prod"


async def shown(service: Running) -> dict[str, float]:
    """Every sample of the page, by its name and the values of its labels."""
    (listening, *_) = await service.logged("listening")
    async with (
        aiohttp.ClientSession() as client,
        client.get(f"http://127.0.0.1:{listening['port']}/metrics") as answer,
    ):
        text = await answer.text()
    return {
        "/".join([sample.name, *(value for _, value in sorted(sample.labels.items()))]): (
            sample.value
        )
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_a_file_that_is_refused_is_shown(tmp_path: Path) -> None:
    """The start counts as a reload that worked; a bad file shows until a good one is in force, and
    leaves the time at which the one in force came.
    """
    async with world(tmp_path, "payments") as here:
        here.write(job_down(), top=LISTEN)
        async with here.run() as service:
            first = await shown(service)
            assert 1 == first[OK]
            good = here.file.read_text()
            here.file.write_text(good.replace('kind = "webhook"', 'kind = "pigeon"'))
            await service.send(HUP)
            await service.logged("reload_refused")
            second = await shown(service)
            assert (0, first[AT]) == (second[OK], second[AT])
            here.file.write_text(good)
            await service.send(HUP)
            await service.logged("reloaded")
            third = await shown(service)
            assert 1 == third[OK]
            assert third[AT] > first[AT]
            await here.settle(service)


async def test_what_stands_now_is_shown(tmp_path: Path) -> None:
    """A job that fails moves from one state to another, and its alert fires on the page."""
    async with world(tmp_path, "payments", "orders") as here:
        here.write(job_down(), top=LISTEN)
        async with here.run() as service:
            await service.polled_again()
            before = await shown(service)
            assert (0, None) == (before[FIRING], before.get(FAILED))
            here.change("payments", actual_state="FAILED")
            await here.told("audit", 1)
            after = await shown(service)
            assert (1, 1) == (after[FIRING], after[FAILED])

            async def is_ready() -> bool:
                return (await shown(service))["watcher_ready"] == 1

            await eventually_so(is_ready)
            await here.settle(service)


async def test_how_long_nothing_was_seen_outlives_a_restart(tmp_path: Path) -> None:
    """A new process that finds its API down shows when the one before it read it last."""
    async with world(tmp_path, "payments") as here:
        here.write(job_down(), top=LISTEN)
        async with here.run() as service:
            await service.polled_again()
            read_at = (await shown(service))[READ_AT + "/prod"]
            await here.settle(service)
        stopped_at = time.time()
        here.simulator.add_fault(Fault(FaultKind.UNAVAILABLE))
        async with here.run() as service:
            await service.polled_again()
            found = await shown(service)
            assert found["watcher_polls_total/outage/prod"] > 0
            # It is saved once in half a minute.
            assert read_at - 30 <= found[READ_AT + "/prod"] <= stopped_at
            assert 0 == found["watcher_ready"]
            await here.settle(service)
