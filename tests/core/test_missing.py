"""The alerts of `missing`: asked for, and not in a whole answer."""

from __future__ import annotations

import pytest

from tests.core.playbook import World, rule, run

BEGAN = ["began lost @ops"]


def world(*names: str, **more: object) -> World:
    lost = rule("lost", "missing", "warning", **more)  # type: ignore[arg-type]
    return World(lost, rule("down", "state-mismatch", remind="1m"), jobs=names or ["a"])


def absent_for(world: World, span: str, name: str = "a") -> list[str]:
    told, end = [], world.now
    world.waits(span)
    end, world.now = world.now, end
    while world.now < end:
        world.waits("10s")
        told += world.reads(asked=[name])
    return told


def test_an_exact_name_is_missing_after_five_minutes() -> None:
    """An exact name counts from the first whole answer that lacks it."""
    found = world()
    assert [] == found.reads(asked=["a"])
    assert [] == absent_for(found, "290s")
    assert BEGAN == absent_for(found, "10s")
    assert [] == absent_for(found, "10m")
    assert ["recovered lost @ops"] == found.reads(run("a"))


def test_the_span_is_the_rules_own() -> None:
    """`for = "0s"` tells at once."""
    found = world(lasts="0s")
    assert BEGAN == found.reads(asked=["a"])


def test_back_in_time_is_told_to_nobody() -> None:
    """A name that an answer lacks once or twice is no alarm."""
    found = world()
    found.reads(run("a"))
    absent_for(found, "4m")
    assert [] == found.reads(run("a"))
    assert [] == absent_for(found, "4m")


def test_a_pattern_job_counts_once_an_answer_held_it() -> None:
    """What discovery found and no answer ever held is not missing: it may be new."""
    found = world("*")
    found.lists("a")
    assert [] == absent_for(found, "1h")
    assert {} == found.store.alerts


def test_a_pattern_job_fires_only_after_a_younger_listing_has_it() -> None:
    """It cannot fire before discovery has answered; a listing that has it confirms it."""
    found = world("*")
    found.lists("a")
    found.reads(run("a"))
    assert [] == absent_for(found, "6m")
    found.lists("a")
    assert BEGAN == absent_for(found, "10s")


def test_a_listing_before_the_absence_does_not_count() -> None:
    """Only a listing younger than the absence confirms it, also after a restart."""
    found = world("*")
    found.lists("a")
    found.reads(run("a"))
    absent_for(found, "4m")
    found.lists("a")
    found.restarts(after="2m")
    assert [] == absent_for(found, "1m")
    found.lists("a")
    assert BEGAN == absent_for(found, "10s")


def test_a_failed_listing_confirms_nothing() -> None:
    """A discovery that failed has not answered."""
    found = world("*")
    found.lists("a")
    found.reads(run("a"))
    absent_for(found, "4m")
    found.cannot_list()
    assert [] == absent_for(found, "2m")


def test_an_outage_is_no_absence() -> None:
    """A failed reading begins no clock and fires none; the clock that runs counts through it."""
    found = world()
    found.reads(run("a"))
    for _ in range(60):
        found.waits("10s")
        assert [] == found.fails("a")
    assert [] == found.reads(asked=["a"])
    found.waits("10m")
    assert [] == found.fails("a")
    assert BEGAN == found.reads(asked=["a"])


def test_nothing_else_is_told_while_it_is_missing() -> None:
    """The other alerts of a missing job stay as they are: no reminder, no end, no beginning."""
    found = world()
    assert ["began down @ops"] == found.reads(run("a", "FAILED"))
    assert BEGAN == absent_for(found, "310s")
    assert [] == absent_for(found, "1h")
    assert ["recovered lost @ops", "reminder down @ops"] == found.reads(run("a", "FAILED"))


def test_a_clock_runs_on_through_absence() -> None:
    """A mismatch that is there before and after counts from its beginning."""
    found = World(rule("down", "state-mismatch"), rule("lost", "missing"))
    found.reads(run("a"))
    assert [] == found.reads(run("a", "PAUSED"))
    absent_for(found, "2m")
    assert ["began down @ops"] == found.reads(run("a", "PAUSED"))


def test_it_is_reminded_of() -> None:
    """`remind_every` holds for what is missing, too."""
    found = world(lasts="0s", remind="5m")
    found.reads(asked=["a"])
    assert ["reminder lost @ops"] == absent_for(found, "5m")


def test_a_name_that_stands_twice_hides_no_other() -> None:
    """An answer that repeats a name may be as long as what was asked and still lack one."""
    found = World(rule("lost", "missing"), jobs=["a", "b"])
    told: list[str] = []
    for _ in range(8):
        told += found.reads(run("a"), run("a"), asked=["a", "b"])
        found.waits("1m")
    assert BEGAN == told


@pytest.mark.parametrize("there", [4, 5])
def test_an_answer_that_lost_five_or_more_is_not_believed(there: int) -> None:
    """None of five or more names that were there is an outage; of four, they are missing."""
    names = [f"j{number}" for number in range(there)]
    found = World(rule("lost", "missing", lasts="0s"), rule("dark", "blind"), jobs=[*names, "new"])
    found.reads(*map(run, names), asked=[*names, "new"])
    told = found.reads(run("new"), asked=[*names, "new"])
    assert (["recovered lost @ops"] if there < 5 else []) == told[:1]
    assert there * (there < 5) == told.count("began lost @ops")
    if there >= 5:
        found.waits("5m")
        assert ["began dark @ops"] == found.reads(asked=names)
        assert "empty" == found.last[0].event.facts.cause
