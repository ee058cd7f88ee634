"""`watcher explain` beside the real service: an event, a job, and what is made up."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.world import QUICK, job_down, rule, world

pytestmark = pytest.mark.slow

SLOW = 'for = "1h"'


async def test_an_event_and_a_job_are_explained_to_the_message(tmp_path: Path) -> None:
    """Rules with what kept each out, the decision, the message with its attempt, and the clock."""
    async with world(tmp_path, "orders", "payments") as here:
        here.write(
            job_down(), rule("new-error"), rule("restart", more='match = { job = "orders" }')
        )
        async with here.run() as service:
            await service.logged("poll")
            here.change("payments", actual_state="FAILED")
            await here.told("audit", 1)
            await service.logged("attempt")
            number = next(e.id for e in await here.events() if e.kind == "state-mismatch")
            event, data, job, jobs, nobody, never = [
                await here.call("explain", *arguments)
                for arguments in (
                    (str(number),),
                    (str(number), "--json"),
                    ("payments",),
                    ("payments", "--json"),
                    ("paymets",),
                    ("4711",),
                )
            ]
            await here.settle(service)
        assert (0, 0, 0, 0) == (event.code, data.code, job.code, jobs.code), event.err + job.err
        assert "on: wants new-error, not state-mismatch" in event.out
        assert "try 1 at" in event.out
        assert "delivered" in event.out
        fits = {row["rule"]: row["fits"] for row in data.json["rules"]}
        assert (True, False) == (fits["state-mismatch"], fits["new-error"])
        assert "delivered" == data.json["messages"][0]["attempts"][0]["fate"]
        assert "payments (FLINK_STREAM) of prod: failed" in job.out
        assert "fires since" in job.out
        assert "told audit" in job.out
        assert "failed" == jobs.json["verdict"]
        assert (1, 1) == (nobody.code, never.code)
        assert "did you mean 'payments'?" in nobody.err
        assert "no event 4711" in never.err


async def test_a_pending_clock_says_when_it_fires(tmp_path: Path) -> None:
    """What waits for its `for` is shown with the time at which it is told if it is still so."""
    async with world(tmp_path, "payments") as here:
        here.write(job_down(more=SLOW))
        async with here.run() as service:
            await service.logged("poll")
            here.change("payments", actual_state="FAILED")
            await service.polled_again(3)
            shown = await here.call("explain", "payments")
            await service.terminate()
        assert "if it is still so" in shown.out
        assert "waits for its rule's `for`" in shown.out


async def test_a_made_up_event_shows_its_way_and_saves_nothing(tmp_path: Path) -> None:
    """At once and after each rule's `for`: who would be told what; the store stays as it was."""
    async with world(tmp_path, "payments") as here:
        slow = rule("state-mismatch", more='for = "10m"')
        late = rule("input-delay", more='threshold = "5m"')
        errors = rule("new-error", severity="warning", more='match = { error = "java" }')
        here.write(slow, errors, late)
        async with here.run() as service:
            await service.polled_again(3)
            before = len(await here.events())
            error, other, down, behind, blind = [
                await here.call("explain", "--kind", *arguments.split())
                for arguments in (
                    "new-error --job payments --error java.io.IOException",
                    "new-error --job payments --source prod --error python",
                    "state-mismatch --job payments --json",
                    "input-delay --job payments --delay 10m",
                    "blind",
                )
            ]
            assert before == len(await here.events())
            await here.settle(service)
        assert "told" in error.out
        assert "prod/payments" in error.out
        assert "error: wants java, not python" in other.out
        assert "no rule of the file is for it" in other.out
        last = down.json["steps"][-1]
        assert ("10m", "audit") == (last["after"], last["messages"][0]["channel"])
        assert "audit" in behind.out
        assert "5m" in blind.out
        assert 0 == behind.code == blind.code


async def test_what_cannot_be_made_up_is_said(tmp_path: Path) -> None:
    """No job, a stranger, an unknown source, no delay, nothing at all: in words, with exit 2."""
    async with world(tmp_path, "payments") as here:
        here.write(job_down(more=QUICK))
        async with here.run() as service:
            await service.logged("poll")
            await service.terminate()
        for arguments, words in (
            ("", "an event's number"),
            ("--kind new-error", "--job"),
            ("--kind new-error --job strangers", "watches no job 'strangers'"),
            ("--kind new-error --job payments --source test", "there is prod"),
            ("--kind input-delay --job payments", "how far behind"),
            ("--kind input-delay --job payments --delay soon", "no span"),
            ("--kind undeliverable --channel nobody", "there is audit"),
        ):
            ended = await here.call("explain", *arguments.split())
            assert 2 == ended.code, (arguments, ended.out, ended.err)
            assert words in ended.err
