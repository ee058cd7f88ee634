"""An API that is away, refuses us or hangs: said once, with its cause, and no false alarm."""

from __future__ import annotations

from pathlib import Path

from tests.acceptance.waiting import eventually
from tests.acceptance.world import job_down, rule, world
from watcher.simulator import BATCH, Fault, FaultKind, JobChange

SECOND = """
[sources.second]
kind = "foas"
account = "main"
endpoint = "{api}"
project = "second_project"
interval = "500ms"
jobs = [{{ type = "FLINK_BATCH", names = ["nightly_*"] }}]
"""


async def test_an_outage_is_told_with_its_cause_and_its_end(tmp_path: Path) -> None:
    """While the API is down `blind` fires with why, nothing else does, and its end is told."""
    async with world(tmp_path, "orders", "payments") as here:
        here.write(
            job_down(),
            rule("new-error"),
            rule("missing", more='for = "0s"'),
            rule("blind", more='for = "1s"'),
        )
        async with here.run() as service:
            await service.logged("poll")
            here.simulator.add_fault(Fault(FaultKind.UNAVAILABLE))
            await here.told("audit", 1)
            here.simulator.faults.clear()
            await here.told("audit", 2)
            here.change("payments", actual_state="FAILED")
            blind, seen, down = await here.told("audit", 3)
            await here.settle(service)
        assert ("blind.firing", "began") == (blind.json["type"], blind.data["reason"])
        assert "cannot serve now" in blind.data["summary"]
        assert "prod" == blind.data["source"]
        assert ("blind.resolved", "recovered") == (seen.json["type"], seen.data["reason"])
        assert blind.data["alert"] == seen.data["alert"]
        assert ("state-mismatch.firing", "payments") == (down.json["type"], down.data["job"])


async def test_a_wrong_secret_is_told_at_once_in_words(tmp_path: Path) -> None:
    """Refused credentials need no `for`: `blind` says that the signature does not fit."""
    async with world(tmp_path, "payments") as here:
        here.write(job_down(), interval="10s")
        text = here.file.read_text().replace('"testAccessKeySecret"', '"notTheRightSecret"')
        here.file.write_text(text)
        async with here.run() as service:
            (blind,) = await here.told("audit", 1)
            (refused,) = await service.logged("poll")
            await here.settle(service)
        assert "blind.firing" == blind.json["type"]
        assert "the signature is not accepted" in blind.data["summary"]
        assert 1 == refused["failed"]
        assert "signature" in refused["detail"].lower()


async def test_one_source_in_trouble_does_not_slow_another(tmp_path: Path) -> None:
    """While a project's requests hang, the other is polled and told of; patterns find its jobs."""
    async with world(tmp_path, "payments") as here:
        here.simulator.add_job("second_project", "nightly_1", BATCH)
        here.write(job_down(), SECOND.format(api=here.api))
        here.simulator.add_fault(Fault(FaultKind.HANG, project="test_project"))
        async with here.run() as service:
            await eventually(
                lambda: sum(p["good"] for p in service.log("poll") if p["source"] == "second") > 5
            )
            here.simulator.change_job(
                "second_project", "nightly_1", JobChange({"actual_state": "FAILED"})
            )
            (failed,) = await here.told("audit", 1)
            await here.settle(service)
            polls = service.log("poll")
        assert ("second", "nightly_1") == (failed.data["source"], failed.data["job"])
        assert {1} == {poll["failed"] for poll in polls if poll["source"] == "prod"}
