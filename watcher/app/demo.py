"""The newcomer's first minute: a simulated FOAS, the real service, and a receiver that shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from socket import AF_INET, SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET, socket
from tempfile import TemporaryDirectory
from typing import Final

import anyio
from structlog.typing import FilteringBoundLogger

from watcher.app.receiver import Show, receiving
from watcher.app.service import open_service
from watcher.config.load import load
from watcher.config.resolve import resolve
from watcher.simulator import Simulator, load_scenario
from watcher.telemetry.redaction import Redactor

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
        async with (
            Simulator(load_scenario()).serve() as api,
            receiving(show, chats_first=True) as sink,
        ):
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
