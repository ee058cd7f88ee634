"""The verdict `frozen` of `input-delay`: one job's delay stands still while it runs."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.core.playbook import NOON, World, rule, run
from watcher.core.rule import Match
from watcher.core.run_summary import RunSummary

BEGAN = ["began still @ops"]
ENDED = ["recovered still @ops"]
NAMES = ("a", "b")


def world(**more: object) -> World:
    """A job under the rule, and one whose delay moves on, so that the source does not rest."""
    options = {"frozen_after": 30} | more
    found = World(rule("still", "input-delay", "warning", **options), jobs=NAMES)  # type: ignore[arg-type]
    found.reads(run("a", delay=100), run("b", delay=1))
    return found


def reads(found: World, one: RunSummary, span: str, every: str = "10s") -> list[str]:
    """The same about `a` for so long, while `b` moves."""
    told, end = [], found.now + timedelta(minutes=int(span.removesuffix("m")))
    while found.now < end:
        found.waits(every)
        moving = run("b", delay=1 + int(found.now.timestamp()) // 10 % 90)
        told += found.reads(one, moving)
    return told


def test_it_fires_after_so_many_polls_with_the_same_delay() -> None:
    """Counted from the reading at which it was the same as a minute before."""
    found = world()
    assert [] == reads(found, run("a", delay=700), "6m")
    assert BEGAN == reads(found, run("a", delay=700), "2m")
    (one,) = found.store.notifications
    assert "frozen" == one.event.verdict
    assert one.event.facts.polls is not None
    assert 30 <= one.event.facts.polls <= 36
    assert one.began_at is not None
    assert NOON < one.began_at < NOON + timedelta(minutes=3)
    assert [] == reads(found, run("a", delay=700), "60m")


def test_it_ends_at_the_first_other_value() -> None:
    """At once, not at the next minute; and the same value again counts anew."""
    found = world()
    assert BEGAN == reads(found, run("a", delay=700), "9m")
    found.waits("10s")
    assert ENDED == found.reads(run("a", delay=701), run("b", delay=5))
    assert "frozen" == found.last[0].event.verdict
    assert [] == reads(found, run("a", delay=700), "5m")


@pytest.mark.parametrize("other", [701, 699, 0])
def test_one_other_value_between_breaks_the_row(other: int) -> None:
    """Also where it comes between two minutes' first readings."""
    found = world()
    assert [] == reads(found, run("a", delay=700), "5m")
    found.waits("30s")
    assert [] == found.reads(run("a", delay=other), run("b", delay=6))
    assert [] == reads(found, run("a", delay=700), "5m")
    assert BEGAN == reads(found, run("a", delay=700), "3m")


@pytest.mark.parametrize(
    "one",
    [
        run("a", delay=0),
        run("a", delay=-99_999_999),
        run("a"),
        run("a", "WAITING", delay=700),
        run("a", "RUNNING", "PAUSED", delay=700),
    ],
    ids=["nothing to read", "sentinel", "absent", "not RUNNING", "not meant to run"],
)
def test_what_does_not_stand_still_is_not_told(one: RunSummary) -> None:
    """Zero is nothing to read, a sentinel no reading, and only what runs as asked can rest."""
    assert [] == reads(world(), one, "60m")


def test_a_pause_ends_the_row() -> None:
    """After it has not run, the same value counts anew, and an alert has lost its evidence."""
    found = world()
    assert BEGAN == reads(found, run("a", delay=700), "9m")
    assert [] == reads(found, run("a", "PAUSED", delay=700), "2m")
    assert ENDED == reads(found, run("a", delay=700), "4m")


def test_a_sentinel_says_nothing() -> None:
    """One reading without a delay neither ends the alert nor breaks the row."""
    found = world()
    assert BEGAN == reads(found, run("a", delay=700), "9m")
    found.waits("30s")
    assert [] == found.reads(run("a", delay=-99_999_999), run("b", delay=3))
    assert [] == reads(found, run("a", delay=700), "5m")


def test_it_is_off_unless_asked_for() -> None:
    """A source that sleeps at night is no trouble of its own."""
    found = world(frozen_after=None, threshold=1000)
    assert [] == reads(found, run("a", delay=700), "60m")


def test_a_threshold_besides_is_its_own_matter() -> None:
    """What stood still and then moves on above the threshold goes on as the same alert."""
    found = world(threshold=500, recover=200)
    assert BEGAN == reads(found, run("a", delay=700), "1m")
    assert [] == reads(found, run("a", delay=700), "9m")
    (alert,) = found.store.alerts.values()
    assert "frozen" == alert.verdict
    found.waits("10s")
    assert [] == found.reads(run("a", delay=900), run("b", delay=3))
    (alert,) = found.store.alerts.values()
    assert "high" == alert.verdict
    found.waits("10s")
    assert [] == found.reads(run("a", delay=300), run("b", delay=4))
    found.waits("10s")
    assert ENDED == found.reads(run("a", delay=100), run("b", delay=5))


def test_below_the_threshold_a_moving_delay_ends_it() -> None:
    """It never was too far behind, so that `recover_below` is no matter."""
    found = world(threshold=1000, recover=200)
    assert BEGAN == reads(found, run("a", delay=700), "9m")
    found.waits("10s")
    assert ENDED == found.reads(run("a", delay=701), run("b", delay=3))


def test_a_source_that_stands_still_is_told_once() -> None:
    """Where no job's delay moves any more, `frozen` speaks for them all."""
    still = rule("still", "input-delay", "warning", frozen_after=30)
    found = World(still, rule("cold", "frozen", "warning"), jobs=NAMES)
    for number in range(3):
        found.waits("10s")
        found.reads(run("a", delay=700 + number), run("b", delay=900 + number))
    same = (run("a", delay=710), run("b", delay=910))
    assert ["began cold @ops"] == found.reads_for("30m", *same)
    found.waits("10s")
    assert ["recovered cold @ops"] == found.reads(same[0], run("b", delay=911))
    assert BEGAN == reads(found, same[0], "1m")


def test_after_a_start_it_counts_anew() -> None:
    """A pending row is lost; what fires goes on while the value stays, and ends with another."""
    found = world()
    assert [] == reads(found, run("a", delay=700), "5m")
    found.restarts()
    assert [] == reads(found, run("a", delay=700), "4m")
    assert BEGAN == reads(found, run("a", delay=700), "3m")
    found.restarts()
    assert [] == reads(found, run("a", delay=700), "4m")
    found.restarts()
    found.waits("10s")
    assert ENDED == found.reads(run("a", delay=701), run("b", delay=3))


def test_a_rule_that_asks_no_more_watches_it_no_more() -> None:
    """A reload takes `frozen_after` out: nobody can say that the delay moves again."""
    found = world(threshold=1000)
    assert BEGAN == reads(found, run("a", delay=700), "9m")
    found.reloads(rule("still", "input-delay", "warning", threshold=1000), jobs=NAMES)
    assert ["unwatched still @ops"] == reads(found, run("a", delay=700), "5m")


def test_a_rule_for_other_verdicts_does_not_hear_of_it() -> None:
    """`match.verdict` is judged against what the rule itself finds."""
    match = Match(verdicts=frozenset({"high"}))
    assert [] == reads(world(match=match, threshold=1000), run("a", delay=700), "20m")


def test_steady_polls_look_at_nothing() -> None:
    """Between the minutes a delay that rests is not looked at, nor one that moves."""
    found = world()
    reads(found, run("a", delay=700), "9m")
    looked = 0
    for _ in range(30):
        reads_before = found.now
        found.waits("10s")
        moving = run("b", delay=1 + int(found.now.timestamp()) // 10 % 90)
        found.reads(run("a", delay=700), moving)
        looked += bool(found.step.resighted) and reads_before.minute == found.now.minute
    assert 0 == looked
