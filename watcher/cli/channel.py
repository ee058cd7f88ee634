"""`watcher test-channel`: a real message through the real template, marked as a test."""

from __future__ import annotations

import click

from watcher.cli import names
from watcher.cli.root import FAILED, USAGE, takes_config


@click.command("test-channel", epilog="Example: watcher test-channel oncall")
@takes_config
@click.argument("name", shell_complete=names.channels)
def test_channel(config: str | None, name: str) -> None:
    """Send a test message to the channel NAME, and say what its receiver answered."""
    import anyio

    from watcher.app.trial import try_channel
    from watcher.cli.loading import end, load_resolved
    from watcher.core.outcome import Fate
    from watcher.ports import StoreError

    _, resolved = load_resolved(config)
    if name not in resolved.channels:
        known = ", ".join(resolved.channels)
        end(f"watcher test-channel: there is no channel {name!r}; there is: {known}", USAGE)
    try:
        outcome = anyio.run(try_channel, name, resolved)
    except StoreError as error:
        end(f"watcher test-channel: {error}", FAILED)
    if outcome.fate is not Fate.DELIVERED:
        end(f"{name}: not delivered ({outcome.fate}): {outcome.detail}", FAILED)
    click.echo(f"{name}: delivered")
