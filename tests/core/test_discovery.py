"""Jobs that patterns find: appeared, gone, and listings that are none."""

from __future__ import annotations

from tests.core.playbook import World, plan, rule, run
from watcher.core.rule import Severity

DOWN = rule("down", "state-mismatch")
NEW = rule("new", "appeared", "info")
LOST = rule("lost", "missing", lasts="0s")
DARK = rule("dark", "blind")


def test_the_first_discovery_tells_of_nobody() -> None:
    """Jobs appear after the first discovery, each once."""
    world = World(NEW, jobs=["*"])
    assert [] == world.lists("a", "b")
    assert ("a", "b") == world.state.names("prod", world.job_type)
    assert ["began new @ops"] == world.lists("a", "b", "c", "c")
    assert [] == world.lists("a", "b", "c")
    world.restarts()
    assert ["began new @ops"] == world.lists("a", "b", "c", "d")


def test_a_failed_discovery_was_none() -> None:
    """After listings that failed, the first one that answers is the first discovery."""
    world = World(NEW, jobs=["*"])
    world.cannot_list()
    assert [] == world.lists("a")


def test_what_appears_is_a_baseline() -> None:
    """A new job's old error is history; its mismatch is true now and told in full."""
    world = World(DOWN, rule("errors", "new-error"), jobs=["*"])
    world.lists("a")
    world.reads(run("a"))
    world.lists("a", "b")
    assert ["began down @ops"] == world.reads(run("b", "FAILED", error="x", error_at=5))
    assert not world.last[0].standing


def test_a_job_is_gone_when_listing_and_reading_lack_it() -> None:
    """Its alerts end with reason `gone`, as information, without mention; it is asked no more."""
    world = World(DOWN, LOST, jobs=["*"])
    world.lists("a", "b")
    assert ["began down @ops"] == world.reads(run("a", "FAILED"), run("b"))
    world.waits("10s")
    assert [] == world.reads(run("b"), asked=["a", "b"])
    assert ["gone down @ops"] == world.lists("b")
    end = world.last[0]
    assert (Severity.INFO, False) == (end.severity, end.mention)
    assert ("b",) == world.state.names("prod", world.job_type)
    assert {} == world.store.alerts
    assert {} == world.store.told


def test_all_alerts_of_a_gone_job_end() -> None:
    """Each kind that fired ends, in the same order in every process."""
    world = World(DOWN, rule("lost", "missing", lasts="0s"), jobs=["*"])
    world.lists("a", "b")
    world.reads(run("a", "FAILED"), run("b"))
    world.waits("10s")
    world.reads(run("b"), asked=["a", "b"])
    world.waits("1s")
    world.lists("a", "b")
    world.waits("10s")
    assert ["began lost @ops"] == world.reads(run("b"), asked=["a", "b"])
    assert ["gone lost @ops", "gone down @ops"] == world.lists("b")


def test_a_listing_alone_does_not_make_a_job_gone() -> None:
    """What the last reading held is still there, whatever a listing lacks."""
    world = World(DOWN, jobs=["*"])
    world.lists("a", "b")
    world.reads(run("a", "FAILED"), run("b"))
    assert [] == world.lists("b")
    assert ("a", "b") == world.state.names("prod", world.job_type)


def test_an_absence_alone_does_not_make_a_job_gone() -> None:
    """What a listing yields stays, and is missing."""
    world = World(DOWN, jobs=["*"])
    world.lists("a", "b")
    world.reads(run("a", "FAILED"), run("b"))
    world.reads(run("b"), asked=["a", "b"])
    assert [] == world.lists("a", "b")
    assert ("a", "b") == world.state.names("prod", world.job_type)


def test_an_exact_name_is_never_gone() -> None:
    """What the file names is missing when it is not there, not gone."""
    world = World(LOST, jobs=["a", "x_*"])
    world.lists("x_1")
    world.reads(run("x_1"), asked=["a", "x_1"])
    assert [] == world.lists("x_1")
    assert ("a", "x_1") == world.state.names("prod", world.job_type)


def test_a_job_that_comes_back_is_new() -> None:
    """A job that was gone and is listed again appears."""
    world = World(NEW, jobs=["*"])
    world.lists("a", "b")
    world.reads(run("b"), asked=["a", "b"])
    world.lists("b")
    assert ["began new @ops"] == world.lists("a", "b")


def test_a_listing_that_lost_five_is_none() -> None:
    """One that lost all of five or more names leaves them, and `blind` says so."""
    names = [f"j{number}" for number in range(5)]
    world = World(NEW, DARK, jobs=["*"])
    world.lists(*names)
    world.reads(*map(run, names))
    assert [] == world.lists("other")
    assert tuple(names) == world.state.names("prod", world.job_type)
    assert ["began dark @ops"] == world.passes("5m")
    assert "listing" == world.last[0].event.facts.cause
    assert ["recovered dark @ops"] == world.lists(*names)


def test_a_listing_that_lost_four_is_believed() -> None:
    """Four jobs may go at once."""
    names = [f"j{number}" for number in range(4)]
    world = World(jobs=["*"])
    world.lists(*names)
    world.reads(asked=names)
    world.lists("other")
    assert ("other",) == world.state.names("prod", world.job_type)


def test_a_listing_that_failed_leaves_the_names() -> None:
    """The old names stay, and `blind` says so after its `for`."""
    world = World(DARK, jobs=["*"])
    world.lists("a")
    world.reads(run("a"))
    assert [] == world.cannot_list()
    assert ("a",) == world.state.names("prod", world.job_type)
    assert [] == world.reads_for("290s", run("a"))
    assert ["began dark @ops"] == world.passes("10s")
    assert ["recovered dark @ops"] == world.lists("a")


def test_a_listing_that_comes_late_brings_nothing_back() -> None:
    """A listing asked for under the old file adds no job that the new one does not ask for."""
    world = World(NEW, jobs=["*"])
    world.lists("a")
    world.reloads(NEW, jobs=["b*"])
    assert () == world.state.names("prod", world.job_type)
    world.lists("a", "b1")
    assert ("b1",) == world.state.names("prod", world.job_type)
    world.reloads(file=plan(NEW, sources=["other"]))
    assert [] == world.lists("a", "b1")
    assert {} == world.store.jobs or ("other",) == tuple({s.source for s in world.store.jobs})
