"""`reconciled`, after blindness and after a long absence of the watcher."""

from __future__ import annotations

from tests.core.playbook import NOON, World, plan, rule, run

DARK = rule("dark", "blind")
AFTER = rule("after", "reconciled", "info")
BEGAN = ["began dark @ops"]
ENDED = ["recovered dark @ops"]


def world(*names: str) -> World:
    found = World(DARK, AFTER, jobs=names or ["a", "b"])
    found.reads(*map(run, names or ["a", "b"]))
    found.waits("10s")
    return found


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


def test_what_was_told_before_the_gap_has_not_changed() -> None:
    """Down before and after is no news; down before and back as a new run is a restart."""
    down = rule("down", "state-mismatch", failed="0s")
    found = World(DARK, AFTER, down, jobs=["a", "b"])
    found.reads(run("a"), run("b"))
    found.waits("10s")
    assert ["began down @ops"] * 2 == found.reads(run("a", "FAILED"), run("b", "FAILED"))
    found.restarts(after="1h")
    assert ["began after @ops"] == found.reads(run("a", "FAILED"), run("b", id=2))
    facts = found.last[0].event.facts
    assert (("b",), (), ()) == (facts.restarted, facts.down, facts.errors)


def test_what_was_late_before_the_gap_and_is_dead_after_it_has_changed() -> None:
    """A job that was stuck, and not told of yet, is down now."""
    found = world("a")
    found.reads(run("a", "WAITING", id=2))
    found.restarts(after="1h")
    assert ["began after @ops"] == found.reads(run("a", "FAILED", id=2))
    assert ("a",) == found.last[0].event.facts.down


def test_a_job_that_is_only_starting_is_not_down() -> None:
    """Started while nobody looked, it waits for its resources: nothing to name it for."""
    found = world("a")
    found.reads(run("a", "TERMINATED", "TERMINATED"))
    found.restarts(after="1h")
    assert [] == found.reads(run("a", "WAITING", id=2))


def test_one_that_went_down_and_came_back_is_a_restart() -> None:
    """A new Id is told as such, with the error that it left; it is down no more."""
    found = world("a")
    found.restarts(after="1h")
    assert ["began after @ops"] == found.reads(run("a", id=2, error="boom", error_at=5))
    facts = found.last[0].event.facts
    assert (("a",), (), ("a",)) == (facts.restarted, facts.down, facts.errors)


def test_it_mentions_nobody() -> None:
    """What it names and still is down has an alert of its own, which mentions."""
    loud = rule("after", "reconciled", "critical")
    down = rule("down", "state-mismatch", failed="0s")
    found = World(loud, down, jobs=["a"])
    found.reads(run("a"))
    found.restarts(after="1h")
    assert ["began down @ops", "began after @ops"] == found.reads(run("a", "FAILED"))
    assert [True, False] == [told.mention for told in found.last]


def test_a_source_that_fails_after_the_absence_is_reconciled_when_it_answers() -> None:
    """The watcher was away, the API is away when it returns: one message once all is seen."""
    found = world()
    found.restarts(after="1h")
    found.fails("a", "b")
    assert BEGAN == found.passes("5m")
    assert NOON == found.last[0].event.facts.last_good_at
    assert [] == found.reads(run("a", id=2))
    assert [*ENDED, "began after @ops"] == found.reads(run("b"))
    assert NOON == found.last[1].event.facts.last_good_at
