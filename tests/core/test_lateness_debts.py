"""Every deadline takes a success or is told: the alerts of `batch-late` against a ledger."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.core.playbook import World, rule, run
from watcher.core.deadline import Deadline
from watcher.core.run_summary import BATCH, RunSummary

BEGAN = ["began late @ops"]
AGAIN = ["again late @ops"]
ENDED = ["recovered late @ops"]


def batch(actual: str, number: int) -> RunSummary:
    return run("a", actual, "SUCCESS", id=number)


class Ledger:
    """What is owed, told otherwise: a deadline takes a success or leaves a debt."""

    def __init__(self, due: Deadline) -> None:
        self._due = due
        self._seen_at: datetime | None = None
        self._credit = self.debt = False

    def take(
        self, now: datetime, *, success: bool, watched: bool = True, another: bool = False
    ) -> bool:
        """One reading; `success` is another run's than the last.  Whether a deadline was missed.

        What is found after a time in which nobody watched is for a deadline in it, or the next;
        where another run goes on by then, for the nearer one.
        """
        passed = 0
        at = self._seen_at and self._due.next(self._seen_at)
        while at is not None and at <= now:
            passed, at = passed + 1, self._due.next(at)
        before, missed = self.debt, False
        for _ in range(passed):
            self.debt, self._credit = self.debt or not self._credit, False
            missed = missed or self.debt
        nearer = self._due.next(now) - now < now - self._due.last(now)
        if another and not watched and not before and nearer:
            self.debt = False
        if success:
            late = before or (self.debt and watched)
            self._credit, self.debt = not late, False
        self._seen_at = now
        return missed and not success and (before or self.debt)


actuals = st.sampled_from(["RUNNING", "WAITING", "FAILED", "SUCCESS", "SUCCESS", "UNKNOWN"])
steps = st.lists(
    st.tuples(
        st.sampled_from([5, 30, 200, 700, 1440, 2000, 4400]),
        actuals,
        st.booleans(),
        st.sampled_from(["", "", "", "fails", "restarts"]),
    ),
    max_size=25,
)


@given(actuals, steps, st.frozensets(st.integers(0, 6), min_size=1))
def test_every_deadline_takes_a_success_or_is_told(
    first: str, story: list[tuple[int, str, bool, str]], days: frozenset[int]
) -> None:
    """Whatever the runs do, and whoever is away: it fires while one is owed, only then."""
    # No reading falls on it, where nobody could say for which deadline a success is.
    due = Deadline(time(13, 1), UTC, days)
    found = World(rule("late", "batch-late", deadline=due), job_type=BATCH)
    book, number, done = Ledger(due), 1, int(first == "SUCCESS")
    book.take(found.now, success=first == "SUCCESS")
    assert [] == found.reads(batch(first, 1))
    watched = True
    for minutes, actual, another, mishap in story:
        found.now += timedelta(minutes=minutes)
        if mishap == "fails":
            found.fails("a")
            watched = False
            continue
        if mishap == "restarts":
            found.restarts()
            watched = False
        number += another
        success = actual == "SUCCESS" and number != done
        done = number if success else done
        before = book.debt
        missed = book.take(found.now, success=success, watched=watched, another=another)
        watched = True
        expected = AGAIN if before and missed else BEGAN if missed else []
        expected = ENDED if before and not book.debt else expected
        assert expected == found.reads(batch(actual, number))
        assert book.debt is bool(found.store.alerts)
