"""docs/commands.md, made of what `--help` says of every command."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click

from watcher.cli.manual import ENVIRONMENT, EXIT_STATUS, FILES, SHARED
from watcher.cli.root import COMMANDS, cli

HEAD = """\
# Commands

Written from the code by `python -m tests.reference`. Each command takes `--config FILE`, before or
after its name, and `--help`. `watcher man | man -l -` shows the same as a manual page, and
`watcher completion SHELL` lets a shell complete it.
"""


def page() -> str:
    """The whole document."""
    context = click.Context(cli, info_name="watcher")
    parts = [HEAD]
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command
        parts += _command(command, click.Context(command, parent=context, info_name=name))
    parts += _table("Exit status", EXIT_STATUS)
    parts += _table("Environment", ENVIRONMENT)
    parts += _table("Files", FILES)
    return "\n".join(parts)


def _command(command: click.Command, context: click.Context, depth: int = 2) -> Iterator[str]:
    pieces = " ".join(command.collect_usage_pieces(context))
    yield f"{'#' * depth} `{context.command_path}`\n"
    yield f"    {context.command_path} {pieces}\n"
    yield from (
        f"{' '.join(p.split())}\n" for p in re.split(r"\n\s*\n", (command.help or "").strip())
    )
    options = [one for one in command.get_params(context) if one.name not in SHARED]
    records = [record for one in options if (record := one.get_help_record(context)) and record[1]]
    if records:
        yield "| option | does |\n|---|---|"
        yield from (f"| `{_cell(term)}` | {_cell(meaning)} |" for term, meaning in records)
        yield ""
    if command.epilog:
        yield f"{command.epilog.replace('Example: ', 'Example: `', 1)}`\n"
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            word = command.get_command(context, name)
            assert word
            yield from _command(
                word, click.Context(word, parent=context, info_name=name), depth + 1
            )


def _table(title: str, rows: tuple[tuple[str, str], ...]) -> Iterator[str]:
    yield f"## {title}\n\n| | |\n|---|---|"
    yield from (f"| `{term}` | {meaning} |" for term, meaning in rows)
    yield ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
