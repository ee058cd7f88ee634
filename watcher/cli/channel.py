"""`watcher test-channel`: a real message through the real template, marked as a test."""

from __future__ import annotations

import anyio
import click

from watcher.app.trial import try_channel
from watcher.cli.loading import end, load_config
from watcher.cli.root import FAILED, USAGE, takes_config
from watcher.config.resolve import resolve
from watcher.core.outcome import Fate


@click.command("test-channel", epilog="Example: watcher test-channel oncall")
@takes_config
@click.argument("name")
def test_channel(config: str | None, name: str) -> None:
    """Send a test message to the channel NAME, and say what its receiver answered."""
    resolved = resolve(load_config(config))
    if name not in resolved.channels:
        known = ", ".join(resolved.channels)
        end(f"watcher test-channel: there is no channel {name!r}; there is: {known}", USAGE)
    outcome = anyio.run(try_channel, name, resolved)
    if outcome.fate is not Fate.DELIVERED:
        words = " ".join(filter(None, (outcome.code, outcome.detail)))
        end(f"{name}: {outcome.fate}: {words}", FAILED)
    click.echo(f"{name}: delivered")
