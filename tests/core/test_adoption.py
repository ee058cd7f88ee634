"""What a file that comes into force, at a start or a reload, does to what is known."""

from __future__ import annotations

import pytest

from tests.core.playbook import World, hook, plan, rule, run
from watcher.core.notification import Status

DOWN = rule("down", "state-mismatch")
ALSO = rule("also", "state-mismatch", "warning")
FAILED = run("a", "FAILED")
UNWATCHED = ["unwatched down @ops"]


def firing(*rules: object) -> World:
    world = World(DOWN)
    assert ["began down @ops"] == world.reads(FAILED)
    world.waits("10s")
    return world


def test_exact_names_are_asked_for_from_the_start() -> None:
    """What the file names is asked for without discovery, patterns are not."""
    world = World(DOWN, jobs=["a", "b", "x_*"])
    assert ("a", "b") == world.state.names("prod", world.job_type)


def test_a_rule_that_left_the_file_ends_as_unwatched() -> None:
    """Its alert ends at the reload that found it."""
    world = firing()
    assert UNWATCHED == world.reloads()
    assert Status.RESOLVED is world.last[0].status
    assert {} == world.store.alerts


@pytest.mark.parametrize("file", [plan(DOWN, jobs=["b"]), plan(DOWN, sources=["other"])])
def test_a_job_or_source_that_left_the_file_ends_as_unwatched(file: object) -> None:
    """Its alerts end, and it is asked for no more."""
    assert isinstance(file, type(plan()))
    world = firing()
    assert UNWATCHED == world.reloads(file=file)
    assert () == tuple(n for n in world.state.names("prod", world.job_type) if n == "a")


def test_a_blind_source_that_left_the_file_ends_as_unwatched() -> None:
    """So does its blindness; when it comes back it begins anew."""
    dark = rule("dark", "blind")
    world = World(dark)
    world.fails("a")
    assert ["began dark @ops"] == world.passes("5m")
    assert ["unwatched dark @ops"] == world.reloads(file=plan(dark, sources=["other"]))
    assert [] == world.passes("1h")
    world.reloads(dark)
    assert [] == world.passes("1h")
    world.fails("a")
    assert ["began dark @ops"] == world.passes("5m")


def test_a_rule_that_hears_of_other_things_now_ends() -> None:
    """A rule whose `on` lost the kind has left that trouble."""
    world = firing()
    assert UNWATCHED == world.reloads(rule("down", "restart"))


def test_what_was_left_while_the_watcher_was_down() -> None:
    """The file may have changed between two starts; the end is told all the same."""
    world = firing()
    world.plan = plan(rule("other", "restart"))
    assert UNWATCHED == world.restarts(after="1m")


def test_a_removed_rules_place_is_taken_by_one_that_fires() -> None:
    """The end is not told while another rule fires there; it speaks from now on."""
    world = World(DOWN, ALSO)
    assert ["began down @ops"] == world.reads(FAILED)
    alert = world.last[0].alert
    world.waits("10s")
    assert [] == world.reloads(ALSO)
    assert ["recovered also @ops"] == world.reads_for("80s", run("a"))
    assert alert == world.store.notifications[-1].alert


def test_changing_severity_span_and_words_keeps_the_alert() -> None:
    """A rule is known by its name; its alert and clock go on."""
    world = firing()
    alert = world.store.notifications[0].alert
    assert [] == world.reloads(rule("down", "state-mismatch", "warning", lasts="1h"))
    assert [] == world.reads(FAILED)
    assert ["recovered down @ops"] == world.reads_for("80s", run("a"))
    assert alert == world.store.notifications[-1].alert
    assert "warning" == world.store.notifications[-1].severity.word


def test_a_clock_is_carried_over() -> None:
    """A pending mismatch counts from its beginning under the new `for`."""
    world = World(DOWN)
    world.reads(run("a"))
    world.reads_for("50s", run("a", "PAUSED"))
    world.reloads(rule("down", "state-mismatch", lasts="30s"))
    world.waits("10s")
    assert ["began down @ops"] == world.reads(run("a", "PAUSED"))


def test_a_rule_that_is_new_hears_of_what_lasts() -> None:
    """A rule added while a mismatch lasts counts from the trouble's beginning."""
    world = World(rule("other", "restart"))
    world.reads(run("a"))
    world.reads_for("60s", run("a", "PAUSED"))
    world.reloads(DOWN)
    world.waits("10s")
    assert ["began down @ops"] == world.reads(run("a", "PAUSED"))


def test_the_end_goes_to_who_was_told_with_its_present_settings() -> None:
    """A channel that was told and is still in the file hears the end, though no rule names it."""
    world = firing()
    world.reloads(rule("down", "state-mismatch", notify=["audit"]))
    assert ["recovered down @ops"] == world.reads_for("80s", run("a"))


def test_a_channel_that_left_the_file_hears_nothing() -> None:
    """There is nobody to tell the end to."""
    world = firing()
    file = plan(rule("down", "state-mismatch", notify=["audit"]), channels=[hook("audit")])
    world.reloads(file=file)
    assert [] == world.reads_for("80s", run("a"))


def test_a_name_that_becomes_a_pattern_waits_for_discovery() -> None:
    """What is found by a pattern now cannot be missing before a listing has it."""
    lost = rule("lost", "missing", lasts="0s")
    world = World(lost)
    world.reads(run("a"))
    world.reloads(lost, jobs=["a*"])
    assert [] == world.reads(asked=["a"])
    world.reloads(lost, jobs=["a"])
    assert ["began lost @ops"] == world.reads(asked=["a"])


def test_a_reload_of_the_same_file_changes_nothing() -> None:
    """Clocks, alerts and jobs are carried over, and nothing is written."""
    world = firing()
    assert [] == world.reloads(DOWN)
    assert not world.step.saves


def test_a_rule_that_is_new_hears_of_what_stands_already() -> None:
    """After a reload each job is looked at once, although nothing about it has changed."""
    behind = rule("behind", "input-delay", threshold=300_000)
    world = World(DOWN, jobs=["a", "b"])
    world.reads(FAILED, run("b", delay=400_000))
    world.waits("10s")
    world.reads(FAILED, run("b", delay=400_000))
    graver = rule("graver", "state-mismatch", notify=["audit"])
    world.reloads(file=plan(DOWN, graver, behind, jobs=["a", "b"]))
    world.waits("10s")
    told = world.reads(FAILED, run("b", delay=400_000))
    assert {"began behind @ops", "began graver @audit"} == set(told)
