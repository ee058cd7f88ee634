"""How commands print: tables on a terminal, plain columns otherwise, JSON on request."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click
import msgspec

from watcher.terminal import printable, printable_json, printable_line


def say(text: str, *, error: bool = False) -> None:
    """A text for people, on standard output or standard error."""
    click.echo(printable(text), err=error)


def print_json(value: object) -> None:
    """One JSON document, indented."""
    click.echo(as_json(value))


def as_json(value: object) -> str:
    """What `print_json` prints."""
    encoded = msgspec.json.encode(value, enc_hook=str)
    return printable_json(msgspec.json.format(encoded, indent=2).decode())


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A table; on a terminal with colours and borders, else in plain columns, never cut.

    Job names, errors and what receivers said come from elsewhere: each stays in its cell.
    """
    cells = [[printable_line(_cell(value)) for value in row] for row in rows]
    if sys.stdout.isatty():
        _print_rich(title, columns, cells)
    else:
        _print_plain(title, columns, cells)


def show_message(channel: str, kind: str, text: str) -> None:
    """One message as its receiver would see it."""
    if not sys.stdout.isatty():
        say(f"--- {kind} · {channel} ---\n{text}\n")
        return
    from rich.console import Console
    from rich.panel import Panel
    from rich.text import Text

    title = Text(printable_line(f"{kind} · {channel}"))
    Console().print(Panel(Text(printable(text)), title=title, title_align="left"))


def _cell(value: object) -> str:
    return "–" if value is None or value == "" else str(value)


def _print_rich(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(title), title_justify="left", header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console().print(table)


def _print_plain(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    click.echo(f"# {title}")
    if not rows:
        click.echo("(none)\n")
        return
    lines = [list(columns), *rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(columns))]
    for line in lines:
        padded = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        click.echo("  ".join(padded).rstrip())
    click.echo()
