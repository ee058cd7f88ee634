"""How commands print: tables on a terminal, plain columns otherwise, JSON on request."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import click
import msgspec

from watcher.terminal import printable, printable_json, printable_line

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

FOLDED: Final = 24
"""A cell wider than this (columns of the terminal) may be folded, down to this."""
GAP: Final = 2
STYLES: Final = MappingProxyType(
    {
        **dict.fromkeys(("firing", "dead", "failed", "FAILED", "no"), "red"),
        **dict.fromkeys(("pending", "waiting", "leased", "stuck", "stopped"), "yellow"),
        **dict.fromkeys(("delivered", "RUNNING", "SUCCESS", "yes"), "green"),
    }
)
"""The colour of a cell that is such a word."""


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


def print_line(value: object) -> None:
    """One JSON document on one line, for programs that read a stream."""
    click.echo(printable_json(msgspec.json.encode(value, enc_hook=str).decode()))


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A table; on a terminal with colours and as wide as that is, else plain; never cut.

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
    """A table where it fits the terminal, wide cells folded; else each row as a few lines."""
    from rich.cells import cell_len
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    console.print(Text(title, style="bold underline"))
    if not rows:
        console.print(Text("none", style="dim"), end="\n\n")
        return
    lines = [columns, *rows]
    widths = [max(cell_len(line[i]) for line in lines) for i in range(len(columns))]
    if _least(widths) <= console.width:
        console.print(_grid(columns, rows, widths))
        console.print()
        return
    for row in rows:
        console.print(_card(columns, row))
        console.print()


def _least(widths: Sequence[int]) -> int:
    """How narrow a table may become before its cells can no longer be read."""
    return sum(min(width, FOLDED) + GAP for width in widths) - GAP


def _grid(columns: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int]) -> Table:
    from rich.table import Table

    table = Table(box=None, header_style="bold", padding=(0, GAP, 0, 0), pad_edge=False)
    for column, width in zip(columns, widths, strict=True):
        narrow = width <= FOLDED
        table.add_column(column, overflow="fold", no_wrap=narrow, min_width=min(width, FOLDED))
    for row in rows:
        table.add_row(*map(_styled, row))
    return table


def _card(columns: Sequence[str], row: Sequence[str]) -> Table:
    from rich.table import Table
    from rich.text import Text

    card = Table.grid(padding=(0, GAP, 0, 0))
    card.add_column(no_wrap=True)
    card.add_column(overflow="fold")
    for column, cell in zip(columns, row, strict=True):
        card.add_row(Text(column, style="bold"), _styled(cell))
    return card


def _styled(cell: str) -> Text:
    """The cell in the colour of the word that it begins with, where that has one."""
    from rich.text import Text

    return Text(cell, style=STYLES.get(cell.partition(",")[0], ""))


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
