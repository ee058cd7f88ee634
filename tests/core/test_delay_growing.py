"""The verdicts `high` and `growing` of `input-delay`, and where a message says that it leads."""

from __future__ import annotations

from datetime import timedelta

from tests.core.playbook import NOON, World, rule, run
from watcher.core.course import Course
from watcher.core.event import Facts
from watcher.core.rule import Match
from watcher.core.run_summary import RunSummary
from watcher.core.step import Step
from watcher.core.subject import job_subject

SECOND = 1000
MINUTE = 60 * SECOND
BEGAN = ["began behind @ops"]
REMINDED = ["reminder behind @ops"]


def world(**more: object) -> World:
    options = {"threshold": 5 * MINUTE, "recover": MINUTE} | more
    found = World(rule("behind", "input-delay", "error", **options))  # type: ignore[arg-type]
    assert [] == found.reads(late(0))
    return found


def late(delay: int) -> RunSummary:
    return run("a", delay=delay)


def goes(found: World, start: int, per_minute: int, span: str) -> list[str]:
    """Readings every ten seconds of a delay that changes evenly."""
    told, begun = [], found.now
    end = begun + timedelta(minutes=int(span.removesuffix("m")))
    while found.now < end:
        found.waits("10s")
        minutes = (found.now - begun) / timedelta(minutes=1)
        told += found.reads(late(int(start + minutes * per_minute)))
    return told


def facts(found: World) -> Facts:
    return found.last[0].event.facts


def verdict(found: World) -> str | None:
    return found.last[0].event.verdict


def course(found: World) -> Course | None:
    return found.state.course(job_subject("prod", found.job_type, "a"))


def test_what_grows_while_it_waits_fires_as_growing() -> None:
    """After `for` the message says how fast, and when the next round delay is reached."""
    found = world(lasts="3m")
    assert BEGAN == goes(found, 10 * MINUTE, 40 * SECOND, "4m")[:1]
    told = found.store.notifications[-1].event
    assert "growing" == told.verdict
    assert told.facts.slope_ms is not None
    assert 39_000 <= told.facts.slope_ms <= 41_000
    assert told.facts.heading is not None
    assert 15 * MINUTE == told.facts.heading.to_ms
    # It began at 10 min and a little, and 40 s a minute make 15 min of that in 7.5 minutes.
    expected = NOON + timedelta(minutes=7.5)
    assert abs(told.facts.heading.at - expected) < timedelta(seconds=30)


def test_without_readings_enough_it_is_high() -> None:
    """At the first reading above the threshold nobody can say where it goes."""
    found = world()
    assert BEGAN == found.reads(late(10 * MINUTE))
    assert ("high", None) == (verdict(found), facts(found).slope_ms)


def test_a_delay_that_stays_is_high() -> None:
    """What does not change clearly is no trend."""
    found = world(lasts="3m")
    assert BEGAN == goes(found, 10 * MINUTE, 0, "4m")
    assert ("high", None) == (found.store.notifications[-1].event.verdict, None)


def test_growth_that_comes_later_is_shown_by_reminders_only() -> None:
    """From high to growing nothing is told anew; the next reminder has it, as has the alert."""
    found = world(remind="10m")
    assert BEGAN == found.reads(late(10 * MINUTE))
    assert REMINDED == goes(found, 10 * MINUTE, 40 * SECOND, "11m")
    reminder = found.store.notifications[-1].event
    assert ("growing", True) == (reminder.verdict, bool(reminder.facts.slope_ms))


def test_what_falls_says_when_it_has_caught_up() -> None:
    """Down to `recover_below`; the verdict is high, as it still is."""
    found = world(remind="5m")
    assert BEGAN == found.reads(late(16 * MINUTE))
    assert REMINDED == goes(found, 16 * MINUTE, -90 * SECOND, "6m")
    reminder = found.store.notifications[-1].event
    assert "high" == reminder.verdict
    assert reminder.facts.slope_ms is not None
    assert -91_000 <= reminder.facts.slope_ms <= -89_000
    assert reminder.facts.heading is not None
    assert MINUTE == reminder.facts.heading.to_ms
    expected = NOON + timedelta(minutes=10)
    assert abs(reminder.facts.heading.at - expected) < timedelta(seconds=30)


def test_a_rule_may_wait_for_growth_alone() -> None:
    """`match.verdict = ["growing"]`: what is only high is nothing to it, growth is noticed."""
    match = Match(verdicts=frozenset({"growing"}))
    found = world(match=match)
    assert [] == goes(found, 10 * MINUTE, 0, "8m")
    assert () == found.step.events
    assert BEGAN == goes(found, 10 * MINUTE, 60 * SECOND, "12m")


def test_a_pending_alert_that_matches_no_more_is_withdrawn() -> None:
    """Growth that stops before it has lasted is never told."""
    found = world(match=Match(verdicts=frozenset({"growing"})), lasts="6m")
    assert [] == goes(found, 10 * MINUTE, 60 * SECOND, "5m")
    assert 1 == len(found.store.alerts)
    assert [] == goes(found, 15 * MINUTE, 0, "20m")
    assert 0 == len(found.store.alerts)


def test_where_it_came_from_is_asked_at_the_beginning_only() -> None:
    """`match.from` fits the reading at which it began; that later ones differ withdraws nothing."""
    found = world(match=Match(came_from=frozenset({"WAITING"})), lasts="1m")
    assert [] == found.reads(run("a", "WAITING", delay=10 * MINUTE))
    assert [] == found.reads(late(10 * MINUTE))
    assert BEGAN == goes(found, 10 * MINUTE, 0, "2m")


def test_a_restart_begins_the_trend_anew() -> None:
    """Samples live in memory only: the first reminders after a start say no trend."""
    found = world(remind="3m")
    assert BEGAN == found.reads(late(10 * MINUTE))
    assert REMINDED * 2 == goes(found, 10 * MINUTE, 60 * SECOND, "7m")
    assert found.store.notifications[-1].event.facts.slope_ms
    found.restarts()
    found.waits("3m")
    assert REMINDED == found.reads(late(20 * MINUTE))
    assert None is facts(found).slope_ms


def test_samples_are_kept_only_while_an_alert_is_open() -> None:
    """What is in order costs nothing; after the end nothing is left."""
    found = world()
    goes(found, MINUTE, 0, "3m")
    assert None is course(found)
    assert BEGAN == found.reads(late(10 * MINUTE))
    goes(found, 10 * MINUTE, 0, "3m")
    kept = course(found)
    assert kept is not None
    assert 3 <= len(kept.samples) <= 5
    assert ["recovered behind @ops"] == found.reads(late(0))
    assert None is course(found)


def test_a_firing_alert_is_looked_at_once_a_minute_only() -> None:
    """Between, a delay within its band is not even looked at."""
    found = world()
    assert BEGAN == found.reads(late(10 * MINUTE))
    found.waits("1m")
    looked = []
    for number in range(1, 13):
        found.waits("10s")
        found.reads(late(10 * MINUTE + number))
        looked.append(bool(found.step.resighted))
    assert 3 == sum(looked)


def test_a_clock_that_is_set_begins_the_trend_anew() -> None:
    """Samples of the time before would make any slope."""
    found = world(remind="30m")
    assert BEGAN == found.reads(late(10 * MINUTE))
    goes(found, 10 * MINUTE, 60 * SECOND, "6m")
    found.sets_clock(timedelta(days=1))
    step: Step = found.step
    assert step.moved
    assert None is course(found)


def test_the_end_has_the_verdict_that_the_alert_had() -> None:
    """A consumer can tell what it was that ended."""
    found = world(lasts="3m")
    goes(found, 10 * MINUTE, 60 * SECOND, "4m")
    assert ["recovered behind @ops"] == found.reads(late(0))
    assert "growing" == verdict(found)
