"""How the service stands, in one line for `systemctl status`."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from watcher.core.state import State


class Standing(msgspec.Struct, frozen=True):
    """The jobs that are known, the alerts that fire, the messages that wait to be delivered."""

    jobs: int = 0
    firing: int = 0
    waiting: int = 0


def standing(state: State, waiting: int) -> Standing:
    """Count what is in memory; `waiting` is the store's number."""
    found = (alert for alerts in state.alerts.values() for alert in alerts.values())
    return Standing(
        jobs=sum(map(len, state.jobs.values())),
        firing=sum(alert.fires for alert in found),
        waiting=waiting,
    )


def status_line(now: Standing, wrong: Sequence[str] = ()) -> str:
    """One line, in which what is wrong stands first, as a terminal may cut the end off."""
    jobs = "1 job" if now.jobs == 1 else f"{now.jobs:,} jobs"
    line = f"{jobs}, {now.firing:,} firing, {now.waiting:,} waiting"
    return f"{_gist(wrong)}; {line}" if wrong else line


def _gist(wrong: Sequence[str]) -> str:
    more = len(wrong) - 1
    return f"{wrong[0]} (and {more:,} more)" if more else wrong[0]
