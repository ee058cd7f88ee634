"""How many jobs stand in which states and how many alerts live, counted as they change."""

from __future__ import annotations

from collections import Counter
from typing import TypeAlias, TypeVar

from watcher.core.alert import Alert, Phase
from watcher.core.event import Kind
from watcher.core.job import JobRecord

Stand: TypeAlias = tuple[str, str | None, str | None]
"""A source, an ExpectState and an ActualState; `None` where the API gave none, or nothing yet."""

Watch: TypeAlias = tuple[str, Kind, Phase]
"""A rule, a kind and a phase."""

Key = TypeVar("Key")


class Census:
    """The counts of one state, without looking at every job: who asks for them pays nothing.

    `jobs` has each combination of states that a job stands in, `alerts` those that are pending or
    firing; what nothing stands in is not there.
    """

    def __init__(self) -> None:
        self.jobs: Counter[Stand] = Counter()
        self.alerts: Counter[Watch] = Counter()

    def move_job(self, before: JobRecord | None, after: JobRecord | None) -> None:
        """A job was so and is now so; `None` where it was or is none."""
        old = None if before is None else _stand(before)
        _move(self.jobs, old, None if after is None else _stand(after))

    def move_alert(self, before: Alert | None, after: Alert | None) -> None:
        """An alert was so and is now so; `None` where it did not live or does not any more."""
        old = None if before is None else _watch(before)
        _move(self.alerts, old, None if after is None else _watch(after))


def _stand(record: JobRecord) -> Stand:
    run, source = record.run, record.subject.source or ""
    return (source, None, None) if run is None else (source, run.expect_state, run.actual_state)


def _watch(alert: Alert) -> Watch:
    return alert.rule, alert.kind, alert.phase


def _move(counts: Counter[Key], before: Key | None, after: Key | None) -> None:
    if before == after:
        return
    if before is not None:
        counts[before] -= 1
        if not counts[before]:
            del counts[before]
    if after is not None:
        counts[after] += 1
