"""A case of the matrix, and what came of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.acceptance.faults.stage import Stage


@dataclass(frozen=True)
class Case:
    """One fault: what goes wrong and with whom, what must be told of it, and how it is played.

    `expected` is the promise, in words, that the play then holds the process to.  `share` is how
    much of the machine the case takes, of the runner's shares; `limit` is when it is given up.
    """

    name: str
    fault: str
    whom: str
    expected: str
    play: Callable[[Stage], Awaitable[None]]
    share: int = 1
    limit: float = 120.0


@dataclass
class Row:
    """What came of a case: a line of the table; `misses` are the expectations that failed."""

    case: Case
    told: list[str] = field(default_factory=list)
    when: list[str] = field(default_factory=list)
    over: list[str] = field(default_factory=list)
    peak: int = 0
    size: int = 0
    ledger: str = "not asked"
    seconds: float = 0.0
    misses: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether everything came as expected."""
        return not self.misses
