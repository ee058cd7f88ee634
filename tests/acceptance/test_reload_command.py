"""`watcher reload`: what it shows, what it sends, and what it says when that does not go well."""

from __future__ import annotations

from pathlib import Path

from tests.acceptance.process import Running, call
from tests.acceptance.waiting import eventually_so
from tests.acceptance.world import World, job_down, rule, world
from watcher.store.open import open_reader

SLOW = 'for = "60s"\nkeep_firing_for = "0s"'


async def in_force(here: World, service: Running) -> None:
    """Wait until the service has said what is in force."""
    await service.logged("poll")

    async def known() -> bool:
        reader = await open_reader(here.store)
        try:
            return await reader.in_force() is not None
        finally:
            await reader.close()

    await eventually_so(known)


async def test_it_shows_the_difference_and_puts_it_into_force(tmp_path: Path) -> None:
    """First dry, then in earnest, then nothing is left to change; no secret is shown or kept."""
    async with world(tmp_path, "payments") as here:
        kinds = {"audit": "webhook", "old": "webhook"}
        secret = {"audit": 'secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"'}
        here.write(job_down(more=SLOW), channels=kinds, more=secret)
        async with here.run() as service:
            await in_force(here, service)
            here.names = ("payments", "orders_*")
            other = {"audit": 'secret = "whsec_ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4"'}
            here.write(job_down(), rule("new-error"), top='retention = "9d"', more=other)
            dry = await here.call("reload", "--dry-run")
            assert [] == service.log("reloaded")
            done = await here.call("reload")
            (logged,) = await service.logged("reloaded")
            again = await here.call("reload", "--json")
            kept = here.store.read_bytes() + Path(f"{here.store}-wal").read_bytes()
            await here.settle(service)
        expected = [
            "~ retention 30d → 9d",
            "+ job prod/FLINK_STREAM/orders_*",
            "~ channel audit: secret changed",
            "- channel old",
            "~ rule state-mismatch: for 1m → 0s",
            "+ rule new-error",
        ]
        assert expected == [line for line in dry.out.splitlines() if line[0] in "+~-"]
        assert (0, 0, 0) == (dry.code, done.code, again.code), (dry, done, again)
        assert expected == logged["difference"]
        assert done.out.endswith("It is in force.\n")
        assert ([], "in-force") == (again.json["difference"], again.json["outcome"])
        for text in (b"MDEyMzQ1Njc4OWFi", b"ZmVkY2JhOTg3NjU0"):
            assert text not in kept
            assert text.decode() not in f"{dry}{done}{again}{service.err}"


async def test_a_file_with_faults_is_not_sent(tmp_path: Path) -> None:
    """It ends with 2 and every fault, and the service hears nothing."""
    async with world(tmp_path, "payments") as here:
        here.write(job_down())
        async with here.run() as service:
            await in_force(here, service)
            good = here.file.read_text()
            here.file.write_text(good.replace('"critical"', '"grave"').replace("for =", "fro ="))
            ended = await here.call("reload")
            await service.polled_again()
            assert [] == service.log("reload_refused")
            await here.settle(service)
        assert 2 == ended.code
        for words in ("grave", "fro", "nothing is sent"):
            assert words in ended.err


async def test_what_only_the_service_cannot_read_is_its_refusal(tmp_path: Path) -> None:
    """It says what the service said, and ends with 1; each reads a secret of its own folder."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    async with world(tmp_path, "payments") as here:
        here.write(job_down(), more={"audit": 'secret = "${file:/proc/self/cwd/hook.secret}"'})
        for folder in (tmp_path, elsewhere):
            (folder / "hook.secret").write_text("whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3")
        async with here.run() as service:
            await in_force(here, service)
            (tmp_path / "hook.secret").unlink()
            ended = await call("reload", "--config", str(here.file), cwd=elsewhere)
            (refused,) = await service.logged("reload_refused")
            (told,) = await here.told("audit", 1)
            await here.settle(service)
        assert 1 == ended.code, ended
        assert "nothing changes" in ended.out
        assert "The service refused it; what was in force stays in force." in ended.err
        assert "channels.audit.secret" in refused["faults"]
        assert "channels.audit.secret" in ended.err
        assert "config-refused.firing" == told.json["type"]


async def test_without_a_service_it_says_so(tmp_path: Path) -> None:
    """It ends with 1, for programs too."""
    async with world(tmp_path, "payments") as here:
        here.write(job_down())
        plain, data = await here.call_all("reload", "reload --json")
        assert (1, 1) == (plain.code, data.code)
        assert "no `watcher run` uses" in plain.err
        assert "not-running" == data.json["outcome"]


async def test_a_file_that_is_not_the_service_s_is_not_taken_for_it(tmp_path: Path) -> None:
    """The service reads its own file, whatever was validated; the command names that one."""
    async with world(tmp_path, "payments") as here:
        here.write(job_down())
        async with here.run() as service:
            await in_force(here, service)
            mine = here.file.rename(tmp_path / "mine.toml")
            here.write(job_down())
            copy = tmp_path / "copy.toml"
            copy.write_text(mine.read_text())
            ended = await here.call("reload", "--config", str(copy))
            assert [] == service.log("reloaded")
            await here.settle(service)
        assert 2 == ended.code
        assert f"the service reads {here.file}" in ended.err


async def test_the_environment_is_the_service_s(tmp_path: Path) -> None:
    """A variable that only the service has is no fault for the command."""
    async with world(tmp_path, "payments") as here:
        here.write(job_down(), more={"audit": 'secret = "${HOOK}"'})
        env = {"HOOK": "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"}
        async with here.run(env=env) as service:
            await in_force(here, service)
            ended = await here.call("reload", "--json")
            await here.settle(service)
        assert 0 == ended.code, ended
        assert ("in-force", []) == (ended.json["outcome"], ended.json["difference"])
