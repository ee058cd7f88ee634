"""The real process and who it speaks with: private authorities, addresses that are refused."""

from __future__ import annotations

import os
import re
import subprocess
from contextlib import suppress
from pathlib import Path

import anyio
import pytest

from tests.acceptance.process import COMMAND, environment
from tests.acceptance.receiver import Manner
from tests.acceptance.waiting import eventually
from tests.acceptance.world import HUP, PROJECT, World, job_down, rule, world
from tests.authority import make_authority
from tests.raw_server import sending, serving, whole

pytestmark = pytest.mark.slow

EVIL = "\x1b]0;pwned\x07\x9b31m\u202egnp\u2066\u200b"
"""Sets a terminal's title, its colour, and turns what follows around."""
LOOKING = ("status", "events", "deliveries", "ledger", "check", "test-channel audit")
HOOK = '[channels.audit]\nkind = "webhook"\nurl = "{url}"\n'


async def test_a_private_authority_is_believed_where_the_file_says_so(tmp_path: Path) -> None:
    """Without `ca_file` nothing is sent and the reason is TLS; a reload with it delivers."""
    authority = make_authority(tmp_path)
    received = sending(whole(b"", status="204 No Content"))
    async with (
        world(tmp_path, "payments") as here,
        serving(received, tls=authority.server()) as receiver,
    ):
        hook = HOOK.format(url=f"https://127.0.0.1:{receiver.port}/")
        here.write(job_down(), hook, channels={})
        refused = await here.call("test-channel", "audit")
        assert 1 == refused.code
        assert "no trusted TLS connection to 127.0.0.1" in refused.err
        async with here.run() as service:
            await service.logged("poll")
            here.change("payments", actual_state="FAILED")
            await service.logged("attempt")
            assert [] == receiver.heads
            here.write(job_down(), hook, channels={}, top=f'ca_file = "{authority.ca_file}"')
            await service.send(HUP)
            await service.logged("reloaded")
            await eventually(lambda: receiver.heads, shown=lambda: service.err[-4000:])
            book = await here.settle(service, waiting=None)
        assert 0 == (await here.call("test-channel", "audit")).code
    assert [1] == [account.delivered for account in book.accounts]


async def test_a_metadata_address_is_refused_until_it_is_allowed(tmp_path: Path) -> None:
    """`check` names line and key and exits 2; the operator's word makes the file sound."""
    async with world(tmp_path, "payments") as here:
        hook = HOOK.format(url="http://169.254.169.254/")
        here.write(job_down(), hook, channels={})
        refused = await here.call("check")
        here.write(job_down(), hook, channels={}, top='allow_addresses = ["169.254.169.254"]')
        allowed = await here.call("check", "--json")
    assert 2 == refused.code
    assert "channels.audit.url: found the host" in refused.err
    assert 0 == allowed.code
    settings = {row["key"]: row["value"] for row in allowed.json["settings"]}
    assert "169.254.169.254/32" == settings["allow_addresses"]


async def test_check_names_files_of_secrets_that_others_may_read(tmp_path: Path) -> None:
    """A warning with what to do, also for programs; the file is sound all the same."""
    async with world(tmp_path, "payments") as here:
        here.write(job_down())
        here.file.chmod(0o644)
        for_people, for_programs = await here.call_all("check", "check --json")
        here.file.chmod(0o600)
        tight = await here.call("check")
    assert [0, 0, 0] == [for_people.code, for_programs.code, tight.code]
    assert f"rules.toml is open to its group and everybody (0644): chmod 600 {here.file}" in (
        for_people.err
    )
    assert "chmod 600" in for_programs.json["warnings"][0]["text"]
    assert "chmod" not in tight.err


async def test_nothing_from_elsewhere_steers_the_terminal(tmp_path: Path) -> None:
    """Names, errors and answers of elsewhere are spelt out: piped, as JSON, on a terminal."""
    async with world(tmp_path, "pay*") as here:
        here.simulator.add_job(PROJECT, f"pay{EVIL}[red]ments")
        here.write(job_down(), rule("new-error", "audit"))
        here.receiver.answer("audit", Manner(status=403, body=f"no{EVIL}\nforged  row"))
        async with here.run() as service:
            await service.logged("poll")
            error = f"java.io.IOException: {EVIL}\nforged  row"
            here.change(
                f"pay{EVIL}[red]ments", actual_state=f"FAILED{EVIL}", last_error_message=error
            )
            await service.logged("attempt")
            assert 0 == await service.terminate()
        texts = {"the log": service.err}
        calls = (*LOOKING, *(f"{command} --json" for command in LOOKING[:5]))
        for command, ended in zip(calls, await here.call_all(*calls), strict=True):
            texts[command] = ended.out + ended.err
        for command in LOOKING[:3]:
            shown = await anyio.to_thread.run_sync(on_a_terminal, here, command)
            texts[f"{command} on a terminal"] = shown
    assert [] == [name for name, text in texts.items() if steers(text)]
    assert [] == [name for name, text in texts.items() if re.search(r"(?m)^forged", text)]
    assert "[red]ments" in texts["events on a terminal"]
    assert all("pwned" in texts[name] for name in ("events", "deliveries", "test-channel audit"))


def steers(text: str) -> bool:
    """Whether anything of `EVIL` is left as it was; rich's own colours are no part of it."""
    signs = [sign for sign in EVIL if not sign.isprintable() and sign != "\x1b"]
    return any(sign in text for sign in ("\x1b]", *signs))


def on_a_terminal(here: World, command: str) -> str:
    """What a command writes to a terminal, standard error too."""
    ours, theirs = os.openpty()
    name, *arguments = command.split()
    process = subprocess.Popen(
        [*COMMAND, name, "--config", str(here.file), *arguments],
        cwd=here.folder,
        env=environment(COLUMNS="500", TERM="xterm-256color"),
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    text = b""
    # Linux ends a terminal whose other side is closed with an error.
    with suppress(OSError):
        while piece := os.read(ours, 65_536):
            text += piece
    process.wait()
    os.close(ours)
    return text.decode()
