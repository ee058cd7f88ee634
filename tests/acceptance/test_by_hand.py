"""What a person does to the outbox beside a service at work: it is seen at once, and adds up."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from tests.acceptance.receiver import GOOD, Manner
from tests.acceptance.waiting import eventually_so
from tests.acceptance.world import World, job_down, world
from watcher.core.breaker import JITTER, REFUSED_PROBE

KEYWORD = Manner(body='{"errcode": 310000, "errmsg": "keywords not in content"}')
TAKEN = Manner(body='{"errcode": 0, "errmsg": "ok"}')
NO_SUCH_FIELD = Manner(status=400, body="no such field")
HOUR = timedelta(hours=1)


async def in_state(here: World, state: str, number: int) -> list[str]:
    """The ids of the messages that stand so, once there are so many."""

    async def look() -> list[str]:
        rows = [row for row in await here.deliveries() if row.disposition == state and row.lane]
        return [row.id for row in rows] if len(rows) == number else []

    return await eventually_so(look)


async def test_who_mended_the_robot_need_not_wait(tmp_path: Path) -> None:
    """A robot that refuses is probed each minute; a retry by hand goes long before."""
    async with world(tmp_path, "payments") as here:
        here.write(job_down("oncall"), channels={"oncall": "dingtalk"})
        here.receiver.answer("oncall", KEYWORD)
        async with here.run() as service:
            await service.logged("poll")
            here.change("payments", actual_state="FAILED")
            (refused,) = await service.logged("attempt")
            here.receiver.answer("oncall", TAKEN)
            done = await here.call("deliveries", "retry", "--channel", "oncall")
            assert (0, True) == (done.code, "1 messages are due now." in done.out), done.out
            await here.told("oncall", 1)
            _, delivered = await service.logged("attempt", 2)
            await here.settle(service)
        first, second = here.receiver.of("oncall")
        assert second.at - first.at < REFUSED_PROBE.total_seconds() * (1 - JITTER)
        assert first.json == second.json
        assert ("refused", "delivered") == (refused["outcome"], delivered["outcome"])
        assert "No `watcher run`" not in done.out


async def test_the_dead_are_kept_and_go_again(tmp_path: Path) -> None:
    """Shown, tried dry, retried by a piece of its id: the same id and body arrive, in balance."""
    async with world(tmp_path, "payments") as here:
        here.write(job_down())
        here.receiver.answer("audit", NO_SUCH_FIELD)
        async with here.run() as service:
            await service.logged("poll")
            here.change("payments", actual_state="FAILED")
            (dead,) = await in_state(here, "dead", 1)
            shown, dry = await here.call_all(
                "deliveries --state dead", "deliveries retry --all --dry-run --json"
            )
            here.receiver.answer("audit", GOOD)
            unknown = await here.call("deliveries", "retry", dead[:8], "feedbeef")
            assert [2, 1] == [unknown.code, len(here.receiver.of("audit"))]
            done = await here.call("deliveries", "retry", dead[:8])
            await here.told("audit", 1)
            book = await here.settle(service)
        first, second = here.receiver.of("audit")
        assert (dead, first.body) == (second.id, second.body)
        assert dead == first.id
        assert dead[:12] in shown.out
        assert [(True, [dead])] == [(dry.json["dry_run"], [one["id"] for one in dry.json["done"]])]
        assert 0 == done.code
        assert [(1, 0)] == [(account.delivered, account.dead) for account in book.accounts]


async def test_what_was_dropped_is_never_told(tmp_path: Path) -> None:
    """A beginning that a person dropped takes its end with it; what follows goes on at once."""
    async with world(tmp_path, "payments", "orders") as here:
        here.write(job_down())
        here.receiver.answer("audit", NO_SUCH_FIELD, Manner(status=404))
        async with here.run() as service:
            await service.logged("poll")
            here.change("payments", actual_state="FAILED")
            await in_state(here, "dead", 1)
            here.change("orders", actual_state="FAILED")
            (waiting,) = await in_state(here, "waiting", 1)
            await service.logged("attempt", 2)
            dropped = await here.call(
                "deliveries", "drop", "--channel", "audit", "--reason", "drill"
            )
            assert 0 == dropped.code, dropped.err
            here.receiver.answer("audit", GOOD)
            here.change("orders", actual_state="RUNNING")
            await in_state(here, "waiting", 1)
            retried = await here.call("deliveries", "retry", "--state", "waiting")
            await in_state(here, "dropped", 3)
            here.change("orders", actual_state="FAILED")
            (told,) = await here.told("audit", 1)
            ledger = await here.call("ledger", "--json")
            await here.settle(service)
        assert (0, 0) == (retried.code, ledger.code)
        assert ("firing", 3) == (told.data["status"], told.data["sequence"])
        whys = [ending["why"] for ending in ledger.json["ledger"]["endings"]]
        assert waiting != told.id
        assert whys[0] == "beginning never told"
        assert whys[1].startswith("dropped by ")
        assert whys[1].endswith(": drill")


async def test_a_late_message_says_that_no_watcher_ran(tmp_path: Path) -> None:
    """What was decided an hour ago and could not go since, says so, and why."""
    async with world(tmp_path, "payments") as here:
        here.write(job_down("oncall"), channels={"oncall": "dingtalk"})
        here.receiver.answer("oncall", KEYWORD)
        async with here.run() as service:
            await service.logged("poll")
            here.change("payments", actual_state="FAILED")
            await service.logged("attempt")
            await here.settle(service, waiting=1)
        let_pass(here.store, HOUR)
        here.receiver.answer("oncall", TAKEN)
        async with here.run() as service:
            await here.call("deliveries", "retry", "--all")
            (told,) = await here.told("oncall", 1)
            await here.settle(service)
        assert "1 h later: watcher was not running" in told.text


def let_pass(store: Path, span: timedelta) -> None:
    """Make everything that the store knows a time of so much older."""
    with closing(sqlite3.connect(store)) as connection:
        for statement in (
            "UPDATE deliveries SET made_at = made_at - :span, due_at = due_at - :span",
            "UPDATE attempts SET begun_at = begun_at - :span, ended_at = ended_at - :span",
            "UPDATE sources SET read_at = read_at - :span",
        ):
            connection.execute(statement, {"span": span // timedelta(microseconds=1)})
        connection.commit()
