"""Prints the matrix as a table in markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tests.acceptance.faults.case import Row

HEADS = (
    "fault",
    "on whom",
    "told",
    "when",
    "over",
    "peak RSS",
    "database + WAL",
    "ledger",
    "as expected",
)


def markdown(rows: Iterable[Row]) -> str:
    """A row for each case."""
    return "\n".join([_line(HEADS), _line("---" for _ in HEADS), *map(_row, rows)])


def _row(row: Row) -> str:
    case = row.case
    return _line(
        (
            f"{case.name}: {case.fault}",
            case.whom,
            "; ".join(row.told),
            "; ".join(row.when),
            "; ".join(row.over),
            f"{row.peak / 2**20:.0f} MiB",
            f"{row.size / 2**20:.1f} MiB",
            row.ledger,
            "yes" if row.holds else "NO: " + "; ".join(row.misses),
        )
    )


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(_cells(cells))} |"


def _cells(cells: Iterable[str]) -> Iterator[str]:
    for cell in cells:
        yield " ".join(cell.split()).replace("|", "\\|")
