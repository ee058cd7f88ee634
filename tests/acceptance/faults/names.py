"""DNS that is gone: names that never resolve, and names that resolve until they do not."""

from __future__ import annotations

import sys
import time
from functools import partial
from pathlib import Path

import anyio

from tests.acceptance.faults.case import Case
from tests.acceptance.faults.stage import Stage, proxied, proxied_api, type_of
from tests.acceptance.process import COMMAND
from tests.acceptance.receiver import Taken
from tests.acceptance.world import World, job_down, rule
from tests.tcp_proxy import TcpProxy

NAME = "far.watcher.test"
HOSTS = "127.0.0.1 localhost\n"
NOBODY = "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n"
"""Nobody answers there, so a name is known from the hosts file or not at all."""
IN_ITS_OWN_PLACE = (
    "mount --bind {folder}/hosts /etc/hosts && mount --bind {folder}/resolv /etc/resolv.conf "
    '&& exec "$@"'
)
WORDS = "cannot be resolved"
AFTERWARDS = ("blind began", "blind recovered", "reconciled began", "state-mismatch began")
"""What is told in all: the outage, its end, and what happened meanwhile, each once."""
RETURN_WITHIN = 60.0
SLACK = 10.0
"""Seconds that a busy machine may add."""


def resolving(folder: Path, *names: str) -> tuple[str, ...]:
    """How `watcher` is started where these names, and no others, lead to this machine."""
    know(folder, *names)
    (folder / "resolv").write_text(NOBODY, encoding="ascii")
    script = IN_ITS_OWN_PLACE.format(folder=folder)
    assert sys.executable == COMMAND[0]
    return ("unshare", "--mount", "sh", "-c", script, "sh", *COMMAND)


def know(folder: Path, *names: str) -> None:
    """From now on these names resolve; written in place, because a mount holds the file."""
    lines = "".join(f"127.0.0.1 {name}\n" for name in names)
    (folder / "hosts").write_text(HOSTS + lines, encoding="ascii")


async def play_api(stage: Stage) -> None:
    """The API's name resolves, then does not, then does again."""
    async with stage.world("payments") as here, proxied_api(here) as proxy:
        here.api = f"http://{NAME}:{proxy.port}"
        here.write(job_down(), rule("blind", more='for = "4s"'), interval="1s")
        async with stage.watching(here, command=resolving(here.folder, NAME)):
            know(here.folder)
            stage.begin()
            async with anyio.create_task_group() as group:
                group.start_soon(_keep_breaking, proxy)
                blind = (await _told(stage, here, "audit", 1))[0]
                group.cancel_scope.cancel()
            stage.note_when("blind (names are remembered for 30 s)", blind.at)
            stage.expect(type_of(blind) == "blind began", f"told first: {type_of(blind)}")
            stage.expect_words(WORDS, blind.data["summary"])
            here.change("payments", actual_state="FAILED")
            know(here.folder, NAME)
            back = time.monotonic()
            told = await _told(stage, here, "audit", len(AFTERWARDS))
            stage.note_over("sees again", told[1].at - back)
            kinds = sorted(map(type_of, told))
            stage.expect(kinds == sorted(AFTERWARDS), f"told {kinds}")
            stage.row.told.append(f"“{WORDS}”")


async def _keep_breaking(proxy: TcpProxy) -> None:
    """A name counts only where a new connection is made, so those that stand are broken off."""
    while True:
        proxy.break_off()
        await anyio.sleep(1.5)


async def play_receiver(stage: Stage) -> None:
    """A receiver's name does not resolve, then it does."""
    async with stage.world("payments") as here, proxied(here, "hook") as proxy:
        here.receiver.fronts["hook"] = f"http://{NAME}:{proxy.port}"
        here.write(
            job_down("audit", "hook"),
            rule("undeliverable", more='for = "4s"'),
            channels={"audit": "webhook", "hook": "webhook"},
        )
        async with stage.watching(here, command=resolving(here.folder)):
            stage.begin()
            here.change("payments", actual_state="FAILED")
            told = await _told(stage, here, "audit", 2)
            stage.note_when("undeliverable", told[1].at)
            stage.expect_words(WORDS, told[1].data["summary"])
            know(here.folder, NAME)
            back = time.monotonic()
            first = (await _told(stage, here, "hook", 1))[0]
            stage.note_over("hook", first.at - back)
            stage.expect(first.at - back <= RETURN_WITHIN + SLACK, "told too late after the return")
            await _told(stage, here, "audit", 3)
            stage.row.told.append(f"“{WORDS}”")


async def play_never(stage: Stage) -> None:
    """Names that nobody has: of the API from the start, and of one channel."""
    async with stage.world("payments") as here:
        here.api = "http://foas.watcher.invalid"
        here.receiver.fronts["hook"] = "http://hooks.watcher.invalid"
        here.write(
            rule("blind", "audit", "hook", more='for = "4s"'),
            rule("undeliverable", more='for = "4s"'),
            channels={"audit": "webhook", "hook": "webhook"},
            interval="1s",
        )
        stage.begin()
        async with stage.watching(here, command=resolving(here.folder)):
            told = await _told(stage, here, "audit", 2)
            stage.note_when("both", told[1].at)
            kinds = [type_of(one) for one in told]
            stage.expect(kinds == ["blind began", "undeliverable began"], f"told {kinds}")
            for one in told:
                stage.expect_words(WORDS, one.data["summary"])


async def _told(stage: Stage, here: World, channel: str, number: int) -> list[Taken]:
    look = partial(_enough, here, channel, number)
    return await stage.until(look, f"{number} messages on {channel}")


def _enough(here: World, channel: str, number: int) -> list[Taken]:
    taken = here.receiver.taken(channel)
    return taken if len(taken) >= number else []


CASES = (
    Case(
        "dns-api",
        "its name stops resolving while it is polled",
        "API",
        f"`blind` once with “{WORDS}”, its end once, then what happened meanwhile",
        play_api,
        limit=150,
    ),
    Case(
        "dns-receiver",
        "its name does not resolve, then does",
        "webhook",
        f"`undeliverable` with “{WORDS}”; delivered within 60 s of the name's return",
        play_receiver,
    ),
    Case(
        "dns-never",
        "names that nobody has (.invalid)",
        "API and webhook",
        f"`blind` and `undeliverable` with “{WORDS}”",
        play_never,
    ),
)
