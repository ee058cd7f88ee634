"""A robot never gets more attempts in any window than it takes."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.core.playbook import NOON
from watcher.core.pace import Limit, next_start

DINGTALK = Limit(18, timedelta(seconds=60))

limits = st.builds(
    Limit, st.integers(1, 20), st.integers(1, 60_000).map(lambda ms: timedelta(milliseconds=ms))
)
gaps = st.lists(st.integers(0, 20_000), max_size=120)


def times_of(limit: Limit, wishes: list[int]) -> list[datetime]:
    """When attempts begin, each wished for some milliseconds after the last one."""
    begun: list[datetime] = []
    now = NOON
    for wait in wishes:
        now = next_start(limit, begun, now + timedelta(milliseconds=wait))
        begun.append(now)
    return begun


@given(limits, gaps)
def test_no_window_holds_more_than_the_limit(limit: Limit, wishes: list[int]) -> None:
    """However the wishes come, any window holds at most `most` attempts."""
    begun = times_of(limit, wishes)
    for end in begun:
        assert limit.most >= sum(end - limit.window < at <= end for at in begun)


@given(limits, gaps)
def test_nobody_waits_without_need(limit: Limit, wishes: list[int]) -> None:
    """An attempt that waits would break the limit a moment sooner."""
    begun = times_of(limit, wishes)
    now = begun[-1] if begun else NOON
    start = next_start(limit, begun, now)
    if start > now:
        sooner = start - timedelta(microseconds=1)
        assert limit.most <= sum(sooner - limit.window < at for at in begun)


def test_eighteen_go_at_once_and_the_next_after_a_minute() -> None:
    """A burst goes out, and then the window has to pass."""
    begun = times_of(DINGTALK, [0] * 19)
    assert [NOON] * 18 == begun[:18]
    assert NOON + DINGTALK.window == begun[18]


def test_attempts_in_the_future_count_as_now() -> None:
    """A clock that was set back makes nobody wait longer than one window."""
    future = [NOON + timedelta(days=1)] * 18
    assert NOON + DINGTALK.window == next_start(DINGTALK, future, NOON)


def test_more_than_the_limit_in_the_window_waits_for_enough_to_leave() -> None:
    """Where the limit was lowered, it waits until fewer than `most` are left."""
    begun = [NOON + timedelta(seconds=second) for second in range(5)]
    now = NOON + timedelta(seconds=10)
    limit = Limit(2, timedelta(seconds=60))
    assert NOON + timedelta(seconds=63) == next_start(limit, begun, now)
