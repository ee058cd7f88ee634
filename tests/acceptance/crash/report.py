"""The table of a crash test, as it stands in docs/reliability.md."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tests.acceptance.crash.judge import Verdict

HEAD = (
    *("killed", "kills", "changes", "messages", "lost", "invented", "out of order"),
    *("sends under way", "told twice", "without excuse", "answers lost", "other bodies", "ledger"),
)


@dataclass
class Row:
    """All runs of one way to be killed."""

    words: str
    kills: int = 0
    verdicts: list[Verdict] = field(default_factory=list)

    def cells(self) -> list[str]:
        """What stands in the table."""
        found = self.verdicts
        numbers = (
            self.kills,
            sum(one.changes for one in found),
            sum(one.told for one in found),
            sum(len(one.lost) for one in found),
            sum(len(one.invented) for one in found),
            sum(len(one.disordered) for one in found),
            sum(one.under_way for one in found),
            sum(one.duplicates for one in found),
            sum(len(one.unexcused) for one in found),
            sum(one.answers_lost for one in found),
            sum(len(one.different) for one in found),
        )
        books = "balances" if not any(one.books for one in found) else "DOES NOT BALANCE"
        return [self.words, *map(str, numbers), books]

    @property
    def faults(self) -> list[str]:
        """What must not be, in words."""
        return [f"{self.words}: {fault}" for one in self.verdicts for fault in one.faults]


def table(rows: Iterable[Row]) -> str:
    """The rows and their sum, in Markdown."""
    found = list(rows)
    whole = Row(
        "all",
        sum(row.kills for row in found),
        [verdict for row in found for verdict in row.verdicts],
    )
    lines = [HEAD, ["---", *["--:"] * (len(HEAD) - 2), "---"]]
    lines += [row.cells() for row in (*found, whole)]
    return "\n".join(map(_line, lines))


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
