"""What /metrics shows of the moment in which it is asked, from counts that are there already."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from watcher.core.alert import Phase
from watcher.core.event import LASTING
from watcher.core.plan import Plan
from watcher.core.run_summary import (
    FAILED,
    PAUSED,
    RUNNING,
    SUCCESS,
    TERMINATED,
    UNKNOWN,
    WAITING,
)
from watcher.core.state import State
from watcher.core.why import BY_PEOPLE
from watcher.telemetry.standing import Standing

NAMED: Final = frozenset({RUNNING, WAITING, PAUSED, TERMINATED, SUCCESS, FAILED, UNKNOWN})
"""The states that are shown by name: others are an API's own words, of which there may be many."""
OTHER: Final = "other"
NONE: Final = "none"
"""Words for what has no name of its own here; no state is written in small letters."""


def standing_of(state: State, *, ready: bool) -> Standing:
    """The numbers of this moment: a look at the counts, never at each job."""
    return Standing(jobs=_jobs(state), alerts=_alerts(state), gates=_gates(state.shut), ready=ready)


def _jobs(state: State) -> Counter[tuple[str, ...]]:
    jobs: Counter[tuple[str, ...]] = Counter()
    for (source, expect, actual), number in state.census.jobs.items():
        if source in state.plan.sources:
            jobs[source, _word(expect), _word(actual)] += number
    return jobs


def _word(state: str | None) -> str:
    if state is None:
        return NONE
    return state if state in NAMED else OTHER


def _alerts(state: State) -> Counter[tuple[str, ...]]:
    """Those that live, and a 0 for each that may come: a graph of nothing is a line, not a gap."""
    alerts = Counter(dict.fromkeys(_possible(state.plan), 0))
    severities = {rule.name: rule.severity.word for rule in state.plan.rules}
    for (rule, kind, phase), number in state.census.alerts.items():
        alerts[phase.value, kind.value, severities.get(rule, NONE)] += number
    return alerts


def _possible(plan: Plan) -> Iterator[tuple[str, ...]]:
    for rule in plan.rules:
        for kind in rule.on:
            if kind in LASTING or rule.counts:
                for phase in (Phase.PENDING, Phase.FIRING):
                    yield phase.value, kind.value, rule.severity.word


def _gates(shut: frozenset[str]) -> Counter[tuple[str, ...]]:
    """By the first half of each gate's key, which says who closed it."""
    gates: Counter[tuple[str, ...]] = Counter({(why.value,): 0 for why in sorted(BY_PEOPLE)})
    gates.update((gate.partition(":")[0],) for gate in shut)
    return gates
