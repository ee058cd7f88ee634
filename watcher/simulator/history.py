"""Keep a truthful, bounded record of what the simulated API did: changes, answers, counts."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from watcher.simulator.job import FieldValue


@dataclass(frozen=True, slots=True)
class Change:
    """One job changed at a moment (seconds since 1970).

    `fields` holds (before, after) by the names of Job's fields. `revision` grows by one with every
    change of any job, so that an answer's revision says what it was made from.
    """

    revision: int
    at: float
    project: str
    job: str
    fields: Mapping[str, tuple[FieldValue, FieldValue]]


@dataclass(frozen=True, slots=True)
class Answer:
    """One request that was let in and answered, or failed, at a moment (seconds since 1970).

    It was made from the jobs as they stood at `revision`. `names` are the jobs it was asked for
    (none for ListJob), `returned` is how many it told (none where a failure took its place),
    `number` is what a wobbling InputDelay was drawn with, `outcome` is "ok" or the kinds of the
    faults that happened. Numbers are consecutive: one who fetches them in parts sees a gap.
    """

    number: int
    at: float
    operation: str
    project: str
    names: tuple[str, ...]
    returned: int
    revision: int
    outcome: str


class History:
    """The last changes and answers, and counters since the start."""

    def __init__(self, max_changes: int = 100_000, max_answers: int = 10_000) -> None:
        self._changes: deque[Change] = deque(maxlen=max_changes)
        self._answers: deque[Answer] = deque(maxlen=max_answers)
        self._counts: Counter[tuple[str, str]] = Counter()
        self.revision = 0
        """The number of changes since the start; those that were dropped included."""
        self.answered = 0
        """The number of answers since the start; those that were dropped included."""

    @property
    def complete(self) -> bool:
        """Whether no change and no answer was dropped for want of room."""
        return self.revision == len(self._changes) and self.answered == len(self._answers)

    def note_change(
        self,
        at: float,
        project: str,
        job: str,
        fields: Mapping[str, tuple[FieldValue, FieldValue]],
    ) -> None:
        """Record that the job's fields went from before to after."""
        self.revision += 1
        self._changes.append(Change(self.revision, at, project, job, fields))

    def note_answer(self, answer: Answer) -> None:
        """Record an answer."""
        self.answered += 1
        self._answers.append(answer)

    def count(self, operation: str, outcome: str) -> None:
        """Count a request by its operation and what became of it."""
        self._counts[operation, outcome] += 1

    def changes(self, after_revision: int = 0) -> list[Change]:
        """Return the changes later than that revision, the oldest first."""
        return [change for change in self._changes if change.revision > after_revision]

    def answers(self, after_number: int = 0) -> list[Answer]:
        """Return the answers later than that number, the oldest first."""
        return [answer for answer in self._answers if answer.number > after_number]

    def counts(self) -> dict[str, dict[str, int]]:
        """Return the number of requests by operation, then outcome."""
        return _nested(self._counts.items())


def _nested(counts: Iterable[tuple[tuple[str, str], int]]) -> dict[str, dict[str, int]]:
    nested: dict[str, dict[str, int]] = {}
    for (operation, outcome), count in counts:
        nested.setdefault(operation, {})[outcome] = count
    return nested
