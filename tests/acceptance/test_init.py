"""`watcher init` as a newcomer meets it: a real process on a real terminal."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import anyio

from tests.acceptance.process import environment
from tests.acceptance.receiver import receiving
from tests.acceptance.terminal import terminal
from tests.acceptance.waiting import eventually
from watcher.simulator import Fault, FaultKind, Simulator, load_scenario


async def test_from_questions_to_a_file_that_runs(tmp_path: Path) -> None:
    """A terminal is enough to be asked; what comes out passes `check` and finds its jobs."""
    async with Simulator(load_scenario()).serve() as api, receiving() as receiver:
        async with terminal("init", "--endpoint", api, cwd=tmp_path) as screen:
            await screen.answer("Region", "")
            await screen.answer("Project", "test_project")
            await screen.answer("AccessKey id", "testAccessKeyId")
            await screen.answer("AccessKey secret (not shown)", "testAccessKeySecret")
            await screen.wait_for("FLINK_BATCH: 2  nightly_cleanup, nightly_report")
            await screen.answer("FLINK_STREAM: names or globs, with commas; - for none", "orders_*")
            await screen.answer("FLINK_BATCH: names or globs, with commas; - for none", "")
            await screen.answer("Kind", "webhook")
            await screen.answer("Name", "audit")
            await screen.answer(
                "Address, such as https://hooks.example.com/watcher (not shown)",
                receiver.address("audit", "webhook"),
            )
            await screen.answer("Secret that signs, if any (not shown)", "planted-secret")
            await screen.answer("Send a test message to audit?", "y")
            await screen.answer("Another channel?", "n")
            assert 0 == await screen.ended(), screen.shown
        assert 1 == len(receiver.taken("audit"))
        assert "webhook-signature" in receiver.taken("audit")[0].headers
        assert "testAccessKeySecret" not in screen.shown
        assert "planted-secret" not in screen.shown
        assert receiver.url not in screen.shown
        load = next(line for line in screen.shown.splitlines() if line.startswith("  set -a"))
        # That port may be taken here.
        file = tmp_path / "rules.toml"
        file.write_text(file.read_text().replace("127.0.0.1:9109", "127.0.0.1:0"))
        watcher = f"{sys.executable} -m watcher"
        commands = f"{load.strip()}; {watcher} check && {watcher} run --once"
        done = await anyio.run_process(
            ["sh", "-c", commands],
            cwd=tmp_path,
            env=environment(),
            check=False,
            stderr=subprocess.STDOUT,
        )
    assert 0 == done.returncode, done.stdout.decode()
    assert "rules.toml: no faults" in done.stdout.decode()


async def test_ctrl_c_leaves_nothing_behind(tmp_path: Path) -> None:
    """Neither a file nor a terminal that does not show what is typed."""
    async with terminal("init", "--region", "cn-hangzhou", cwd=tmp_path) as screen:
        await screen.answer("Project", "test_project")
        await screen.answer("AccessKey id", "testAccessKeyId")
        await screen.wait_for("AccessKey secret (not shown): ")
        assert not screen.echoes()
        screen.type("half a sec\x03")
        assert 130 == await screen.ended()
        assert screen.echoes()
    assert [] == list(tmp_path.iterdir())
    assert "half" not in screen.shown


async def test_ctrl_c_while_the_api_is_asked(tmp_path: Path) -> None:
    """Nobody has to wait for an API that does not answer."""
    simulator = Simulator(load_scenario())
    simulator.add_fault(Fault(FaultKind.HANG))
    flags = ("--project", "test_project", "--access-key-id", "testAccessKeyId", "--timeout", "5m")
    async with (
        simulator.serve() as api,
        terminal("init", "--endpoint", api, *flags, cwd=tmp_path) as screen,
    ):
        await screen.answer("Region", "")
        await screen.answer("AccessKey secret (not shown)", "testAccessKeySecret")
        await screen.wait_for("Asking")
        await eventually(lambda: simulator.history.counts() or None)
        screen.type("\x03")
        assert 130 == await screen.ended(), screen.shown
    assert [] == list(tmp_path.iterdir())
    assert "Traceback" not in screen.shown
