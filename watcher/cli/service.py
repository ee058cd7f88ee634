"""`watcher run`, `demo` and `simulate`: the commands that keep running."""

from __future__ import annotations

import gc
import os
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from watcher.cli.root import FAILED, USAGE, takes_config

if TYPE_CHECKING:
    from contextlib import AsyncExitStack

LEVELS = ("debug", "info", "warning", "error")


@click.command(epilog="Example: watcher run --config /etc/watcher/rules.toml")
@takes_config
@click.option("--once", is_flag=True, help="One reading of everything, then deliver; for cron.")
@click.option("--log-level", type=click.Choice(LEVELS), default="info", show_default=True)
def run(config: str | None, *, once: bool, log_level: str) -> None:
    """Watch and tell, until SIGTERM; SIGHUP reloads the file."""
    # Nothing that a start makes is garbage: to look for some costs a fifth of the start's time.
    gc.disable()
    _spare_rich()
    import anyio

    from watcher.app.service import open_service
    from watcher.cli.loading import end, load_resolved, make_log
    from watcher.ports import StoreError
    from watcher.telemetry.redaction import Redactor

    loaded, resolved = load_resolved(config)
    redactor = Redactor(resolved.secrets)
    log = make_log(redactor, log_level)

    async def serve() -> bool:
        file = Path(loaded.file)
        async with open_service(file, resolved, os.environ, redactor, log) as service:
            gc.freeze()
            gc.enable()
            if once:
                return await service.once()
            await service.run()
            return True

    try:
        good = anyio.run(serve)
    except (StoreError, OSError) as error:
        end(redactor.redact(f"watcher run: {error}"), FAILED)
    if not good:
        raise click.exceptions.Exit(FAILED)


def _spare_rich() -> None:
    """Let structlog not find rich, with which it would draw traces on a terminal: 6 MiB."""
    if not sys.stderr.isatty():
        sys.modules.setdefault("rich", None)  # type: ignore[arg-type]


@click.command(epilog="Example: watcher demo --seconds 30")
@click.option("--seconds", type=float, help="End by itself after so many seconds.")
@click.option("--language", type=click.Choice(["en", "zh"]), default="en", show_default=True)
@click.option("--verbose", is_flag=True, help="Show the service's own log too.")
def demo(seconds: float | None, language: str, *, verbose: bool) -> None:
    """A simulated FOAS whose jobs fail and recover, the real service, its messages."""
    import anyio

    from watcher.app.demo import show_demo
    from watcher.cli.loading import make_log
    from watcher.cli.tables import show_message
    from watcher.telemetry.redaction import Redactor

    log = make_log(Redactor(), "info" if verbose else "error")
    say_address = partial(_say_where, language)

    async def show() -> None:
        await show_demo(
            show_message,
            log,
            os.environ,
            say_address=say_address,
            language=language,
            seconds=seconds,
        )

    anyio.run(show)


def _say_where(language: str, address: str) -> None:
    """Where the page is comes first: messages follow within seconds and push it up."""
    if language == "zh":
        click.echo(f"状态页：{address}\n模拟的 FOAS 和真实的 watcher 正在启动，按 Ctrl-C 结束。\n")
        return
    click.echo(
        f"The status page: {address}\n"
        "A simulated FOAS and the real watcher are starting; Ctrl-C ends the demo.\n"
    )


async def _receive(stack: AsyncExitStack, host: str, port: int) -> None:
    """Show what channels send, and say which addresses they are given for that."""
    from watcher.app.receiver import receiving
    from watcher.cli.tables import show_message

    url = await stack.enter_async_context(receiving(show_message, host, port))
    click.echo(
        f'channels may send to url = "{url}/robot/send?access_token=x" (dingtalk), '
        f'"{url}/services/x" (slack) or "{url}/hook" (webhook)'
    )


@click.command(epilog="Example: watcher simulate --port 8080 --scenario my.toml")
@click.option("--scenario", metavar="FILE", help="What it plays; without one, the demo's minute.")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8080, show_default=True, help="0 takes a free one.")
@click.option("--receive", is_flag=True, help="Show what channels send to the next port, too.")
def simulate(scenario: str | None, host: str, port: int, *, receive: bool) -> None:
    """Serve a simulated FOAS: checks signatures, speaks JSON and XML, plays a scenario."""
    from contextlib import AsyncExitStack

    import anyio

    from watcher.cli.loading import end
    from watcher.cli.tables import say
    from watcher.simulator import TEST_CREDENTIALS, ScenarioError, Simulator, load_scenario

    try:
        plan = load_scenario(scenario) if scenario else load_scenario()
    except ScenarioError as error:
        end(str(error), USAGE)
    key = (plan.credentials or (TEST_CREDENTIALS,))[0]

    async def serve() -> None:
        async with AsyncExitStack() as stack, Simulator(plan).serve(host, port) as url:
            say(f"{plan.title or 'a simulated FOAS'} at {url}")
            click.echo(
                f'endpoint = "{url}", access_key_id = "{key.access_key_id}", '
                f'access_key_secret = "{key.access_key_secret}"; Ctrl-C ends it'
            )
            if receive:
                await _receive(stack, host, port + 1 if port else 0)
            await anyio.sleep_forever()

    try:
        anyio.run(serve)
    except KeyboardInterrupt:
        return
    except OSError as error:
        end(f"watcher simulate: {error}", FAILED)
