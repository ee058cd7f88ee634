"""`watcher` itself, and what all commands share: `--config`, exit codes, errors in words."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from types import MappingProxyType
from typing import Any, Final, TypeVar

import click

from watcher import __version__

FAILED: Final = 1
USAGE: Final = 2

COMMANDS: Final = MappingProxyType(
    {
        "run": ("watcher.cli.service", "run", "Watch and tell: the service."),
        "check": ("watcher.cli.check", "check", "Validate the file and show what it resolves to."),
        "reload": (
            "watcher.cli.reload",
            "reload",
            "Put the file into force; show what changes.",
        ),
        "init": ("watcher.cli.init", "init", "Write a first file, by asking or from flags."),
        "demo": ("watcher.cli.service", "demo", "See alerts arrive; no account needed."),
        "schema": ("watcher.cli.schema", "schema", "Print a JSON Schema for editors and programs."),
        "simulate": ("watcher.cli.service", "simulate", "Serve a simulated FOAS."),
        "test-channel": ("watcher.cli.channel", "test_channel", "Send a test message."),
        "status": ("watcher.cli.status", "status", "Show jobs, alerts and channels as they stand."),
        "events": ("watcher.cli.look", "events", "Show what happened."),
        "explain": ("watcher.cli.explain", "explain", "Explain what was told, and what was not."),
        "history": ("watcher.cli.history", "history", "Show what was seen of a job, and when."),
        "deliveries": ("watcher.cli.outbox", "deliveries", "Show the outbox; retry, drop."),
        "silence": ("watcher.cli.silence", "silence", "Hide what is known for a time."),
        "completion": (
            "watcher.cli.completion",
            "completion",
            "Print what lets a shell complete commands and names.",
        ),
        "man": ("watcher.cli.manual", "man", "Print the manual page."),
        "ledger": ("watcher.cli.ledger", "ledger", "Account for every event and notification."),
    }
)
"""Name → module, function, one line of help; a command is imported when it is called."""

Command = TypeVar("Command", bound=Callable[..., Any])


class Lazy(click.Group):
    """A group that imports a command when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands, in the order in which a newcomer meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command's module and give the command."""
        if cmd_name not in COMMANDS:
            return None
        module, name, _ = COMMANDS[cmd_name]
        command = getattr(importlib.import_module(module), name)
        return command if isinstance(command, click.Command) else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does it, with the nearest name where there is no such command."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(args[0], COMMANDS, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            ctx.fail(f"There is no command {args[0]!r}.{hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list in `--help`, from the table above."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, _, text) in COMMANDS.items()])


def takes_config(command: Command) -> Command:
    """`--config FILE` after a command's name; before it, the group takes the same."""
    return click.option(
        "--config",
        "config",
        metavar="FILE",
        help="The configuration; else $WATCHER_CONFIG, ./rules.toml, /etc/watcher/rules.toml.",
    )(command)


def takes_json(command: Command) -> Command:
    """`--json` for programs."""
    return click.option("--json", "as_json", is_flag=True, help="JSON for programs.")(command)


def chosen_config(given: str | None) -> str | None:
    """The file that was named after the command, or before it or the one that it belongs to."""
    parent = click.get_current_context().parent
    while given is None and parent is not None:
        given, parent = parent.params.get("config"), parent.parent
    return given


@click.group(
    cls=Lazy,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Example: watcher demo, then watcher --config rules.toml check",
)
@click.version_option(__version__, prog_name="watcher")
@click.option("--config", "config", metavar="FILE", help="The configuration; also after a command.")
def cli(config: str | None) -> None:
    """Watch Flink jobs and tell the right people, once and in order, when one is not right."""


def main() -> None:
    """Run a command; exit 0 where it did its work, 1 where it failed, 2 for usage and config."""
    try:
        # Without its standalone mode click gives back the code that a command ended with.
        code = cli(prog_name="watcher", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        sys.exit(130)
    sys.exit(code if isinstance(code, int) else 0)
