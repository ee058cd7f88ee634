"""A wall clock that is set while watching: everything happens as if it always showed that time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.playbook import World, plan, rule, run
from watcher.core.run_summary import RunSummary
from watcher.core.speechless import ChannelHealth

RULES = (
    rule("down", "state-mismatch", remind="2m", notify=["ops", "audit"], stopped="10s", keep="15s"),
    rule("late", "input-delay", lasts="30s", threshold=1000),
    rule("lost", "missing", lasts="40s"),
    rule("dark", "blind", lasts="30s", remind="1m"),
    rule("errors", "new-error", repeat_after="1m"),
    rule("loop", "restart", count=2, within="1m"),
    rule("after", "reconciled", "info"),
)
JUMPS = [timedelta(hours=1), -timedelta(hours=1), timedelta(days=1), -timedelta(days=1)]
RIGHT, WRONG = run("a"), run("a", "PAUSED")
STORY: tuple[tuple[RunSummary, ...] | None, ...] = (
    (RIGHT,),
    (run("a", delay=5000),),
    *(((run("a", delay=5000),),) * 5),
    *(((WRONG,),) * 20),
    *((None,) * 9),
    *(((run("a", error="x broke", error_at=1000 * n, id=n),)) for n in range(1, 12)),
    *(((),) * 8),
    *(((RIGHT,),) * 8),
)
"""What each poll gives, one every ten seconds; `None` is an outage, `()` a whole empty answer."""


def told(jump_at: int | None, by: timedelta = timedelta(0)) -> list[list[str]]:
    """What each poll of the story makes told, with the clock set before one of them."""
    world, said = World(file=plan(*RULES)), []
    for number, answer in enumerate(STORY):
        world.waits("10s")
        if number == jump_at:
            world.sets_clock(by)
        found = world.fails("a") if answer is None else world.reads(*answer, asked=["a"])
        said.append(found + world.ticks(ChannelHealth("ops")))
    return said


PLAIN = told(None)


@pytest.mark.parametrize("by", JUMPS, ids=str)
@given(jump_at=st.integers(0, len(STORY) - 1))
def test_nothing_is_told_earlier_later_or_otherwise(by: timedelta, jump_at: int) -> None:
    """At whatever moment of a long story the clock is set, each poll tells what it would have."""
    assert PLAIN == told(jump_at, by)


def test_the_story_has_every_clock_in_it() -> None:
    """The comparison is worth something: every rule speaks, reminders and ends too."""
    said = " ".join(line for lines in PLAIN for line in lines)
    for expected in (
        *("began down", "reminder down", "recovered down", "began late", "began lost"),
        *("recovered lost", "began dark", "recovered dark", "began loop", "recovered loop"),
        *("began errors", "began after"),
    ):
        assert f"{expected} @" in said


@pytest.mark.parametrize("by", JUMPS, ids=str)
def test_a_restart_after_it_finds_the_clocks_moved(by: timedelta) -> None:
    """What was moved is saved: a pending alert fires after the rest of its time, not at once."""
    world = World(rule("down", "state-mismatch", stopped="60s"))
    world.reads(RIGHT)
    world.waits("10s")
    world.reads(WRONG)
    world.waits("20s")
    world.sets_clock(by)
    world.restarts()
    assert [] == world.reads(WRONG)
    world.waits("20s")
    assert [] == world.reads(WRONG)
    world.waits("20s")
    assert ["began down @ops"] == world.reads(WRONG)


@pytest.mark.parametrize("by", JUMPS, ids=str)
def test_a_message_says_how_long_it_really_lasted(by: timedelta) -> None:
    """The end of what began before the clock was set counts the real span."""
    world = World(rule("down", "state-mismatch", stopped="0s", keep="0s"))
    world.reads(RIGHT)
    world.waits("10s")
    world.reads(WRONG)
    world.waits("1m")
    world.sets_clock(by)
    world.reads(RIGHT)
    (end,) = world.last
    assert end.began_at is not None
    assert end.ended_at is not None
    assert timedelta(minutes=1) == end.ended_at - end.began_at
