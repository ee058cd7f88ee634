"""A house in which enough has happened to fill every page: alerts, errors, delays, outages."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import msgspec

from tests.core.playbook import NOON, chat, hook, plan, rule, run
from tests.store.samples import settled
from tests.web.house import House
from watcher.core.breaker import Breaker
from watcher.core.outcome import Fate
from watcher.core.plan import Plan
from watcher.core.run_summary import RunSummary
from watcher.core.silence import Matchers, Silence
from watcher.ports import Terms
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

BIG: Final = '</pre><script>window.pwned = 4</script>"\u202e\x1b[2J' + "x" * 1_000_000
"""An error of a megabyte that tries to be more than an error."""

CALM: Final = tuple(f"orders_{number:02}" for number in range(24))
WATCHED: Final = ("payments", "clicks", "billing", *CALM)


def file() -> Plan:
    """The rules of the scenes."""
    return plan(
        rule("job-down", "state-mismatch", notify=("oncall", "audit"), stopped="60s"),
        rule("behind", "input-delay", "error", notify=("data",), threshold=300_000, recover=60_000),
        rule("new-error", "new-error", "warning", notify=("data",)),
        jobs=WATCHED,
        channels=(chat("oncall"), chat("data"), hook("audit")),
        labels={"team": "orders"},
        storm=0,
    )


def hostile_file() -> Plan:
    """The same rules for every job that there is."""
    rules = file().rules
    return plan(*rules, jobs=("*",), channels=(chat("oncall"), chat("data"), hook("audit")))


async def play(house: House) -> None:
    """Five hours: a delay grows, an error comes back, one outage, a message dies, a job is down."""
    for minute in range(0, 300, 5):
        if 150 <= minute < 165:
            house.fails(*WATCHED)
        else:
            house.reads(*_jobs(minute))
        await deliver(house, refuses="audit" if minute == 285 else "")
        house.waits("5m")
    for step in range(3):
        house.waits("20s")
        house.reads(*_jobs(300 + step))
    await deliver(house)


async def play_hostile(house: House) -> None:
    """Jobs whose names and errors are written by somebody who means harm; all of them are down."""
    house.lists(*HOSTILE)
    house.reads(*(run(name) for name in HOSTILE))
    house.waits("1m")
    at = int(NOON.timestamp() * 1000)
    house.reads(*(run(name, "FAILED", error=f"{name}\n{BIG}", error_at=at) for name in HOSTILE))
    await house.keeps()


def _jobs(minute: int) -> list[RunSummary]:
    error_at = int(NOON.timestamp() * 1000) + (minute // 60) * 3_600_000
    return [
        _payments(minute, error_at),
        run("clicks", delay=30_000 + max(0, minute - 140) * 4_000),
        run("billing", "PAUSED" if minute >= 255 else "RUNNING", delay=900),
        *(run(name, delay=200 + 7 * place) for place, name in enumerate(CALM)),
    ]


def _payments(minute: int, error_at: int) -> RunSummary:
    if minute < 60:
        return run("payments", delay=120)
    down = minute % 90 >= 65 or minute >= 285
    state = "FAILED" if down else "RUNNING"
    return run("payments", state, error=ERROR, error_at=error_at, delay=150 + minute % 90)


async def deliver(house: House, refuses: str = "") -> None:
    """Every channel takes what waits for it, but for one that says no."""
    await house.keeps()
    for channel in house.plan.channels.values():
        refused = channel.name == refuses
        breaker = Breaker()
        for _ in range(20):
            terms = Terms(channel.name, channel.name, 5, None, breaker, bundles=channel.bundles)
            turn = await house.saved.turn(terms, (), house.clock() + timedelta(seconds=5))
            if not turn.parcels:
                break
            fate = Fate.REJECTED if refused else Fate.DELIVERED
            ends = [
                settled(parcel, fate, at=house.clock(), detail="HTTP 400: bad" if refused else "")
                for parcel in turn.parcels
            ]
            await house.saved.turn(msgspec.structs.replace(terms, room=0), ends, house.clock())


async def quieten(house: House) -> None:
    """Somebody silences some jobs for two hours."""
    silence = Silence(
        id="",
        matchers=Matchers(jobs=("orders_*",)),
        created_by="anna",
        created_at=house.clock(),
        reason="moving the broker",
        until=house.clock() + timedelta(hours=2),
    )
    await house.saved.access.transact(lambda connection: add_silence(connection, silence))
