"""Storms: jobs that fall together are one incident to a chat, and each its own to a webhook."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.receiver import Manner, Taken
from tests.acceptance.waiting import eventually
from tests.acceptance.world import HUP, World, job_down, world

pytestmark = pytest.mark.slow

CHANNELS = {"oncall": "dingtalk", "audit": "webhook"}
DISK_FULL = "java.io.IOException: disk full"
NAMES = tuple(f"job_{number:02}" for number in range(40))
CLUSTERS = {"application_1_0007": NAMES[:25], "application_1_0008": NAMES[25:]}


def fail(here: World) -> None:
    for application, names in CLUSTERS.items():
        for name in names:
            here.change(
                name,
                actual_state="FAILED",
                engine_job_handler=f"{application} | {name}",
                last_error_message=DISK_FULL,
            )


def told(here: World, channel: str) -> list[Taken]:
    """What a channel took, each id once: what was under way at a kill may come again."""
    return list({one.id: one for one in here.receiver.taken(channel)}.values())


async def hears(here: World, channel: str, number: int) -> list[Taken]:
    return await eventually(
        lambda: found if len(found := told(here, channel)) >= number else [],
        shown=lambda: [one.body for one in told(here, channel)][-9:],
    )


def about(taken: list[Taken], kind: str) -> list[dict[str, Any]]:
    return [one.data for one in taken if one.json["type"] == kind]


async def test_two_clusters_that_die_are_two_messages(tmp_path: Path) -> None:
    """Forty jobs of two applications: two messages, and two when they are back, also across a kill;
    the webhook gets each job, with the id of its incident.
    """
    async with world(tmp_path, *NAMES) as here:
        here.write(job_down("oncall", "audit"), channels=CHANNELS)
        async with here.run() as service:
            await service.logged("poll")
            fail(here)
            begun = await hears(here, "audit", 42)
            await hears(here, "oncall", 2)
            await service.kill()
        async with here.run() as service:
            await service.logged("poll")
            for name in NAMES:
                here.change(name, restart=True, actual_state="RUNNING")
            await hears(here, "audit", 84)
            texts = [one.text for one in await hears(here, "oncall", 4)]
            await service.polled_again()
            await here.settle(service)
        assert 4 == len(told(here, "oncall"))
    incidents = {one["alert"] for one in about(begun, "incident.firing")}
    assert 2 == len(incidents)
    assert incidents == {one["incident"] for one in about(begun, "state-mismatch.firing")}
    assert all(any(application in text for text in texts[:2]) for application in CLUSTERS)
    assert any("took 25 jobs with it" in text for text in texts[:2])
    assert any("All 25 jobs of application_1_0007 are back" in text for text in texts[2:])


async def test_a_large_cluster_is_one_message_although_many_requests_ask_for_it(
    tmp_path: Path,
) -> None:
    """Five hundred jobs come in five answers: the chat hears of all of them in one message (two
    where the second tick was late), and of their coming back in one.
    """
    names = [f"job_{number:03}" for number in range(500)]
    async with world(tmp_path, *names) as here:
        here.write(job_down("oncall", "audit"), channels=CHANNELS, interval="2s")
        async with here.run() as service:
            await service.logged("poll")
            for name in names:
                here.change(name, actual_state="FAILED", engine_job_handler=f"app_7|{name}")
            await hears(here, "audit", 501)
            await hears(here, "oncall", 1)
            for name in names:
                here.change(name, restart=True, actual_state="RUNNING")
            await hears(here, "audit", 1002)
            await eventually(lambda: "are back" in told(here, "oncall")[-1].text)
            await here.settle(service)
        texts = [one.text for one in told(here, "oncall")]
    assert len(texts) <= 3, texts
    assert any("app_7 took 500 jobs with it" in text for text in texts)
    assert "All 500 jobs of app_7 are back" in texts[-1]


async def test_a_reload_that_takes_incidents_and_a_chat_away_loses_nothing(tmp_path: Path) -> None:
    """What the chat was not told is dead with its channel, what is down is told to the other one
    singly, and the books balance.
    """
    both = {"oncall": "dingtalk", "other": "dingtalk", "audit": "webhook"}
    async with world(tmp_path, *NAMES) as here:
        here.write(job_down("oncall", "other", "audit"), channels=both)
        here.receiver.answer("oncall", Manner(status=503, body=""))
        async with here.run() as service:
            await service.logged("poll")
            fail(here)
            await hears(here, "other", 2)
            left = {name: kind for name, kind in both.items() if name != "oncall"}
            here.write(job_down("other", "audit"), channels=left, top="storm = 0")
            await service.send(HUP)
            await service.logged("reloaded")
            await hears(here, "other", 4)
            await eventually(lambda: any(bundle_of(one) for one in told(here, "other")))
            for name in NAMES:
                here.change(name, restart=True, actual_state="RUNNING")
            await hears(here, "audit", 84)
            book = await here.settle(service, waiting=None)
        assert {"audit", "oncall", "other"} == {account.channel for account in book.accounts}
        assert 0 == len(book.unexplained)


def bundle_of(one: Taken) -> bool:
    """Whether it tells of all jobs as jobs that failed, not as an incident."""
    return f"{len(NAMES)} jobs failed" in one.text
