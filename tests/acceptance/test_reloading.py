"""SIGHUP: a good file takes effect and keeps what runs, a bad one changes nothing."""

from __future__ import annotations

from pathlib import Path

from tests.acceptance.receiver import GOOD, Manner
from tests.acceptance.waiting import eventually
from tests.acceptance.world import HUP, QUICK, World, job_down, rule, world
from watcher.core.event import Kind


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


async def test_a_refused_file_is_told_once_and_ends_with_a_sound_one(tmp_path: Path) -> None:
    """Not again for the same faults, `again` for others, until a file comes into force."""
    async with world(tmp_path, "payments") as here:
        here.write(job_down())
        good = here.file.read_text()
        async with here.run() as service:
            await service.logged("poll")
            here.file.write_text(good.replace('"critical"', '"grave"'))
            for number in (1, 2, 3):
                await service.send(HUP)
                await service.logged("reload_refused", number)
            here.file.unlink()
            await service.send(HUP)
            began, again = await here.told("audit", 2)
            (tmp_path / "next.toml").write_text(good)
            (tmp_path / "next.toml").replace(here.file)
            await service.send(HUP)
            *_, end = await here.told("audit", 3)
            await service.polled_again()
            await here.settle(service)
        told = [began, again, end]
        assert told == here.receiver.of("audit")
        assert ["began", "again", "recovered"] == [one.data["reason"] for one in told]
        assert 1 == len({one.data["alert"] for one in told})
        assert "grave" in began.data["summary"]
        assert "No such file" in again.data["summary"]


async def test_a_refusal_outlives_a_kill(tmp_path: Path) -> None:
    """It was saved before it was told; a start has a sound file, and ends it."""
    async with world(tmp_path, "payments") as here:
        here.write(job_down())
        good = here.file.read_text()
        here.receiver.answer("audit", Manner(status=503), GOOD)
        async with here.run() as service:
            await service.logged("poll")
            here.file.write_text(good.replace("for =", "fro ="))
            await service.send(HUP)
            await service.logged("attempt")
            await service.kill()
        assert 2 == (await here.call("run", "--once")).code
        here.file.write_text(good)
        async with here.run() as service:
            told = await here.told("audit", 2)
            await service.polled_again()
            await here.settle(service)
        assert told == here.receiver.taken("audit")
        assert ["config-refused.firing", "config-refused.resolved"] == [
            one.json["type"] for one in told
        ]
        assert 1 == len({one.data["alert"] for one in told})


async def test_a_clock_goes_on_over_reloads_in_traffic(tmp_path: Path) -> None:
    """Ten jobs' waits count from when they began, whatever changes meanwhile; each is told once."""
    jobs = [f"job_{n}" for n in range(10)]
    async with world(tmp_path, "noisy", *jobs) as here:
        slow = 'for = {{ failed = "4s" }}\nkeep_firing_for = "0s"\n{}'
        here.write(job_down(more=slow.format("")))
        async with here.run() as service:
            await service.logged("poll")
            for number, job in enumerate(jobs):
                here.change(job, actual_state="FAILED")
                here.change("noisy", restart=True)
                if number % 3 == 0:
                    more = slow.format(f"stop = {str(number % 2 == 0).lower()}")
                    here.write(job_down(more=more), rule("restart", more=f"# {number}"))
                    await service.send(HUP)
                await service.polled_again(1)
            await service.logged("reloaded", 3)
            await eventually(lambda: {*jobs} <= {*_mismatched(here)})
            await service.polled_again()
            await here.settle(service)
            assert [] == service.log("loop_broke")
        assert sorted(jobs) == sorted(_mismatched(here))
        events = [e for e in await here.events() if e.kind is Kind.STATE_MISMATCH]
        assert len(jobs) == len(events)
        began = {e.subject.job: e.detected_at for e in events}
        for one in here.receiver.of("audit"):
            if one.data["job"] in jobs:
                shown = began[one.data["job"]].isoformat(timespec="milliseconds")
                assert shown.replace("+00:00", "Z") == one.data["occurred_at"]


def _mismatched(here: World) -> list[str]:
    """The jobs of which the channel was told that they are down, as often as it was."""
    told = here.receiver.of("audit")
    return [one.data["job"] for one in told if one.json["type"] == "state-mismatch.firing"]


async def test_what_waits_on_a_channel_that_stays_is_delivered_once(tmp_path: Path) -> None:
    """Three reloads change the channel's own table while its receiver is down."""
    async with world(tmp_path, "payments", "orders") as here:
        here.write(job_down())
        here.receiver.answer("audit", Manner(status=503))
        async with here.run() as service:
            await service.logged("poll")
            here.change("payments", actual_state="FAILED")
            here.change("orders", actual_state="FAILED")
            await service.logged("attempt")
            for number in (5, 6, 7):
                here.write(job_down(), more={"audit": f'timeout = "{number}s"'})
                await service.send(HUP)
                await service.logged("reloaded", number - 4)
            here.receiver.answer("audit", GOOD)
            await here.told("audit", 2)
            await service.polled_again()
            book = await here.settle(service)
        assert 2 == len(here.receiver.taken("audit"))
        assert 2 == len({one.id for one in here.receiver.taken("audit")})
        assert [2] == [account.delivered for account in book.accounts]


async def test_labels_and_match_take_effect(tmp_path: Path) -> None:
    """Whom a rule is for is judged by the file in force when a trouble begins."""
    async with world(tmp_path, "payments", "orders") as here:
        mine = rule("state-mismatch", more=f'{QUICK}\nmatch = {{ labels = {{ team = "data" }} }}')
        here.write(mine)
        text = here.file.read_text()
        here.file.write_text(text.replace("}]\n", ', labels = { team = "web" } }]\n', 1))
        assert "no configured job" in (await here.call("check")).err
        both = text.replace(
            'names = ["payments", "orders"] }]',
            'names = ["payments"], labels = { team = "data" } },'
            '{ type = "FLINK_STREAM", names = ["orders"], labels = { team = "web" } }]',
        )
        here.file.write_text(both)
        async with here.run() as service:
            await service.logged("poll")
            here.change("orders", actual_state="FAILED")
            await service.polled_again()
            here.change("orders", actual_state="RUNNING")
            await service.polled_again()
            assert [] == here.receiver.of("audit")
            here.file.write_text(both.replace('"web"', '"data"'))
            await service.send(HUP)
            (reloaded,) = await service.logged("reloaded")
            here.change("orders", actual_state="FAILED")
            (told,) = await here.told("audit", 1)
            await here.settle(service)
        changed = "~ job prod/FLINK_STREAM/orders: labels.team web → data"
        assert [changed] == reloaded["difference"]
        assert ("orders", {"team": "data"}) == (told.data["job"], told.data["labels"])


async def test_a_storm_of_signals_does_no_harm(tmp_path: Path) -> None:
    """Twenty SIGHUPs at once are a few reloads; what fails meanwhile is told once."""
    async with world(tmp_path, "payments") as here:
        here.write(job_down())
        async with here.run() as service:
            await service.logged("poll")
            here.write(job_down(), rule("new-error"))
            for number in range(20):
                await service.send(HUP)
                if number == 10:
                    here.change("payments", actual_state="FAILED")
            await here.told("audit", 1)
            await service.logged("reloaded")
            await service.polled_again()
            await here.settle(service)
            assert 1 <= len(service.log("reloaded")) <= 5
            assert [] == service.log("loop_broke")
        assert 1 == len(here.receiver.of("audit"))


async def test_a_stop_right_after_a_reload_is_a_stop(tmp_path: Path) -> None:
    """SIGTERM that comes while a file is taken anew ends the service all the same."""
    async with world(tmp_path, "payments") as here:
        here.write(job_down())
        async with here.run() as service:
            await service.logged("poll")
            here.write(job_down(), rule("new-error"))
            await service.send(HUP)
            await here.settle(service)
            assert 1 == len(service.log("stopped"))


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
