"""Silences made beside a service at work: it heeds them at once, and tells what they leave."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.process import Running
from tests.acceptance.waiting import eventually_so
from tests.acceptance.world import HUP, World, job_down, rule, world
from watcher.clock import SystemClock
from watcher.config.window_table import DAYS

pytestmark = pytest.mark.slow

TIME = 1_795_000_000_000


async def silenced(here: World, service: Running, *about: str) -> str:
    """Add a silence; its id, once the service heeds it."""
    done = await here.call("silence", "add", *about, "--json")
    assert 0 == done.code, done.err
    made = str(done.json["id"])
    await heeds(service, lambda ids: made in ids)
    return made


async def heeds(service: Running, wanted: Any) -> None:
    """Wait until the silences in force are such."""

    async def look() -> bool:
        changes = await service.logged("silences_changed")
        return bool(wanted(changes[-1]["in_force"]))

    await eventually_so(look)


async def hidden(here: World, number: int) -> list[dict[str, Any]]:
    """All silences, once they have hidden so much."""

    async def look() -> list[dict[str, Any]]:
        found = (await here.call("silence", "list", "--all", "--json")).json
        return found if number == sum(one["hidden"] for one in found) else []

    return await eventually_so(look)


async def test_what_still_lasts_is_told_when_somebody_ends_the_silence(tmp_path: Path) -> None:
    """Nothing on any channel while it holds; then once on each, and the end of it as ever."""
    async with world(tmp_path, "payments", "orders") as here:
        here.write(job_down("oncall", "audit"), channels={"oncall": "dingtalk", "audit": "webhook"})
        async with here.run() as service:
            await service.logged("poll")
            words = ("--job", "pay*", "--for", "1h", "--reason", "upgrade")
            made = await silenced(here, service, *words)
            here.change("payments", actual_state="FAILED")
            (listed,) = await hidden(here, 2)
            here.change("orders", actual_state="FAILED")
            (other,) = await here.told("audit", 1)
            status = (await here.call("status", "--json")).json
            expired = await here.call("silence", "expire", made[:4])
            assert 0 == expired.code, expired.err
            told = (await here.told("audit", 2))[1]
            chat = (await here.told("oncall", 2))[1]
            here.change("payments", actual_state="RUNNING")
            end = (await here.told("audit", 3))[2]
            await here.told("oncall", 3)
            await here.settle(service)
        assert ("orders", "began") == (other.data["job"], other.data["reason"])
        assert (made, "upgrade", True) == (listed["id"], listed["reason"], listed["in_force"])
        assert [made] == [one["id"] for one in status["silences"]]
        assert ("payments", "silence-ended", "firing", 1) == (
            *(told.data[word] for word in ("job", "reason", "status", "number")),
        )
        assert told.data["occurred_at"] < other.data["occurred_at"]
        assert "Silence is over, still: prod/payments" in chat.text
        assert f"silence {made} kept this quiet" in chat.text
        assert (told.data["alert"], "recovered") == (end.data["alert"], end.data["reason"])


async def test_a_silence_until_recovered_survives_a_kill_and_ends_by_itself(tmp_path: Path) -> None:
    """The end of what was told is told; after it the next failure is news again."""
    async with world(tmp_path, "payments") as here:
        here.write(job_down(), rule("new-error"))
        async with here.run() as service:
            await service.logged("poll")
            refused = await here.call("silence", "add", "--job", "payments", "--until-recovered")
            here.change("payments", actual_state="FAILED")
            await here.told("audit", 1)
            made = await silenced(here, service, "--job", "payments", "--until-recovered")
            await service.kill()
        here.change("payments", last_error_message="java.io.IOException: x", last_error_time=TIME)
        async with here.run() as service:
            await service.logged("poll")
            here.change("payments", actual_state="RUNNING")
            (_, end) = await here.told("audit", 2)
            await heeds(service, lambda ids: made not in ids)
            here.change("payments", actual_state="FAILED")
            (_, _, again) = await here.told("audit", 3)
            await here.settle(service)
        (over,) = await hidden(here, 1)
        assert (1, True) == (refused.code, "no recovery to wait for" in refused.err)
        assert ["recovered", "began"] == [end.data["reason"], again.data["reason"]]
        assert (None, False) == (over["expired_by"], over["in_force"])
        assert over["expired_at"] is not None


def open_window(now: datetime) -> str:
    """A window that is open for all of the day but one minute, half a day from now."""
    shut = (now.hour + 12) % 24
    days = ", ".join(f'"{day}"' for day in DAYS)
    return (
        f'[[windows]]\nname = "upgrade"\nmatch = {{ job = "pay*" }}\nzone = "UTC"\n'
        f'days = [{days}]\nfrom = "{shut:02}:01"\nto = "{shut:02}:00"\n'
    )


async def test_what_a_window_hides_is_told_once_it_is_no_more(tmp_path: Path) -> None:
    """It is counted while the window is open; a reload without it lets it be told."""
    async with world(tmp_path, "payments", "orders") as here:
        here.write(job_down(), open_window(SystemClock().now()))
        async with here.run() as service:
            await service.logged("poll")
            here.change("payments", actual_state="FAILED")

            async def counted() -> list[Any]:
                windows = (await here.call("status", "--json")).json["windows"]
                return windows if windows[0]["hidden"] else []

            (shown,) = await eventually_so(counted)
            here.change("orders", actual_state="FAILED")
            (other,) = await here.told("audit", 1)
            here.write(job_down())
            await service.send(HUP)
            (_, told) = await here.told("audit", 2)
            await here.settle(service)
        assert ("upgrade", "job pay*", 1) == (shown["name"], shown["about"], shown["hidden"])
        assert ("orders", "began") == (other.data["job"], other.data["reason"])
        assert ("payments", "silence-ended") == (told.data["job"], told.data["reason"])
        assert told.data["occurred_at"] < other.data["occurred_at"]
