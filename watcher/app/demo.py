"""The newcomer's first minute: a simulated FOAS, the real service, and a receiver that shows."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

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

FILE: Final = """\
store = "{folder}/watcher.db"
listen = ""
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
url = "{sink}/robot/send?access_token=demo"
secret = "SECdemo"
at_mobiles = ["13800000000"]

[channels.data]
kind = "slack"
url = "{sink}/services/T0/B0/demo"

[channels.audit]
kind = "webhook"
url = "{sink}/audit"
"""


async def show_demo(
    show: Show,
    log: FilteringBoundLogger,
    env: Mapping[str, str],
    *,
    language: str = "en",
    seconds: float | None = None,
) -> None:
    """Run the demo until it is stopped, or for so many seconds."""
    with TemporaryDirectory(prefix="watcher-demo-") as folder, anyio.move_on_after(seconds):
        async with Simulator(load_scenario()).serve() as api, _receiver(show) as sink:
            file = Path(folder) / "rules.toml"
            text = FILE.format(folder=folder, language=language, api=api, sink=sink)
            file.write_text(text, encoding="utf-8")
            resolved = resolve(load(file, env))
            redactor = Redactor(resolved.secrets)
            async with open_service(file, resolved, env, redactor, log) as service:
                await service.run()


@asynccontextmanager
async def _receiver(show: Show) -> AsyncIterator[str]:
    """A server that takes what DingTalk, Slack and a webhook take, and shows it."""

    async def dingtalk(request: web.Request) -> web.Response:
        body = json.loads(await request.read())
        show("oncall", "DingTalk", body["markdown"]["text"])
        return web.json_response({"errcode": 0, "errmsg": "ok"})

    async def slack(request: web.Request) -> web.Response:
        show("data", "Slack", slack_text(json.loads(await request.read())))
        return web.Response(text="ok")

    async def webhook(request: web.Request) -> web.Response:
        show("audit", "webhook", json.dumps(json.loads(await request.read()), ensure_ascii=False))
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
