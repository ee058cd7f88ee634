"""SIGHUP: a good file takes effect and keeps what runs, a bad one changes nothing."""

from __future__ import annotations

from pathlib import Path

from tests.acceptance.receiver import GOOD, Manner
from tests.acceptance.waiting import eventually
from tests.acceptance.world import HUP, job_down, rule, world


async def test_a_good_file_takes_effect_and_keeps_clocks_and_alerts(tmp_path: Path) -> None:
    """A new rule, job and channel are in force; a clock and a firing alert go on as they were."""
    async with world(tmp_path, "fired", "waiting") as here:
        slow = 'for = { failed = "0s", stopped = "1h" }\nkeep_firing_for = "0s"'
        here.write(job_down(more=slow))
        async with here.run() as service:
            await service.logged("poll")
            here.change("fired", actual_state="FAILED")
            here.change("waiting", actual_state="PAUSED")
            (first,) = await here.told("audit", 1)
            here.simulator.add_job("test_project", "new")
            here.names = ("fired", "waiting", "new")
            both = {"audit": "webhook", "other": "slack"}
            here.write(job_down(), rule("new-error", "other"), channels=both)
            await service.send(HUP)
            await service.logged("reloaded")
            _, kept = await here.told("audit", 2)
            here.change("new", last_error_message="java.io.IOException: full")
            (error,) = await here.told("other", 1)
            here.change("fired", actual_state="RUNNING")
            *_, end = await here.told("audit", 3)
            await here.settle(service)
            assert [] == service.log("loop_broke")
        began = next(e for e in await here.events() if e.subject.job == "waiting")
        assert ("waiting", "began") == (kept.data["job"], kept.data["reason"])
        assert began.detected_at.strftime("%H:%M:%S") in kept.data["occurred_at"]
        assert "java.io.IOException: full" in error.text
        assert ("fired", "recovered") == (end.data["job"], end.data["reason"])
        assert first.data["alert"] == end.data["alert"]


async def test_a_bad_file_leaves_the_old_one_in_force(tmp_path: Path) -> None:
    """The log names every fault, and the service goes on with the file that it has."""
    async with world(tmp_path, "payments") as here:
        here.write(job_down())
        async with here.run() as service:
            await service.logged("poll")
            good = here.file.read_text()
            here.file.write_text(good.replace('"critical"', '"grave"').replace("for =", "fro ="))
            await service.send(HUP)
            (refused,) = await service.logged("reload_refused")
            here.change("payments", actual_state="FAILED")
            alarm, told = await here.told("audit", 2)
            await here.settle(service)
        assert "grave" in refused["faults"]
        assert "fro" in refused["faults"]
        assert ("config-refused.firing", "warning") == (alarm.json["type"], alarm.data["severity"])
        assert ("state-mismatch.firing", "critical") == (told.json["type"], told.data["severity"])


async def test_a_reload_while_a_receiver_hangs(tmp_path: Path) -> None:
    """Polls and other channels go on at once; what waits for a channel that left is dead."""
    async with world(tmp_path, "payments", "orders") as here:
        kinds = {"audit": "webhook", "other": "webhook", "leaves": "webhook"}
        here.write(job_down(*kinds), channels=kinds, more=dict.fromkeys(kinds, 'timeout = "20s"'))
        here.receiver.answer("audit", Manner(holds=True), GOOD)
        here.receiver.answer("leaves", Manner(status=500))
        async with here.run() as service:
            await service.logged("poll")
            here.change("payments", actual_state="FAILED")
            await eventually(lambda: here.receiver.of("audit") and here.receiver.of("leaves"))
            here.write(
                job_down("audit", "other"),
                channels={"audit": "webhook", "other": "webhook"},
            )
            await service.send(HUP)
            await service.logged("reloaded")
            here.change("orders", actual_state="FAILED")
            await here.told("other", 2)
            assert 1 == len(here.receiver.of("audit"))
            here.receiver.release()
            await here.told("audit", 2)
            book = await here.settle(service)
            assert [] == service.log("loop_broke")
        by_name = {account.channel: account for account in book.accounts}
        assert 2 == by_name["audit"].delivered == by_name["other"].delivered
        assert 1 == by_name["leaves"].dead
        (dead,) = [row for row in await here.deliveries() if row.channel == "leaves"]
        assert "channel left the file" == dead.why
