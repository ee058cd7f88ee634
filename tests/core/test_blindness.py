"""The alerts of `blind`."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.core.playbook import NOON, World, plan, rule, run
from watcher.core.reading import PERMANENT, Cause, Outage
from watcher.core.run_summary import STREAM
from watcher.core.why import Why

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


def test_the_last_good_answer_is_that_of_the_jobs_that_are_dark() -> None:
    """In a partial outage the others' good answers say nothing of those that fail."""
    found = world()
    found.reads(run("a"))
    found.waits("10s")
    found.fails("a")
    for _ in range(29):
        found.waits("10s")
        assert [] == found.reads(run("b"))
    assert BEGAN == found.passes("10s")
    facts = found.last[0].event.facts
    assert (1, 2, NOON + timedelta(seconds=10)) == (
        facts.affected,
        facts.total,
        facts.last_good_at,
    )


def test_without_an_answer_since_the_start_the_one_before_it_counts() -> None:
    """A source that never answers after a restart was last seen before it."""
    found = world()
    found.restarts(after="2m")
    found.fails("a", "b")
    assert BEGAN == found.passes("5m")
    assert NOON == found.last[0].event.facts.last_good_at


def test_after_a_restart_others_answers_are_not_taken_for_those_of_the_dark() -> None:
    """In a partial outage that a restart interrupts, the dark jobs' last good answer stays."""
    found = world()
    found.reads(run("b"))
    for _ in range(20):
        found.waits("10s")
        found.fails("a")
        found.reads(run("b"))
    found.restarts(after="1m")
    found.fails("a")
    for _ in range(29):
        found.waits("10s")
        found.reads(run("b"))
    assert BEGAN == found.passes("10s")
    assert NOON == found.last[0].event.facts.last_good_at


def test_a_discovery_s_cause_is_not_told_for_dark_jobs() -> None:
    """A listing that is forbidden is not why the jobs' own answers time out."""
    found = World(DARK, jobs=["*"])
    found.lists("a")
    found.reads(run("a"))
    assert BEGAN == found.cannot_list(Cause.PERMISSION)
    assert ["worse dark @ops"] == found.fails("a")
    facts = found.last[0].event.facts
    assert (1, 1, "timeout") == (facts.affected, facts.total, facts.cause)


def test_one_that_never_answered_has_no_last_good_answer() -> None:
    """At a very first start there is none to tell."""
    found = World(DARK)
    found.fails("a", cause=Cause.DNS)
    assert BEGAN == found.passes("5m")
    assert found.last[0].event.facts.last_good_at is None


def test_the_cause_is_one_that_still_holds() -> None:
    """What has healed is not told as the cause of what has not, however late it failed."""
    found = world()
    found.fails("a", cause=Cause.THROTTLED)
    found.waits("1m")
    found.fails("b", cause=Cause.DNS)
    found.reads(run("b"))
    assert BEGAN == found.passes("5m")
    assert "throttled" == found.last[0].event.facts.cause


def test_what_somebody_must_mend_is_told_before_what_may_pass() -> None:
    """Of two causes the one that no waiting mends is told, though the other came later."""
    found = world()
    found.fails("a", cause=Cause.PERMISSION)
    found.fails("b", cause=Cause.TIMEOUT)
    assert "permission" == found.last[0].event.facts.cause


def test_a_cause_that_changes_is_told_at_the_end() -> None:
    """Reminders and the end say the latest one; that it changed is no message of its own."""
    found = World(rule("dark", "blind", remind="10m"), jobs=["a"])
    found.reads(run("a"))
    found.fails("a", cause=Cause.THROTTLED)
    assert BEGAN == found.passes("5m")
    assert [] == found.fails("a", cause=Cause.TLS)
    assert ["reminder dark @ops"] == found.passes("10m")
    assert "tls" == found.last[0].event.facts.cause
    assert [] == found.fails("a", cause=Cause.DNS)
    assert ENDED == found.reads(run("a"))
    assert "dns" == found.last[0].event.facts.cause


def test_refused_credentials_are_told_of_all_jobs() -> None:
    """The first of many requests that is refused proves it for all: one message, no `worse`."""
    found = world()
    assert BEGAN == found.fails("a", cause=Cause.CREDENTIALS)
    facts = found.last[0].event.facts
    assert (2, 2) == (facts.affected, facts.total)
    assert [] == found.fails("b", cause=Cause.CREDENTIALS)


def test_a_refusal_that_comes_and_goes_is_no_flood() -> None:
    """Told at once the first time; right after its end it must last like everything else."""
    found = world("a")
    assert BEGAN == found.fails("a", cause=Cause.PERMISSION)
    assert ENDED == found.reads(run("a"))
    for _ in range(4):
        assert [] == found.passes("30s")
        assert [] == found.fails("a", cause=Cause.PERMISSION)
        assert [] == found.passes("30s")
        assert [] == found.reads(run("a"))
    assert [] == found.fails("a", cause=Cause.PERMISSION)
    assert BEGAN == found.passes("5m")


def test_a_source_that_fails_every_second_time_is_seen() -> None:
    """Every job has a good answer in each half minute: nothing to tell, however long it lasts."""
    found = world()
    for _ in range(200):
        found.waits("10s")
        assert [] == found.fails("a", "b")
        assert [] == found.passes("10s")
        assert [] == found.reads(run("a"), run("b"))


def test_a_discovery_that_fails_alone_is_told() -> None:
    """All known jobs are seen, and still new ones would go unnoticed."""
    found = World(DARK, jobs=["*"])
    found.lists("a")
    found.reads(run("a"))
    found.waits("10s")
    found.cannot_list(Cause.PERMISSION)
    facts = found.last[0].event.facts
    assert (0, 1, "permission", NOON) == (
        facts.affected,
        facts.total,
        facts.cause,
        facts.last_good_at,
    )
    assert [] == found.reads(run("a"))
    assert ENDED == found.lists("a")


def test_a_clock_that_is_off_is_told_by_how_much() -> None:
    """What the answer's Date showed stands in the event."""
    found = world("a")
    ahead = timedelta(hours=1)
    found.observes(Outage("prod", STREAM, ("a",), Cause.CLOCK, "expired", clock_ahead=ahead))
    assert BEGAN == found.passes("5m")
    assert ahead == found.last[0].event.facts.clock_ahead
    assert ENDED == found.reads(run("a"))
    assert ahead == found.last[0].event.facts.clock_ahead


def test_a_restart_in_the_midst_is_one_alert_and_one_end() -> None:
    """Pending or firing when the process dies: told once, ended once, with the time since then."""
    found = world()
    found.fails("a", "b")
    found.passes("4m")
    found.restarts(after="30s")
    found.fails("a", "b")
    assert BEGAN == found.passes("5m")
    found.restarts(after="30s")
    assert [] == found.fails("a", "b")
    assert [] == found.passes("10m")
    found.restarts(after="30s")
    assert ENDED == found.reads(run("a"), run("b"))
    assert [] == found.passes("1h")


def test_one_refused_request_is_not_the_whole_source() -> None:
    """A refusal that is not of our credentials covers its own jobs, and worse follows."""
    world = World(rule("dark", "blind"), jobs=["a", "b"])
    world.reads(run("a"), run("b"))
    assert ["began dark @ops"] == world.fails("a", cause=Cause.REFUSED)
    assert ["worse dark @ops"] == world.fails("b", cause=Cause.REFUSED)
