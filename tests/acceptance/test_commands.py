"""The other commands, each as a real process: what they print, for people and for programs."""

from __future__ import annotations

import json
import re
import signal
import sys
from pathlib import Path

import aiohttp
import anyio
import pytest

from tests.acceptance.process import COMMAND, call, environment, running
from tests.acceptance.receiver import Manner
from tests.acceptance.waiting import eventually
from tests.acceptance.world import job_down, rule, world
from watcher.cli.root import COMMANDS
from watcher.config.builtin import BUILTIN_NAMES

HEAVY = ("aiohttp", "sqlalchemy", "pydantic", "rich")
SHOW_MODULES = """
import json, sys
from watcher.cli import main
try:
    main()
except SystemExit as end:
    print(json.dumps([end.code, sorted(sys.modules)]), file=sys.stderr)
"""


@pytest.mark.parametrize("arguments", [[], *([name] for name in COMMANDS)], ids=str)
async def test_help_shows_an_example_and_is_light(arguments: list[str], tmp_path: Path) -> None:
    """`--help` of every command ends in an example and imports nothing that takes long."""
    done = await anyio.run_process(
        [sys.executable, "-c", SHOW_MODULES, *arguments, "--help"], cwd=tmp_path, env=environment()
    )
    code, modules = json.loads(done.stderr)
    assert 0 == code
    assert f"Example: watcher {' '.join(arguments)}".strip() in done.stdout.decode()
    assert [] == [name for name in HEAVY if name in modules]


async def test_what_commands_show_of_a_service_at_work(tmp_path: Path) -> None:
    """check, status, events, deliveries and ledger: tables, the same as JSON, and their filters."""
    async with world(tmp_path, "orders", "payments") as here:
        here.write(job_down(), rule("new-error", severity="warning"))
        async with here.run() as service:
            await service.logged("poll")
            here.change("payments", actual_state="FAILED", last_error_message="java.io.IOException")
            await here.told("audit", 2)
            await service.logged("attempt", 2)
            standing, events, errors, told, book = await here.call_all(
                "status --json",
                "events --json --job payments",
                "events --kind new-error --since 1h",
                "deliveries --json --channel audit --state delivered",
                "ledger --json",
            )
            await here.settle(service)
        assert [("firing", "payments", "failed")] == [
            (alert["phase"], alert["subject"]["job"], alert["verdict"])
            for alert in standing.json["alerts"]
        ]
        assert {("RUNNING", 1), ("FAILED", 1)} == {
            (row["actual_state"], row["jobs"]) for row in standing.json["jobs"]
        }
        assert {"state-change", "state-mismatch", "new-error"} == {
            event["kind"] for event in events.json
        }
        assert "new-error" in errors.out
        assert "state-mismatch" not in errors.out
        assert ["audit", "audit"] == [row["channel"] for row in told.json]
        assert book.json["balances"] is True
        assert 2 == book.json["ledger"]["accounts"][0]["delivered"]


async def test_status_is_watched_until_it_is_interrupted(tmp_path: Path) -> None:
    """With --json a document a line, for programs; Ctrl-C is a good end."""
    async with world(tmp_path, "payments") as here:
        here.write(job_down())
        async with here.run() as service:
            await service.logged("poll")
            wanted = ("status", "--watch", "1s", "--json", "--config", str(here.file))
            async with running(*wanted, cwd=tmp_path) as watch:
                lines = await eventually(
                    lambda: found if len(found := watch.out.splitlines()) > 1 else []
                )
                await watch.send(signal.SIGINT)
                assert 0 == await watch.ended()
            await here.settle(service)
    assert [True, True] == [json.loads(line)["service"]["running"] for line in lines[:2]]


async def test_check_shows_what_a_file_resolves_to(tmp_path: Path) -> None:
    """Rules with the built-in ones, channels and sources; a bad file is exit 2; no file is said."""
    async with world(tmp_path, "payments") as here:
        here.write(job_down())
        shown, data = await here.call_all("check", "check --json")
        here.file.write_text(here.file.read_text().replace("severity", "severty"))
        bad = await here.call("check")
        nowhere = await call("check", cwd=tmp_path / "..", env={"WATCHER_CONFIG": ""})
        named = await call("--config", str(here.file), "check", cwd=tmp_path)
        assert 0 == shown.code
        for words in ("state-mismatch", "undeliverable", "audit", "prod", "no faults"):
            assert words in shown.out
        assert {"state-mismatch", *BUILTIN_NAMES} == {row["name"] for row in data.json["rules"]}
        assert (2, 2) == (bad.code, named.code)
        assert "severity" in bad.err
        assert bad.err == named.err
        assert 2 == nowhere.code
        assert "--config" in nowhere.err


async def test_looking_makes_no_store(tmp_path: Path) -> None:
    """Before the first `run` a reading command says so, exits 1 and makes no file."""
    async with world(tmp_path, "payments") as here:
        here.write(job_down())
        early = await here.call("status")
        assert 1 == early.code
        assert str(here.store) in early.err
        assert "Traceback" not in early.err
        assert not here.store.exists()


async def test_test_channel_says_what_the_receiver_said(tmp_path: Path) -> None:
    """Delivered is exit 0, a refusal 1 with its code, an unknown name 2 with the known ones."""
    async with world(tmp_path, "payments") as here:
        here.write(job_down(), channels={"audit": "webhook", "oncall": "dingtalk"})
        keyword = '{"errcode": 310000, "errmsg": "keywords not in content"}'
        here.receiver.answer("oncall", Manner(body=keyword))
        good, refused, unknown = await here.call_all(
            "test-channel audit", "test-channel oncall", "test-channel nobody"
        )
        (told,) = here.receiver.of("audit")
        assert (0, "audit: delivered\n") == (good.code, good.out)
        assert "test" == told.data["reason"]
        assert 1 == refused.code
        assert "310000" in refused.err
        assert 2 == unknown.code
        assert "audit, oncall" in unknown.err


async def test_simulate_serves_until_it_is_interrupted(tmp_path: Path) -> None:
    """It prints its address and keys, and answers there; a bad scenario is exit 2 in words."""
    (tmp_path / "bad.toml").write_text('[[jobs]]\nnam = "x"\n')
    bad = await call("simulate", "--scenario", "bad.toml", cwd=tmp_path)
    async with running("simulate", "--port", "0", cwd=tmp_path) as simulate:
        lines = await eventually(
            lambda: simulate.out.splitlines() if "endpoint" in simulate.out else []
        )
        base = lines[0].rpartition(" at ")[2]
        async with (
            aiohttp.ClientSession() as client,
            client.get(f"{base}/_simulator/jobs") as answer,
        ):
            jobs = await answer.json()
        await simulate.send(signal.SIGINT)
        assert 0 == await simulate.ended()
    assert f'endpoint = "{base}"' in lines[1]
    assert {"test_project"} == {job["project"] for job in jobs}
    assert 2 == bad.code
    assert "nam" in bad.err


async def test_simulate_takes_messages_where_it_is_asked_to(tmp_path: Path) -> None:
    """What a channel sends to the address that is printed is shown, a webhook's at once."""
    async with running("simulate", "--port", "0", "--receive", cwd=tmp_path) as simulate:
        await eventually(lambda: "(dingtalk)" in simulate.out)
        (url,) = re.findall(r'"(http://[^"]+/hook)"', simulate.out)
        said = {"type": "x.firing", "data": {"sequence": 1, "summary": "payments has failed"}}
        async with aiohttp.ClientSession() as client, client.post(url, json=said) as answer:
            assert 204 == answer.status
        await eventually(lambda: "x.firing #1: payments has failed" in simulate.out)
        await simulate.send(signal.SIGINT)
        assert 0 == await simulate.ended()


async def test_the_demo_shows_alerts_and_ends(tmp_path: Path) -> None:
    """A newcomer sees a message about a job that failed; an interrupt ends the demo as asked."""
    async with running("demo", "--seconds", "60", "--language", "zh", cwd=tmp_path) as demo:
        await eventually(lambda: "--- webhook · audit ---" in demo.out, shown=lambda: demo.err)
        address = re.search(r"http://127\.0\.0\.1:\d+/", demo.out)
        assert address is not None
        async with aiohttp.ClientSession() as client, client.get(address[0]) as page:
            assert "orders_enrich" in await page.text()
        await demo.send(signal.SIGINT)
        assert 0 == await demo.ended()
    assert "FAILED" in demo.out
    shown = re.findall(r"(http://127|--- DingTalk|--- Slack|--- webhook)", demo.out)
    assert "http://127" == shown[0]
    assert "--- webhook" != shown[1]
    assert "" == demo.err


async def test_an_unknown_command_is_answered_with_the_nearest(tmp_path: Path) -> None:
    """A slip of the hand is exit 2 with a hint, as is a wrong option."""
    slip = await call("stauts", cwd=tmp_path)
    option = await call("run", "--log-level", "loud", cwd=tmp_path)
    assert 2 == slip.code
    assert "Did you mean 'status'?" in slip.err
    assert 2 == option.code
    assert "debug" in option.err
    assert COMMAND[-1] in slip.err
