"""How the service stands, in one line for `systemctl status`."""

from __future__ import annotations

from collections.abc import Sequence

from watcher.core.alert import Phase
from watcher.core.state import State


def status_of(state: State, waiting: int, wrong: Sequence[str] = ()) -> str:
    """The line for this moment, from counts that are there already; `waiting` is the store's."""
    jobs = sum(state.census.jobs.values())
    firing = sum(
        number for (_, _, phase), number in state.census.alerts.items() if phase is Phase.FIRING
    )
    return status_line(jobs, firing, waiting, wrong)


def status_line(jobs: int, firing: int, waiting: int, wrong: Sequence[str] = ()) -> str:
    """Jobs that are known, alerts that fire, messages that wait to be delivered.

    What is wrong stands first, as a terminal may cut the end off.
    """
    known = "1 job" if jobs == 1 else f"{jobs:,} jobs"
    line = f"{known}, {firing:,} firing, {waiting:,} waiting"
    return f"{_gist(wrong)}; {line}" if wrong else line


def _gist(wrong: Sequence[str]) -> str:
    more = len(wrong) - 1
    return f"{wrong[0]} (and {more:,} more)" if more else wrong[0]
