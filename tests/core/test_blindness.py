"""The alerts of `blind`, and `reconciled` after it and after a long absence."""

from __future__ import annotations

import pytest

from tests.core.playbook import NOON, World, plan, rule, run
from watcher.core.reading import PERMANENT, Cause
from watcher.core.step import Why

DARK = rule("dark", "blind")
AFTER = rule("after", "reconciled", "info")
BEGAN = ["began dark @ops"]
ENDED = ["recovered dark @ops"]


def world(*names: str) -> World:
    found = World(DARK, AFTER, jobs=names or ["a", "b"])
    found.reads(*map(run, names or ["a", "b"]))
    found.waits("10s")
    return found


def test_it_is_told_after_five_minutes_without_a_good_answer() -> None:
    """How many of how many, since when, why, and when the last good answer was."""
    found = world()
    assert [] == found.fails("a", "b")
    assert [] == found.passes("290s")
    assert BEGAN == found.passes("10s")
    facts = found.last[0].event.facts
    assert (2, 2, "timeout", NOON) == (
        facts.affected,
        facts.total,
        facts.cause,
        facts.last_good_at,
    )
    assert found.now > found.last[0].event.detected_at
    assert [] == found.passes("1h")


def test_it_ends_when_every_job_has_a_good_answer() -> None:
    """One good batch of two does not end it."""
    found = world()
    found.fails("a")
    found.fails("b")
    assert BEGAN == found.passes("5m")
    assert [] == found.reads(run("a"))
    assert [] == found.passes("1m")
    assert ENDED == found.reads(run("b"))
    assert [] == found.passes("1h")


def test_a_failed_reading_now_and_then_is_no_blindness() -> None:
    """The clock starts anew with each good answer."""
    found = world("a")
    for _ in range(20):
        assert [] == found.fails("a")
        assert [] == found.passes("4m")
        assert [] == found.reads(run("a"))


def test_it_counts_from_the_first_failure_of_those_that_still_fail() -> None:
    """Jobs that fail in turn, each for less than `for`, do not add up."""
    found = world()
    found.fails("a")
    found.passes("3m")
    found.fails("b")
    assert [] == found.reads(run("a"))
    assert [] == found.passes("4m")
    since = NOON.replace(minute=3, second=10)
    assert BEGAN == found.passes("1m")
    assert since == found.last[0].event.detected_at == found.last[0].began_at


@pytest.mark.parametrize("cause", sorted(PERMANENT))
def test_a_refusal_is_told_at_once(cause: Cause) -> None:
    """What no retry mends is due at once."""
    found = world()
    assert BEGAN == found.fails("a", cause=cause)
    assert cause == found.last[0].event.facts.cause


@pytest.mark.parametrize("cause", sorted(set(Cause) - PERMANENT))
def test_what_may_pass_waits(cause: Cause) -> None:
    """Every other cause waits for `for`."""
    assert [] == world().fails("a", "b", cause=cause)


def test_it_is_worse_when_it_first_covers_the_whole_source() -> None:
    """Told again once when all is dark, not each time."""
    found = world()
    found.fails("a")
    assert BEGAN == found.passes("5m")
    assert ["worse dark @ops"] == found.fails("b")
    assert found.last[0].mention
    found.reads(run("b"))
    assert [] == found.fails("b")
    assert [] == found.passes("1h")


def test_a_refusal_of_what_was_partly_dark_is_worse() -> None:
    """Refused credentials cover the whole source."""
    found = world()
    found.fails("a")
    assert BEGAN == found.passes("5m")
    assert ["worse dark @ops"] == found.fails("a", cause=Cause.CREDENTIALS)


def test_one_that_began_whole_is_not_worse() -> None:
    """What was told of the whole source needs no second message."""
    found = world()
    found.fails("a", "b")
    assert BEGAN == found.passes("5m")
    assert [] == found.fails("a", "b", cause=Cause.CREDENTIALS)


def test_time_without_the_watcher_does_not_count() -> None:
    """After a restart it counts from the first failure after the start."""
    found = world()
    found.fails("a", "b")
    found.passes("4m")
    assert [] == found.restarts(after="1h")
    assert [] == found.passes("10m")
    assert [] == found.fails("a", "b")
    assert [] == found.passes("290s")
    assert BEGAN == found.passes("10s")


def test_one_that_fired_goes_on_over_a_restart() -> None:
    """The alert stays the same, and ends when all is seen again."""
    found = world()
    found.fails("a", "b")
    assert BEGAN == found.passes("5m")
    alert = found.last[0].alert
    found.restarts(after="1m")
    assert [] == found.fails("a", "b")
    assert [] == found.reads(run("a"))
    assert [] == found.ticks()
    assert ENDED == found.reads(run("b"))
    assert alert == found.last[0].alert


def test_after_a_restart_a_discovery_must_answer_too() -> None:
    """Blind for a failed discovery, it does not end before one has answered."""
    found = World(DARK, jobs=["*"])
    found.lists("a")
    found.reads(run("a"))
    found.cannot_list()
    assert BEGAN == found.passes("5m")
    found.restarts(after="1m")
    assert [] == found.reads(run("a"))
    assert ENDED == found.lists("a")


def test_it_never_sees_before_it_has_looked() -> None:
    """After a start nothing is blind before a reading has failed."""
    found = World(DARK)
    assert [] == found.passes("1h")
    found.fails("a")
    assert BEGAN == found.passes("5m")


def test_a_job_that_left_the_file_is_not_waited_for() -> None:
    """A request under way while its job leaves the file leaves no job in the dark."""
    found = world()
    found.reloads(DARK, AFTER, jobs=["a"])
    assert [] == found.fails("b")
    assert [] == found.passes("1h")
    found.reloads(DARK, AFTER, jobs=["a", "b"])
    found.fails("a", "b")
    assert BEGAN == found.passes("5m")
    found.reads(run("a"))
    found.reloads(DARK, AFTER, jobs=["a"])
    assert ENDED == found.ticks()


def test_a_discovery_that_left_the_file_is_not_waited_for() -> None:
    """Without patterns no failed discovery keeps a source blind."""
    found = World(DARK, jobs=["a", "x*"])
    found.cannot_list()
    found.reads(run("a"))
    assert BEGAN == found.passes("5m")
    found.reloads(DARK, jobs=["a"])
    assert ENDED == found.ticks()


def test_each_source_has_its_own() -> None:
    """One source's darkness says nothing of another's."""
    found = World(file=plan(DARK, sources=["prod", "test"]))
    found.reads(run("a"))
    found.fails("a", source="test")
    assert BEGAN == found.passes("5m")
    assert "test" == found.last[0].subject.source
    assert [] == found.reads(run("a"))
    assert ENDED == found.reads(run("a"), source="test")


def test_short_darkness_is_accounted_for() -> None:
    """What does not last is told to nobody, and the ledger says so."""
    found = world("a")
    found.fails("a")
    found.waits("1m")
    assert [] == found.reads(run("a"))
    assert [Why.DID_NOT_LAST] == found.whys()


# Reconciled.


def test_after_blindness_one_message_tells_what_changed() -> None:
    """Restarted, down and new errors, by name, in one message, once all is seen."""
    names = ["a", "b", "c", "d"]
    found = world(*names)
    found.fails(*names)
    assert BEGAN == found.passes("5m")
    assert [] == found.reads(run("a", handler="app_2|x"), run("b", "PAUSED"))
    assert [*ENDED, "began after @ops"] == found.reads(run("c", error="x", error_at=5), run("d"))
    facts = found.last[1].event.facts
    assert (("a",), ("b",), ("c",)) == (facts.restarted, facts.down, facts.errors)


def test_nothing_is_told_where_nothing_changed() -> None:
    """After blindness without changes there is nothing to reconcile."""
    found = world()
    found.fails("a", "b")
    found.passes("5m")
    assert ENDED == found.reads(run("a"), run("b"))


def test_a_short_outage_is_not_reconciled() -> None:
    """Where `blind` was not told, the usual messages are enough."""
    found = world("a")
    found.fails("a")
    found.passes("4m")
    assert [] == found.reads(run("a", "PAUSED"))


def test_what_was_in_sight_has_not_changed_in_the_dark() -> None:
    """In a partly blind source only the jobs that were dark are reconciled."""
    found = world()
    found.fails("a")
    found.passes("5m")
    assert [] == found.reads(run("b", "PAUSED"))
    assert ENDED == found.reads(run("a"))


def test_after_a_long_absence_of_the_watcher() -> None:
    """A start that follows more than five minutes without a reading is reconciled."""
    found = world()
    found.reads(run("a"), run("b", "PAUSED"))
    found.restarts(after="6m")
    assert [] == found.reads(run("a", "FAILED"))
    assert ["began after @ops"] == found.reads(run("b", "PAUSED"))
    facts = found.last[0].event.facts
    assert (("a",), ()) == (facts.down, facts.restarted)


def test_not_after_a_short_one() -> None:
    """A restart of the watcher itself is nothing to tell of."""
    found = world()
    found.reads(run("a"), run("b"))
    found.restarts(after="4m")
    assert [] == found.reads(run("a", "FAILED"), run("b", handler="app_2|x"))


def test_a_first_start_has_nothing_to_reconcile() -> None:
    """What stands at the first reading is no change."""
    found = World(AFTER, jobs=["a"])
    assert [] == found.reads(run("a", "FAILED"))


def test_a_job_first_seen_after_the_gap_has_not_changed() -> None:
    """A new name in the file is no job that went down while nobody looked."""
    found = world()
    found.plan = plan(DARK, AFTER, jobs=["a", "b", "new"])
    found.restarts(after="1h")
    assert [] == found.reads(run("a"), run("b"), run("new", "FAILED"))


def test_a_job_told_to_stop_is_not_down() -> None:
    """A zombie runs; it is not among those that are down."""
    found = world("a")
    found.restarts(after="1h")
    assert [] == found.reads(run("a", "RUNNING", "PAUSED"))


def test_a_discovery_completes_what_is_to_be_told() -> None:
    """Where the last answer to come is a listing, the message comes with it."""
    found = World(DARK, AFTER, jobs=["*"])
    found.lists("a")
    found.reads(run("a"))
    found.restarts(after="1h")
    assert [] == found.reads(run("a", "FAILED"))
    assert ["began after @ops"] == found.lists("a")


def test_what_is_found_is_kept_over_another_restart() -> None:
    """What was seen before the next stop is told after it."""
    found = world()
    found.restarts(after="1h")
    found.reads(run("a", "FAILED"))
    found.restarts(after="10s")
    assert ["began after @ops"] == found.reads(run("a", "FAILED"), run("b"))
    assert ("a",) == found.last[0].event.facts.down


def test_one_refused_request_is_not_the_whole_source() -> None:
    """A refusal that is not of our credentials covers its own jobs, and worse follows."""
    world = World(rule("dark", "blind"), jobs=["a", "b"])
    world.reads(run("a"), run("b"))
    assert ["began dark @ops"] == world.fails("a", cause=Cause.REFUSED)
    assert ["worse dark @ops"] == world.fails("b", cause=Cause.REFUSED)
