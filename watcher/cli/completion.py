"""`watcher completion`: the script by which a shell completes commands, options and names."""

from __future__ import annotations

from typing import Final

import click

SHELLS: Final = ("bash", "zsh", "fish")
VARIABLE: Final = "_WATCHER_COMPLETE"


@click.command(epilog="Example: watcher completion bash > /etc/bash_completion.d/watcher")
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> None:
    """Print the completion script for a SHELL.

    For this session: `source <(watcher completion bash)`, or zsh; in fish `watcher completion fish
    | source`.  For every session write it to where your shell looks for such scripts.
    """
    from click.shell_completion import get_completion_class

    from watcher.cli.root import cli

    found = get_completion_class(shell)
    if found is not None:
        click.echo(found(cli, {}, "watcher", VARIABLE).source())
