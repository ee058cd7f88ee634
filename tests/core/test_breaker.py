"""When a channel may be tried."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.playbook import NOON
from watcher.core.breaker import (
    FAILURES_TO_OPEN,
    LONGEST_BACKOFF,
    Breaker,
    after_attempt,
    probe_now,
    retry_delay,
)
from watcher.core.outcome import Fate, Outcome

EVEN = 0.5
"""The jitter that changes nothing."""

RETRY = Outcome(Fate.RETRY, "503")
THROTTLED = Outcome(Fate.THROTTLED, "slow down")
REFUSED = Outcome(Fate.REFUSED, "keywords")
DELIVERED = Outcome(Fate.DELIVERED)
OUTCOMES = [RETRY, THROTTLED, REFUSED, DELIVERED, Outcome(Fate.REJECTED), Outcome(Fate.TOO_LONG)]


def after(*outcomes: Outcome, breaker: Breaker | None = None) -> Breaker:
    found, now = breaker or Breaker(), NOON
    for outcome in outcomes:
        now = max(found.probe_at or now, now)
        found = after_attempt(found, outcome, now, EVEN)
    return found


def test_three_failures_in_a_row_open_it() -> None:
    """Two failures are not enough, three are, and a delivery between them counts anew."""
    assert not after(RETRY, RETRY).is_open
    assert after(RETRY, RETRY, RETRY).is_open
    assert not after(RETRY, RETRY, DELIVERED, RETRY, RETRY).is_open


@pytest.mark.parametrize(
    "outcome", [THROTTLED, REFUSED, Outcome(Fate.RETRY, retry_after=timedelta(seconds=3))]
)
def test_a_throttle_a_refusal_or_retry_after_opens_it_at_once(outcome: Outcome) -> None:
    """What a receiver says itself needs no second try."""
    assert after(outcome).is_open


def test_probes_double_to_a_minute() -> None:
    """1 s doubling to 60 s while the probes fail."""
    waits, breaker, now = [], after(RETRY, RETRY), NOON
    for _ in range(9):
        breaker = after_attempt(breaker, RETRY, now, EVEN)
        assert breaker.probe_at is not None
        waits.append((breaker.probe_at - now).total_seconds())
        assert not breaker.may_probe(now)
        now = breaker.probe_at
        assert breaker.may_probe(now)
    assert [1, 2, 4, 8, 16, 32, 60, 60, 60] == waits


def test_retry_after_holds_if_it_is_longer() -> None:
    """A longer Retry-After is obeyed, a shorter one does not shorten the wait."""
    long = after(Outcome(Fate.THROTTLED, retry_after=timedelta(minutes=10)))
    assert timedelta(minutes=10) + NOON == long.probe_at
    failing = after(RETRY, RETRY, RETRY, RETRY, RETRY)
    assert failing.probe_at is not None
    short = Outcome(Fate.RETRY, retry_after=timedelta(milliseconds=1))
    next_probe = after_attempt(failing, short, failing.probe_at, EVEN).probe_at
    assert failing.probe_at + timedelta(seconds=8) == next_probe


def test_a_refused_channel_is_probed_each_minute() -> None:
    """One delivery probes each minute while the receiver refuses us."""
    breaker = after(REFUSED)
    assert NOON + timedelta(minutes=1) == breaker.probe_at
    assert breaker.refused


@pytest.mark.parametrize("outcome", OUTCOMES[3:])
def test_a_receiver_that_answers_closes_it(outcome: Outcome) -> None:
    """A delivery closes the gate, and so does a refusal of the message alone."""
    assert Breaker() == after(RETRY, RETRY, RETRY, outcome)


def test_a_refusal_is_not_over_because_nobody_answers() -> None:
    """After a refusal a time-out proves nothing; a throttle or a delivery does."""
    assert after(REFUSED, RETRY).refused
    assert not after(REFUSED, THROTTLED).refused
    assert not after(RETRY, RETRY, RETRY).refused


def test_it_remembers_since_when() -> None:
    """`since` is when it opened, however often it was probed."""
    assert NOON == after(REFUSED, REFUSED, RETRY, THROTTLED).since


@given(st.lists(st.sampled_from(OUTCOMES), max_size=100), st.floats(0, 1, exclude_max=True))
def test_probes_never_come_too_soon_or_too_late(outcomes: list[Outcome], jitter: float) -> None:
    """An open gate lets a probe through within 0.8 s and 60 s; a closed one has few failures.

    So what a receiver is owed reaches it within a minute of its return.
    """
    breaker = Breaker()
    for outcome in outcomes:
        breaker = after_attempt(breaker, outcome, NOON, jitter)
        if breaker.is_open:
            assert breaker.probe_at is not None
            wait = breaker.probe_at - NOON
            assert timedelta(seconds=0.8) <= wait <= timedelta(seconds=60)
        else:
            assert breaker.failures < FAILURES_TO_OPEN


@pytest.mark.parametrize(
    "attempts, seconds",
    [(0, 1), (1, 1), (2, 2), (3, 4), (6, 32), (7, 60), (8, 60), (2000, 60), (10**9, 60)],
)
def test_a_failed_delivery_waits_longer_each_time(attempts: int, seconds: int) -> None:
    """1 s, 2 s, 4 s … and a minute, however many attempts there were."""
    assert timedelta(seconds=seconds) == retry_delay(attempts, EVEN)


@given(st.integers(0, 10_000), st.floats(0, 1, exclude_max=True))
def test_jitter_spreads_by_a_fifth(attempts: int, jitter: float) -> None:
    """No jitter leads beyond a fifth of the wait."""
    even, spread = retry_delay(attempts, EVEN), retry_delay(attempts, jitter)
    assert even * 0.8 <= spread <= even * 1.2
    assert spread <= LONGEST_BACKOFF * 1.2


def test_a_person_ends_our_own_wait() -> None:
    """Who mended the robot need not wait for the minute that we chose."""
    breaker = after(REFUSED)
    assert NOON + timedelta(seconds=7) == probe_now(breaker, NOON + timedelta(seconds=7)).probe_at
    assert Breaker() == probe_now(Breaker(), NOON)


@pytest.mark.parametrize(
    "outcomes",
    [
        [Outcome(Fate.THROTTLED, retry_after=timedelta(minutes=10))],
        [Outcome(Fate.RETRY, retry_after=timedelta(minutes=10))],
        [THROTTLED],
        [Outcome(Fate.THROTTLED, retry_after=timedelta(minutes=10)), RETRY],
    ],
)
def test_a_person_does_not_end_the_receiver_s_wait(outcomes: list[Outcome]) -> None:
    """What Retry-After or a throttle asked for is kept, also after another failure."""
    breaker = Breaker()
    for outcome in outcomes:
        breaker = after_attempt(breaker, outcome, NOON, EVEN)
    asked = max(NOON + (one.retry_after or timedelta(0)) for one in outcomes)
    assert (breaker.probe_at if outcomes == [THROTTLED] else asked) == breaker.not_before
    assert breaker.not_before is not None
    assert not probe_now(breaker, NOON).may_probe(NOON)


def test_a_longer_wait_of_ours_is_cut_to_what_the_receiver_asked() -> None:
    """A wait that doubled to a minute ends when the receiver's three seconds are over."""
    breaker = Breaker()
    for _ in range(9):
        breaker = after_attempt(breaker, RETRY, NOON, EVEN)
    breaker = after_attempt(breaker, Outcome(Fate.RETRY, retry_after=timedelta(seconds=3)), NOON, 0)
    assert NOON + timedelta(seconds=3) == probe_now(breaker, NOON).probe_at
