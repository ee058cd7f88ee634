"""Plays a story: `watcher simulate` and `watcher run` as real processes, receivers on loopback."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiohttp

from tests.acceptance.process import Running, call, running
from tests.acceptance.receiver import Receiver, receiving
from tests.acceptance.waiting import PATIENCE, eventually, eventually_so
from tests.stories.account import Row, read_rows, waiting
from tests.stories.blurring import blur, blur_long
from tests.stories.configuration import configuration
from tests.stories.hands import at_the_receiver, words_of
from tests.stories.heard import chat_messages, hook_messages
from tests.stories.message import Message
from tests.stories.pace import Pace
from tests.stories.page import SCENARIO, Deed, Story

_ENDPOINT = re.compile(r'endpoint = "([^"]+)"')
_CHANNEL = re.compile(r'^\[channels\.(\w+)\]\nkind = "(\w+)"$', re.MULTILINE)
POLLS_AFTER = 3
"""How many polls must be over after the story's end, for what they might still tell."""
IN_TIME = 2.0
"""So many of the machine's seconds a deed may be done late; later, it is another story."""


class TooSlow(Exception):  # noqa: N818 - nothing is wrong with what is tested
    """The machine could not keep a story's timetable, so that what came says nothing."""


class Stage:
    """One story while it is played."""

    def __init__(
        self, story: Story, folder: Path, api: str, receiver: Receiver, pace: Pace
    ) -> None:
        self.story = story
        self.receiver = receiver
        self._folder = folder
        self._api = api
        self._pace = pace
        self._lives = AsyncExitStack()
        self._service: Running | None = None
        self.began = 0.0

    @property
    def service(self) -> Running:
        assert self._service, "the service is not running"
        return self._service

    async def start(self) -> None:
        """Start the service, for the first time or again."""
        arguments = ("run", "--config", "rules.toml", "--log-level", "debug")
        run = running(*arguments, cwd=self._folder, env=self._pace.env())
        self._service = await self._lives.enter_async_context(run)

    async def play(self) -> None:
        """The whole story, to the end of what it leads to."""
        async with self._lives:
            await self.start()
            self.began = await self._first_request()
            for deed in self.story.deeds:
                await self.until(deed.at)
                await self._do(deed)
                self._require_time(deed)
            await self.until(self.story.lasts)
            await self.service.polled_again(POLLS_AFTER)
            await self._settled()
            assert 0 == await self.service.terminate(), self.service.err[-4000:]

    async def until(self, seconds: float) -> None:
        """Wait until the story is so old."""
        left = self._pace.real(self.began + seconds - self._pace.now())
        await eventually(
            lambda: self._pace.now() >= self.began + seconds,
            within=max(left, 0.0) + PATIENCE,
        )

    async def _first_request(self) -> float:
        async def ask() -> float | None:
            url = f"{self._api}/_simulator/history?after_answer=999999&after_revision=999999"
            async with aiohttp.ClientSession() as session, session.get(url) as answer:
                began = (await answer.json())["began_at"]
                return float(began) if began else None

        began = await eventually_so(ask)
        assert began
        return began

    async def _do(self, deed: Deed) -> None:
        if deed.what == "kill -9":
            await self.service.kill()
        elif deed.what == "start":
            await self.start()
        elif not at_the_receiver(self.receiver, deed.what):
            await self._command(deed.what)

    def _require_time(self, deed: Deed) -> None:
        late = self._pace.real(self._pace.now() - self.began - deed.at)
        if late > IN_TIME:
            raise TooSlow(f"{deed.what!r} at {deed.at} s was done {late:.1f} s late")

    async def _command(self, what: str) -> None:
        arguments = (*words_of(what), "--config", "rules.toml")
        ended = await call(*arguments, cwd=self._folder, env=self._pace.env())
        assert 0 == ended.code, f"{what}: {ended.out}{ended.err}"

    async def _settled(self) -> None:
        store = self._folder / "watcher.db"
        await eventually(
            lambda: waiting(store) <= self.story.left_waiting,
            within=2 * PATIENCE,
            shown=lambda: self.service.err[-3000:],
        )


async def play(story: Story, folder: Path) -> dict[str, tuple[Message, ...]]:
    """What each channel of the story was told."""
    folder.mkdir(parents=True, exist_ok=True)
    pace = Pace(story.factor, story.start)
    async with _simulated(story, folder, pace) as api, receiving() as receiver:
        receiver.clock = pace.now
        text = configuration(story, api, receiver.url)
        (folder / "rules.toml").write_text(text, encoding="utf-8")
        stage = Stage(story, folder, api, receiver, pace)
        await stage.play()
        ledger = await call("ledger", "--config", "rules.toml", cwd=folder)
        assert 0 == ledger.code, ledger.out + ledger.err
        rows = read_rows(folder / "watcher.db")
    kinds = _CHANNEL.findall(text)
    return {name: _told(name, kind, stage, rows) for name, kind in sorted(kinds, key=_chats_first)}


def _chats_first(channel: tuple[str, str]) -> tuple[bool, str]:
    name, kind = channel
    return kind == "webhook", name


def _told(name: str, kind: str, stage: Stage, rows: list[Row]) -> tuple[Message, ...]:
    taken = stage.receiver.taken(name)
    blurred = blur if stage.story.factor == 1 else blur_long
    if kind == "webhook":
        return tuple(hook_messages(taken, stage.began, blurred))
    return tuple(chat_messages(name, taken, rows, stage.began, blurred))


@asynccontextmanager
async def _simulated(story: Story, folder: Path, pace: Pace) -> AsyncIterator[str]:
    arguments = ("simulate", "--scenario", str(story.folder / SCENARIO), "--port", "0")
    async with running(*arguments, cwd=folder, env=pace.env()) as process:
        found = await eventually(
            lambda: _ENDPOINT.search(process.out), shown=lambda: process.err[-2000:]
        )
        assert found
        yield found[1]
