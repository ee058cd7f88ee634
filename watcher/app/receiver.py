"""Takes what channels send, and shows it as those who read it would see it: for trying things."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

Show = Callable[[str, str, str], None]
"""Shows one message: the channel's name, its kind, and its text as the receiver would see it."""


class Stage:
    """Shows messages, where it is asked for the first chat message before any line of the webhook.

    The webhook hears at once, while chats wait a moment for what belongs together; but a newcomer
    shall first see what people would.
    """

    def __init__(self, show: Show, *, chats_first: bool = False) -> None:
        self._show = show
        self._held: list[tuple[str, str, str]] | None = [] if chats_first else None

    def chat(self, channel: str, kind: str, text: str) -> None:
        """A message for people."""
        self._show(channel, kind, text)
        for line in self._held or ():
            self._show(*line)
        self._held = None

    def line(self, channel: str, kind: str, text: str) -> None:
        """A line that says what a program received."""
        if self._held is None:
            self._show(channel, kind, text)
        else:
            self._held.append((channel, kind, text))


@asynccontextmanager
async def receiving(
    show: Show, host: str = "127.0.0.1", port: int = 0, *, chats_first: bool = False
) -> AsyncIterator[str]:
    """A server that takes what DingTalk, Slack and a webhook take, and shows it; yields its URL.

    DingTalk's robot is at /robot/send, Slack's webhooks are below /services/, and everything else
    that is posted is a webhook's.  The names are those of the demo's channels.
    """
    stage = Stage(show, chats_first=chats_first)

    async def dingtalk(request: web.Request) -> web.Response:
        text = str((await _body(request)).get("markdown", {}).get("text"))
        stage.chat("oncall", "DingTalk", text)
        return web.json_response({"errcode": 0, "errmsg": "ok"})

    async def slack(request: web.Request) -> web.Response:
        stage.chat("data", "Slack", slack_text(await _body(request)))
        return web.Response(text="ok")

    async def webhook(request: web.Request) -> web.Response:
        stage.line("audit", "webhook", webhook_line(await _body(request)))
        return web.Response(status=204)

    app = web.Application()
    app.router.add_post("/robot/send", dingtalk)
    app.router.add_post("/services/{path:.*}", slack)
    app.router.add_post("/{path:.*}", webhook)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        bound = runner.addresses[0]
        yield f"http://{bound[0]}:{bound[1]}"
    finally:
        await runner.cleanup()


async def _body(request: web.Request) -> dict[str, Any]:
    try:
        found = json.loads(await request.read())
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise web.HTTPBadRequest(text="a message is a JSON object\n")
    return found


def webhook_line(body: Mapping[str, Any]) -> str:
    """What a webhook's JSON says, on one line."""
    data = body.get("data") or {}
    return f"{body.get('type')} #{data.get('sequence')}: {data.get('summary')}"


def slack_text(body: Mapping[str, object]) -> str:
    """The texts of a Block Kit message, in reading order."""
    found: list[str] = []

    def walk(value: object) -> None:
        if isinstance(value, dict):
            text = value.get("text")
            if isinstance(text, str):
                found.append(text)
            for key, inner in value.items():
                if key != "text" or not isinstance(text, str):
                    walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)

    walk(body.get("blocks", []))
    return "\n".join(found)
