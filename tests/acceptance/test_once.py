"""`watcher run --once`, for cron: one look, what it leads to delivered, and an honest exit code."""

from __future__ import annotations

from pathlib import Path

from tests.acceptance.receiver import GOOD, Manner
from tests.acceptance.world import job_down, world
from watcher.simulator import Fault, FaultKind


async def test_once_tells_and_exits(tmp_path: Path) -> None:
    """A failure is told, after a retry, with exit 0; the next call tells its end."""
    async with world(tmp_path, "payments", "orders") as here:
        here.write(job_down(), interval="10s")
        here.change("payments", actual_state="FAILED")
        here.receiver.answer("audit", Manner(status=503, body=""), GOOD)
        assert 0 == (await here.call("run", "--once")).code
        (began,) = here.receiver.taken("audit")
        here.change("payments", actual_state="RUNNING")
        assert 0 == (await here.call("run", "--once")).code
        _, ended = here.receiver.taken("audit")
        assert began.data["alert"] == ended.data["alert"]
        assert "recovered" == ended.data["reason"]
        assert (await here.ledger()).balances


async def test_once_fails_where_the_api_does(tmp_path: Path) -> None:
    """A reading that failed is exit 1, and refused credentials are told before it ends."""
    async with world(tmp_path, "payments") as here:
        here.write(job_down(), interval="10s")
        here.simulator.add_fault(Fault(FaultKind.FORBIDDEN))
        failed = await here.call("run", "--once")
        assert 1 == failed.code
        assert "Traceback" not in failed.err
        (blind,) = here.receiver.taken("audit")
        assert "blind.firing" == blind.json["type"]
        assert (await here.ledger()).balances
