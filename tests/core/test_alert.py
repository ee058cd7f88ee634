"""The table of an alert's transitions is total and says what it should."""

from __future__ import annotations

from itertools import product

import pytest

from watcher.core.alert import TRANSITIONS, Phase, Signal
from watcher.core.notification import Reason

LIVING = (Phase.PENDING, Phase.FIRING)


def test_every_living_phase_knows_every_signal() -> None:
    """There is no pair for which the core would have to guess."""
    assert set(product(LIVING, Signal)) == TRANSITIONS.keys()


@pytest.mark.parametrize("signal", Signal)
def test_a_pending_alert_tells_nothing_but_its_beginning(signal: Signal) -> None:
    """Pending speaks only when it becomes due; what ends it withdraws it."""
    phase, reason = TRANSITIONS[(Phase.PENDING, signal)]
    assert (Reason.BEGAN if signal is Signal.DUE else None) is reason
    assert phase in (Phase.PENDING, Phase.FIRING, Phase.WITHDRAWN)


ENDS = {
    Signal.SETTLED: Reason.RECOVERED,
    Signal.PLANNED: Reason.PLANNED,
    Signal.GONE: Reason.GONE,
    Signal.UNWATCHED: Reason.UNWATCHED,
}


@pytest.mark.parametrize("signal", Signal)
def test_a_firing_alert_always_says_why_it_ends(signal: Signal) -> None:
    """Each end has its reason, and nothing else resolves it."""
    phase, reason = TRANSITIONS[(Phase.FIRING, signal)]
    assert (Phase.RESOLVED if signal in ENDS else Phase.FIRING) is phase
    if signal in ENDS:
        assert ENDS[signal] is reason
    else:
        expected = {Signal.WORSE: Reason.WORSE, Signal.AGAIN: Reason.AGAIN}
        assert expected.get(signal) is reason
