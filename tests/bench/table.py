"""Prints the figures as one table."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.table import Table

from tests.bench.figure import Figure

WIDTH = 150


def print_table(figures: Iterable[Figure], caption: str) -> None:
    """What was measured, its goal, and how; plain text where there is no terminal."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDTH)
    table = Table(title="watcher, measured", caption=caption, show_lines=True)
    table.add_column("what", ratio=2)
    table.add_column("measured", ratio=2)
    table.add_column("goal", ratio=2)
    table.add_column("", width=4)
    table.add_column("how", ratio=4)
    for figure in figures:
        table.add_row(figure.what, figure.measured, figure.goal, _sign(figure.met), figure.how)
    console.print(table, markup=False)


def _sign(met: bool | None) -> str:
    return {True: "yes", False: "NO", None: ""}[met]
