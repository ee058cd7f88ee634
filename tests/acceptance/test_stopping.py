"""Stopped, killed and started again: nothing is lost, nothing is told twice, in order."""

from __future__ import annotations

import signal
from collections import Counter
from pathlib import Path

import msgspec

from tests.acceptance.receiver import Manner, Taken
from tests.acceptance.waiting import eventually
from tests.acceptance.world import World, job_down, rule, world
from watcher.core.event import Kind

IN_FLIGHT = 32
MANY = 40
HELD = Manner(holds=True)


async def test_sigterm_ends_it_also_while_a_receiver_hangs(tmp_path: Path) -> None:
    """It exits 0 before the hanging attempt would end; the message comes after the next start."""
    async with world(tmp_path, "payments") as here:
        here.write(job_down(), more={"audit": 'timeout = "30s"'})
        here.receiver.answer("audit", HELD)
        async with here.run() as service:
            await service.logged("poll")
            here.change("payments", actual_state="FAILED")
            await eventually(lambda: here.receiver.of("audit"))
            await here.settle(service, waiting=1)
            assert [] == service.log("loop_broke")
        here.receiver.release()
        async with here.run() as service:
            await eventually(lambda: len(here.receiver.of("audit")) > 1)
            book = await here.settle(service)
        cut_off, again = here.receiver.of("audit")
        assert (cut_off.id, cut_off.body) == (again.id, again.body)
        assert 1 == book.accounts[0].delivered


async def test_a_sighup_after_sigterm_does_not_bring_it_back(tmp_path: Path) -> None:
    """It stops with exit code 0 although a reload is asked for while it does."""
    async with world(tmp_path, "payments") as here:
        here.write(job_down())
        async with here.run() as service:
            await service.logged("poll")
            await service.send(signal.SIGTERM)
            await service.send(signal.SIGHUP)
            assert 0 == await service.ended()
            assert [] == service.log("reloaded")


async def test_sigkill_in_the_middle_of_deliveries_loses_nothing(tmp_path: Path) -> None:
    """What was decided comes after the restart, only sends under way twice, with one id and body.

    What changed while the watcher was down is told too, each job in its own order.
    """
    names = [f"job_{number}" for number in range(MANY)]
    async with world(tmp_path, *names) as here:
        here.write(job_down(), top="storm = 0")
        here.receiver.answer("audit", HELD)
        async with here.run() as service:
            await service.logged("poll")
            for name in names:
                here.change(name, actual_state="FAILED")
            await eventually(lambda: len(here.receiver.of("audit")) == IN_FLIGHT)
            await service.kill()
        under_way = {one.id for one in here.receiver.of("audit")}
        here.receiver.release()
        here.change("job_0", actual_state="RUNNING")
        here.change("job_1", expect_state="PAUSED", actual_state="PAUSED")
        here.change("job_2", actual_state="RUNNING", restart=True)
        async with here.run() as service:
            await here.told("audit", IN_FLIGHT + MANY + 3)
            book = await here.settle(service)
        assert MANY + 3 == book.accounts[0].delivered
        times = Counter(one.id for one in here.receiver.of("audit"))
        assert under_way == {one for one, number in times.items() if number > 1}
        assert {1, 2} == set(times.values())
        _same_body_for_each_id(here.receiver.of("audit"))
        assert {name: _expected(name) for name in names} == _by_job(here)


def _same_body_for_each_id(requests: list[Taken]) -> None:
    assert len({one.id for one in requests}) == len({(one.id, one.body) for one in requests})


def _expected(name: str) -> list[tuple[int, str]]:
    end = {"job_0": "recovered", "job_1": "planned", "job_2": "recovered"}.get(name)
    return [(1, "began"), *([(2, end)] if end else [])]


def _by_job(here: World) -> dict[str, list[tuple[int, str]]]:
    """Each job's messages as they came, a repetition left out."""
    found: dict[str, list[tuple[int, str]]] = {}
    for one in here.receiver.taken("audit"):
        said = (one.data["sequence"], one.data["reason"])
        told = found.setdefault(one.data["job"], [])
        if said not in told:
            told.append(said)
    return found


async def test_a_new_start_tells_nothing_twice_and_keeps_clocks_and_alerts(tmp_path: Path) -> None:
    """A firing alert ends after a kill under its id; a pending one fires by its old clock."""
    async with world(tmp_path, "fired", "waiting") as here:
        slow = 'for = { failed = "0s", stopped = "3s" }\nkeep_firing_for = "0s"'
        here.write(job_down(more=slow), rule("new-error"))
        async with here.run() as service:
            await service.logged("poll")
            here.change("fired", actual_state="FAILED", last_error_message="java.io.IOException: x")
            here.change("waiting", actual_state="PAUSED")
            await here.told("audit", 2)
            await service.logged("attempt", 2)
            await service.polled_again()
            await service.kill()
        began = {
            event.subject.job: event
            for event in await here.events()
            if event.kind is Kind.STATE_MISMATCH
        }
        async with here.run() as service:
            *_, pending = await here.told("audit", 3)
            here.change("fired", actual_state="RUNNING")
            *_, end = await here.told("audit", 4)
            await service.polled_again()
            book = await here.settle(service)
        assert 4 == book.accounts[0].delivered
        assert 4 == len(here.receiver.of("audit"))
        first = next(one for one in here.receiver.taken("audit") if one.data["job"] == "fired")
        assert ("waiting", "began") == (pending.data["job"], pending.data["reason"])
        assert _since(began["waiting"].detected_at) == pending.data["occurred_at"]
        assert ("fired", "recovered") == (end.data["job"], end.data["reason"])
        assert end.data["alert"] in {
            one.data["alert"] for one in here.receiver.taken("audit") if one is not end
        }
        assert first.data["job"] == end.data["job"]


def _since(at: object) -> str:
    """A time as the webhook writes it."""
    written = msgspec.to_builtins(at)
    day, _, rest = str(written).partition("T")
    return f"{day}T{rest[:12]}Z"
