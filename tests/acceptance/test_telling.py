"""From a job that goes wrong to what people read, on every kind of channel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.acceptance.world import job_down, rule, world

EVERYWHERE = {"oncall": "dingtalk", "data": "slack", "audit": "webhook"}
ERROR = (
    "org.apache.flink.runtime.JobException: Recovery is suppressed\n\tat X.java:138\n"
    "Caused by: java.sql.SQLException: Too many connections\n\t... 14 more\n"
)


async def test_a_paused_job_is_told_once_on_every_channel(tmp_path: Path) -> None:
    """Its beginning, its end and a new error come to each kind of channel, once, in order."""
    async with world(tmp_path, "orders_1", "payments") as here:
        error = rule("new-error", *EVERYWHERE, severity="warning")
        here.write(
            job_down(*EVERYWHERE),
            error,
            channels=EVERYWHERE,
            more={"oncall": 'at_mobiles = ["13800000000"]'},
        )
        async with here.run() as service:
            await service.logged("poll")
            here.change("payments", actual_state="PAUSED")
            for channel in EVERYWHERE:
                await here.told(channel, 1)
            here.change("payments", actual_state="RUNNING")
            await here.told("audit", 2)
            here.change("payments", last_error_message=ERROR)
            for channel in EVERYWHERE:
                await here.told(channel, 3)
            book = await here.settle(service)
        assert [3, 3, 3] == [account.delivered for account in book.accounts]
    check_webhook(*(one.json for one in here.receiver.taken("audit")))
    for channel in ("oncall", "data"):
        check_chat(*(one.text for one in here.receiver.taken(channel)))
    mentioned = ["@13800000000" in one.text for one in here.receiver.taken("oncall")]
    assert [True, False, False] == mentioned


def check_webhook(began: Any, ended: Any, error: Any) -> None:
    assert "state-mismatch.firing" == began["type"]
    assert ("began", "stopped", "critical", "payments", 1) == tuple(
        began["data"][key] for key in ("reason", "verdict", "severity", "job", "sequence")
    )
    assert "RUNNING" == began["data"]["run"]["expect_state"]
    assert "PAUSED" == began["data"]["run"]["actual_state"]
    assert "RUNNING" == began["data"]["previous"]["actual_state"]
    assert "state-mismatch.resolved" == ended["type"]
    assert ("recovered", 2) == (ended["data"]["reason"], ended["data"]["sequence"])
    assert began["data"]["alert"] == ended["data"]["alert"]
    assert "new-error.occurred" == error["type"]
    assert ERROR == error["data"]["run"]["last_error_message"]
    assert (1, 1) == (error["data"]["error"]["times"], error["data"]["error"]["jobs"])
    assert began["data"]["error"] is ended["data"]["error"] is None


def check_chat(began: str, ended: str, error: str) -> None:
    assert "payments" in began
    assert "PAUSED" in began
    assert "payments" in ended
    assert "Too many connections" in error
    assert "not seen before" in error


async def test_what_stands_at_the_first_look_is_one_message(tmp_path: Path) -> None:
    """Jobs that are wrong when the watcher first looks come as one bundle that mentions nobody."""
    names = [f"job_{number}" for number in range(8)]
    async with world(tmp_path, *names) as here:
        here.write(
            job_down(*EVERYWHERE),
            channels=EVERYWHERE,
            more={"oncall": 'at_mobiles = ["13800000000"]'},
        )
        for name in names:
            here.change(name, actual_state="FAILED", last_error_message=ERROR)
        async with here.run() as service:
            await here.told("oncall", 1)
            await here.told("data", 1)
            await here.told("audit", len(names))
            await here.settle(service)
        (message,) = here.receiver.taken("oncall")
        assert all(name in message.text for name in names)
        assert "13800000000" not in message.text
        assert 1 == len(here.receiver.taken("data"))
