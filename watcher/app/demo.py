"""The newcomer's first minute: a simulated FOAS, the real service, and a receiver that shows."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from socket import AF_INET, SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET, socket
from tempfile import TemporaryDirectory
from typing import Any, Final

import anyio
from aiohttp import web
from structlog.typing import FilteringBoundLogger

from watcher.app.service import open_service
from watcher.config.load import load
from watcher.config.resolve import resolve
from watcher.simulator import Simulator, load_scenario
from watcher.telemetry.redaction import Redactor

Show = Callable[[str, str, str], None]
"""Shows one message: the channel's name, its kind, and its text as the receiver would see it."""

PORT: Final = 9109
"""Where the demo's page is, unless somebody else is there."""

FILE: Final = """\
store = "{folder}/watcher.db"
listen = "127.0.0.1:{port}"
language = "{language}"

[accounts.demo]
region = "cn-hangzhou"
access_key_id = "testAccessKeyId"
access_key_secret = "testAccessKeySecret"

[sources.demo]
kind = "foas"
account = "demo"
endpoint = "{api}"
project = "test_project"
interval = "1s"
jobs = [
  {{ type = "FLINK_STREAM", names = ["orders_*", "payments"], labels = {{ team = "orders" }} }},
  {{ type = "FLINK_BATCH", names = ["nightly_*"] }},
]

[[rules]]
name = "job-down"
on = "state-mismatch"
severity = "critical"
for = {{ stopped = "2s", stuck = "5s" }}
keep_firing_for = "2s"
notify = ["oncall", "audit"]

[[rules]]
name = "crash-loop"
on = "restart"
count = 3
within = "20s"
severity = "critical"
notify = ["oncall"]

[[rules]]
name = "behind"
on = "input-delay"
threshold = "5m"
recover_below = "1m"
severity = "error"
notify = ["data"]

[[rules]]
name = "new-error"
on = "new-error"
severity = "warning"
notify = ["data"]

[channels.oncall]
kind = "dingtalk"
url = "{sink}/robot/send?access_token=token-of-the-demo"
secret = "SECdemo"
at_mobiles = ["13800000000"]

[channels.data]
kind = "slack"
url = "{sink}/services/T0/B0/token-of-the-demo"

[channels.audit]
kind = "webhook"
url = "{sink}/audit"
"""


async def show_demo(
    show: Show,
    log: FilteringBoundLogger,
    env: Mapping[str, str],
    *,
    say_address: Callable[[str], None] = lambda _: None,
    language: str = "en",
    seconds: float | None = None,
) -> None:
    """Run the demo until it is stopped, or for so many seconds; first it says where its page is."""
    port = free_port(PORT)
    say_address(f"http://127.0.0.1:{port}/")
    with TemporaryDirectory(prefix="watcher-demo-") as folder, anyio.move_on_after(seconds):
        async with Simulator(load_scenario()).serve() as api, _receiver(show) as sink:
            file = Path(folder) / "rules.toml"
            places = {"folder": folder, "port": port, "api": api, "sink": sink}
            text = FILE.format(language=language, **places)
            file.write_text(text, encoding="utf-8")
            resolved = resolve(load(file, env))
            redactor = Redactor(resolved.secrets)
            async with open_service(file, resolved, env, redactor, log) as service:
                await service.run()


def free_port(wanted: int) -> int:
    """The port that is wanted, or any that is free where somebody has it."""
    for port in (wanted, 0):
        with socket(AF_INET, SOCK_STREAM) as tried, suppress(OSError):
            tried.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
            tried.bind(("127.0.0.1", port))
            return int(tried.getsockname()[1])
    raise OSError("no port is free on 127.0.0.1")


class Stage:
    """Shows messages, the first chat message before any line of the webhook.

    The webhook hears at once, while chats wait a moment for what belongs together; but a newcomer
    shall first see what people would.
    """

    def __init__(self, show: Show) -> None:
        self._show = show
        self._held: list[tuple[str, str, str]] | None = []

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
async def _receiver(show: Show) -> AsyncIterator[str]:
    """A server that takes what DingTalk, Slack and a webhook take, and shows it."""
    stage = Stage(show)

    async def dingtalk(request: web.Request) -> web.Response:
        body = json.loads(await request.read())
        stage.chat("oncall", "DingTalk", body["markdown"]["text"])
        return web.json_response({"errcode": 0, "errmsg": "ok"})

    async def slack(request: web.Request) -> web.Response:
        stage.chat("data", "Slack", slack_text(json.loads(await request.read())))
        return web.Response(text="ok")

    async def webhook(request: web.Request) -> web.Response:
        stage.line("audit", "webhook", webhook_line(json.loads(await request.read())))
        return web.Response(status=204)

    app = web.Application()
    app.router.add_post("/robot/send", dingtalk)
    app.router.add_post("/services/{path:.*}", slack)
    app.router.add_post("/audit", webhook)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


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
