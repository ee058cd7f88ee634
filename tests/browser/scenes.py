"""A house in which enough has happened to fill every page: alerts, errors, delays, outages."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from tests.core.playbook import NOON, chat, hook, plan, rule, run
from tests.web.house import House
from watcher.core.plan import Plan
from watcher.core.run_summary import RunSummary
from watcher.core.silence import Matchers, Silence
from watcher.store.silences import add_silence

ERROR: Final = (
    "org.apache.flink.runtime.JobException: Recovery is suppressed by NoRestartBackoff\n"
    "\tat org.apache.flink.runtime.executiongraph.failover.flip1.ExecutionFailureHandler"
    ".handleFailure(ExecutionFailureHandler.java:138)\n"
    "Caused by: java.net.ConnectException: Connection refused: db-1.example.com/10.0.3.7:3306\n"
    "\tat java.net.PlainSocketImpl.socketConnect(Native Method)\n"
)
"""An error as Flink writes it."""

HOSTILE: Final = (
    "<script>window.pwned = 1</script>",
    '"><img src=x onerror="window.pwned = 2">',
    "javascript:window.pwned=3//",
    "{{7*7}}{% raise %}${7*7}",
    "\x1b[31mred\x1b[0m \x07bell",
    "invoice\u202egpj.exe",
    "a/b/../../c?d=e&f#g",
    "no_break_" * 30,
)
"""Names that try to be more than names."""

CALM: Final = tuple(f"orders_{number:02}" for number in range(24))


def file() -> Plan:
    """The rules of the scenes."""
    return plan(
        rule("job-down", "state-mismatch", notify=("oncall", "audit"), stopped="60s"),
        rule("behind", "input-delay", "error", notify=("data",), threshold=300_000, recover=60_000),
        rule("new-error", "new-error", "warning", notify=("data",)),
        jobs=("payments", "clicks", "billing", *CALM, *HOSTILE),
        channels=(chat("oncall"), chat("data"), hook("audit")),
        labels={"team": "orders"},
    )


async def play(house: House) -> None:
    """Two hours: a delay that grows, an error that comes back, a job that stays down."""
    for minute in range(0, 120, 5):
        house.reads(*_jobs(minute))
        house.waits("5m")
    await house.keeps()
    for step in range(3):
        house.waits("20s")
        house.reads(*_jobs(120 + step))
    await house.keeps()


def _jobs(minute: int) -> list[RunSummary]:
    at = int(NOON.timestamp() * 1000)
    error_at = at + (minute // 30) * 1_800_000
    return [
        _payments(minute, error_at),
        run("clicks", delay=30_000 + max(0, minute - 40) * 6_000),
        run("billing", "PAUSED" if minute >= 90 else "RUNNING", delay=900),
        *(run(name, delay=200 + 7 * place) for place, name in enumerate(CALM)),
        *(run(name, "FAILED", error=f"{name}\n{ERROR}", error_at=at + 1) for name in HOSTILE),
    ]


def _payments(minute: int, error_at: int) -> RunSummary:
    down = minute % 40 >= 30 or minute >= 115
    if minute < 30:
        return run("payments", delay=120)
    return run(
        "payments", "FAILED" if down else "RUNNING", error=ERROR, error_at=error_at, delay=150
    )


async def quieten(house: House) -> None:
    """Somebody silences one job for two hours."""
    silence = Silence(
        id="",
        matchers=Matchers(jobs=("orders_*",)),
        created_by="anna",
        created_at=house.clock(),
        reason="moving the broker",
        until=house.clock() + timedelta(hours=2),
    )
    await house.saved.access.transact(lambda connection: add_silence(connection, silence))
