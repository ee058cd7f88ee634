"""A webhook's receiver and a DingTalk robot that note all they get, and fail at random."""

from __future__ import annotations

import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

import anyio
from aiohttp import web

from tests.acceptance.crash.evidence import CHAT, WEBHOOK, Arrival

GOOD_BODY = {WEBHOOK: "ok", CHAT: '{"errcode": 0, "errmsg": "ok"}'}


class Manner(NamedTuple):
    """How a request is answered; `silent` takes the message and breaks the connection."""

    share: float
    status: int = 200
    slow: bool = False
    silent: bool = False
    headers: tuple[tuple[str, str], ...] = ()


GOOD = Manner(1.0)
MANNERS = {
    WEBHOOK: (
        Manner(0.05, status=500),
        Manner(0.005, status=429, headers=(("Retry-After", "1"),)),
        Manner(0.05, silent=True),
        Manner(0.2, slow=True),
    ),
    CHAT: (
        Manner(0.04, status=500),
        Manner(0.04, silent=True),
        Manner(0.4, slow=True),
    ),
}
"""How often a channel answers otherwise than at once and well."""


@dataclass
class Counting:
    """Everything that arrived, in order; `calm` ends all misbehaviour."""

    chance: random.Random
    url: str = ""
    calm: bool = False
    arrivals: list[Arrival] = field(default_factory=list)
    got: anyio.Event = field(default_factory=anyio.Event)

    def ids_of(self, life: int, channel: str) -> frozenset[str]:
        """What one process has sent to a channel."""
        return frozenset(
            one.id for one in self.arrivals if one.life == life and one.channel == channel
        )

    async def take(self, request: web.Request, channel: str) -> web.StreamResponse:
        body, manner = await request.read(), self._manner(channel)
        one = Arrival(
            channel=channel,
            life=int(request.query["life"]),
            id=request.headers.get("webhook-id", ""),
            body=body,
            at=time.time(),
            taken=manner.status == web.HTTPOk.status_code,
            lost=manner.silent,
        )
        self.arrivals.append(one if one.id else _named(one))
        self.got.set()
        self.got = anyio.Event()
        if manner.slow:
            await anyio.sleep(self.chance.uniform(0.01, 0.4))
        if manner.silent and request.transport is not None:
            request.transport.close()
        return web.Response(
            status=manner.status, text=GOOD_BODY[channel], headers=dict(manner.headers)
        )

    def _manner(self, channel: str) -> Manner:
        if self.calm:
            return GOOD
        left = self.chance.random()
        for manner in MANNERS[channel]:
            left -= manner.share
            if left < 0:
                return manner
        return GOOD


def _named(one: Arrival) -> Arrival:
    """A robot's message is known by what stands in its body."""
    return Arrival(
        one.channel, one.life, str(one.json["msgUuid"]), one.body, one.at, one.taken, one.lost
    )


@asynccontextmanager
async def counting(chance: random.Random) -> AsyncIterator[Counting]:
    """Receivers that listen while the block runs."""
    receivers = Counting(chance)

    async def robot(request: web.Request) -> web.StreamResponse:
        return await receivers.take(request, CHAT)

    async def hook(request: web.Request) -> web.StreamResponse:
        return await receivers.take(request, WEBHOOK)

    app = web.Application()
    app.router.add_post("/robot/send", robot)
    app.router.add_post("/hooks/audit", hook)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        receivers.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield receivers
    finally:
        await runner.cleanup()
