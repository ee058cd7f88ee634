"""A server that takes what DingTalk, Slack and any webhook take, counts it, and can misbehave."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import anyio
from aiohttp import web

THROTTLED_FROM = 21
"""The message within a minute that a real robot refuses."""
MINUTE = 60.0
TOKEN_OF = "token-of-"
"""A robot's token is no channel's name, or the log would mask the name."""


@dataclass(frozen=True)
class Manner:
    """How a channel answers: a status and body, after a wait, or by breaking the connection.

    `takes` is whether the message is taken, where the status and an errcode do not say so.
    """

    status: int = 200
    body: str = "ok"
    headers: tuple[tuple[str, str], ...] = ()
    reset: bool = False
    holds: bool = False
    takes: bool | None = None


@dataclass(frozen=True)
class Taken:
    """One request that came in, and whether it was taken (answered as delivered)."""

    channel: str
    headers: dict[str, str]
    query: dict[str, str]
    body: bytes
    at: float
    taken: bool

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def id(self) -> str:
        """The notification's id: Standard Webhooks' header, or DingTalk's msgUuid."""
        return self.headers.get("webhook-id") or str(self.json.get("msgUuid"))

    @property
    def data(self) -> Any:
        """What a generic webhook tells."""
        return self.json["data"]

    @property
    def text(self) -> str:
        """What a chat shows, all of it."""
        body = self.json
        if "markdown" in body:
            return str(body["markdown"]["text"])
        return "\n".join([body["text"], *_texts(body["blocks"])])


def _texts(value: Any) -> list[str]:
    if isinstance(value, list):
        return [text for one in value for text in _texts(one)]
    if isinstance(value, dict):
        text = value.get("text")
        if isinstance(text, str):
            return [text]
        return [one for inner in value.values() for one in _texts(inner)]
    return []


GOOD = Manner()


@dataclass
class Receiver:
    """All requests in the order in which they came; `manners` says how each channel answers.

    `fronts` names what stands before the receiver for a channel, such as a proxy; `minute` is how
    many seconds of `clock` a robot counts in.
    """

    url: str = ""
    requests: list[Taken] = field(default_factory=list)
    manners: dict[str, Callable[[int], Manner]] = field(default_factory=dict)
    released: anyio.Event = field(default_factory=anyio.Event)
    throttled: int = 0
    fronts: dict[str, str] = field(default_factory=dict)
    minute: float = MINUTE
    clock: Callable[[], float] = time.monotonic

    def answer(self, channel: str, *manners: Manner) -> None:
        """Answer the channel's next requests with these, the last one from then on."""
        before = len(self.of(channel))
        self.manners[channel] = lambda n: manners[min(n - before, len(manners) - 1)]

    def of(self, channel: str) -> list[Taken]:
        """Every request of a channel, taken or not."""
        return [one for one in self.requests if one.channel == channel]

    def taken(self, channel: str) -> list[Taken]:
        """What a channel was told and took."""
        return [one for one in self.of(channel) if one.taken]

    def release(self) -> None:
        """Let go of every request that is held; none is held any more."""
        self.released.set()

    def address(self, channel: str, kind: str) -> str:
        """The URL of a channel."""
        base = self.fronts.get(channel, self.url)
        if kind == "dingtalk":
            return f"{base}/robot/send?access_token={TOKEN_OF}{channel}"
        if kind == "slack":
            return f"{base}/services/T0/B0/{channel}"
        return f"{base}/hooks/{channel}"

    async def take(self, request: web.Request, channel: str, good: Manner) -> web.StreamResponse:
        body = await request.read()
        chosen = self.manners.get(channel)
        manner = chosen(len(self.of(channel))) if chosen else good
        taken = 200 <= manner.status < 300 and not manner.reset and not _errcode(manner.body)
        taken = taken if manner.takes is None else manner.takes
        self.requests.append(
            Taken(
                channel=channel,
                headers={name.lower(): value for name, value in request.headers.items()},
                query=dict(request.query),
                body=body,
                at=self.clock(),
                taken=taken,
            )
        )
        if manner.holds:
            await self.released.wait()
        if manner.reset and request.transport is not None:
            request.transport.close()
        return web.Response(status=manner.status, text=manner.body, headers=dict(manner.headers))


def _errcode(body: str) -> int:
    return int(json.loads(body)["errcode"]) if '"errcode"' in body else 0


def _app(receiver: Receiver) -> web.Application:
    async def dingtalk(request: web.Request) -> web.StreamResponse:
        robot = request.query["access_token"].removeprefix(TOKEN_OF)
        since = receiver.clock() - receiver.minute
        recent = [one for one in receiver.of(robot) if one.at > since]
        if len(recent) >= THROTTLED_FROM - 1:
            receiver.throttled += 1
            body = '{"errcode": 130101, "errmsg": "send too fast, exceed 20 times per minute"}'
            return await receiver.take(request, robot, Manner(body=body))
        return await receiver.take(request, robot, Manner(body='{"errcode": 0, "errmsg": "ok"}'))

    async def other(request: web.Request) -> web.StreamResponse:
        return await receiver.take(request, request.match_info["channel"], GOOD)

    app = web.Application()
    app.router.add_post("/robot/send", dingtalk)
    app.router.add_post("/services/T0/B0/{channel}", other)
    app.router.add_post("/hooks/{channel}", other)
    app.router.add_get("/ping/{channel}", other)
    return app


@asynccontextmanager
async def receiving(port: int = 0) -> AsyncIterator[Receiver]:
    """A receiver that listens while the block runs."""
    receiver = Receiver()
    runner = web.AppRunner(_app(receiver), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield receiver
    finally:
        receiver.release()
        await runner.cleanup()
