"""What a rule hears of and how long it waits."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from tests.core.playbook import NOON, World, rule, run
from watcher.core.event import Event, Kind
from watcher.core.rule import Match, Severity
from watcher.core.run_summary import STREAM
from watcher.core.subject import channel_subject, job_subject

JOB = job_subject("prod", STREAM, "orders_1")


def event_of(verdict: str | None = "failed", error: str | None = None) -> Event:
    return Event(
        id=1,
        kind=Kind.STATE_MISMATCH,
        subject=JOB,
        detected_at=NOON,
        occurred_at=NOON,
        run=run("orders_1", "FAILED", error=error),
        previous=run("orders_1", "RUNNING"),
        verdict=verdict,
    )


@pytest.mark.parametrize(
    "match, expected",
    [
        (Match(), True),
        (Match(source=("prod",)), True),
        (Match(source=("pr*", "x")), True),
        (Match(source=("test",)), False),
        (Match(project=("flink*",)), True),
        (Match(project=("other",)), False),
        (Match(job=("orders_*",)), True),
        (Match(job=("payments", "orders_?")), True),
        (Match(job=("payments",)), False),
        (Match(job_type=("*_STREAM",)), True),
        (Match(job_type=("*_BATCH",)), False),
        (Match(labels={"team": ("ord*",)}), True),
        (Match(labels={"team": ("data",)}), False),
        (Match(labels={"team": ("*",), "tier": ("*",)}), False),
        (Match(source=("prod",), job=("payments",)), False),
    ],
)
def test_the_place_must_fit(match: Match, *, expected: bool) -> None:
    """Every given field must fit, with globs, and a label that is absent fits nothing."""
    labels = {"team": "orders"}
    assert expected is match.admits_place("prod", "flink", STREAM, "orders_1", labels)


def test_a_place_that_is_none_fits_no_glob() -> None:
    """A rule for jobs does not hear of a source or a channel."""
    assert channel_subject("ops").source is None
    assert not Match(job=("*",)).admits_place("prod", "flink", None, None, {})
    assert Match(source=("*",)).admits_place("prod", "flink", None, None, {})


@pytest.mark.parametrize(
    "match, expected",
    [
        (Match(verdicts=frozenset({"failed", "stopped"})), True),
        (Match(verdicts=frozenset({"stuck"})), False),
        (Match(came_from=frozenset({"RUNNING"})), True),
        (Match(came_from=frozenset({"PAUSED"})), False),
        (Match(went_to=frozenset({"FAILED"})), True),
        (Match(went_to=frozenset({"RUNNING"})), False),
        (Match(error=re.compile("OutOfMemory")), True),
        (Match(error=re.compile("^OutOf")), False),
        (Match(error=re.compile("")), True),
    ],
)
def test_what_happened_must_fit(match: Match, *, expected: bool) -> None:
    """Verdict, states before and after, and a search in the error's text."""
    assert expected is match.admits_event(event_of(error="java.lang.OutOfMemoryError"))


def test_an_error_that_is_absent_fits_only_an_empty_search() -> None:
    """Without a text only an expression that fits nothing at all is found."""
    assert not Match(error=re.compile("x")).admits_event(event_of())
    assert Match(error=re.compile("^$")).admits_event(event_of())


@pytest.mark.parametrize(
    "kind, verdict, seconds",
    [
        (Kind.STATE_MISMATCH, "failed", 0),
        (Kind.STATE_MISMATCH, "stopped", 60),
        (Kind.STATE_MISMATCH, "unknown", 300),
        (Kind.STATE_MISMATCH, "stuck", 600),
        (Kind.STATE_MISMATCH, "zombie", 900),
        (Kind.INPUT_DELAY, None, 0),
        (Kind.MISSING, None, 300),
        (Kind.BLIND, None, 300),
        (Kind.UNDELIVERABLE, None, 300),
    ],
)
def test_the_defaults_of_for(kind: Kind, verdict: str | None, seconds: int) -> None:
    """How long trouble must last where the rule says nothing."""
    assert timedelta(seconds=seconds) == rule("r", kind).span_for(kind, verdict)
    assert timedelta(seconds=7) == rule("r", kind, lasts="7s").span_for(kind, verdict)


@pytest.mark.parametrize("kind", Kind)
def test_only_a_mismatch_keeps_firing(kind: Kind) -> None:
    """`keep_firing_for` is 60s for state-mismatch, nothing else waits unless it is told to."""
    expected = 60 if kind is Kind.STATE_MISMATCH else 0
    assert timedelta(seconds=expected) == rule("r", kind).keep_for(kind)
    assert timedelta(seconds=5) == rule("r", kind, keep="5s").keep_for(kind)


def test_severities_are_ordered() -> None:
    """A graver one is greater, and writes itself as the file does."""
    assert ["info", "warning", "error", "critical"] == [one.word for one in sorted(Severity)]


def test_match_is_judged_at_each_beginning() -> None:
    """A rule for one verdict begins when that verdict shows, on the mismatch's one clock."""
    only = rule("dead", "state-mismatch", lasts="1m", match=Match(verdicts=frozenset({"stopped"})))
    world = World(only)
    assert [] == world.reads_for("2m", run("a", "WAITING"))
    assert ["began dead @ops"] == world.reads(run("a", "PAUSED"))


def test_a_firing_alert_ends_when_its_trouble_does() -> None:
    """Not when it no longer matches."""
    only = rule("dead", "state-mismatch", lasts="0s", match=Match(verdicts=frozenset({"stopped"})))
    world = World(only)
    assert ["began dead @ops"] == world.reads(run("a", "PAUSED"))
    assert [] == world.reads_for("5m", run("a", "FAILED"))
    assert ["recovered dead @ops"] == world.reads_for("70s", run("a"))


def test_a_firing_alert_that_no_longer_matches_is_reminded_of() -> None:
    """Its trouble lasts, so its reminders go on."""
    stopped = Match(verdicts=frozenset({"stopped"}))
    world = World(rule("dead", "state-mismatch", lasts="0s", match=stopped, remind="5m"))
    assert ["began dead @ops"] == world.reads(run("a", "PAUSED"))
    assert ["reminder dead @ops"] == world.reads_for("5m", run("a", "FAILED"))


def test_a_pending_alert_ends_when_it_no_longer_matches() -> None:
    """What has not been told is judged at each reading."""
    only = rule("dead", "state-mismatch", lasts="1m", match=Match(verdicts=frozenset({"stopped"})))
    world = World(only)
    world.reads(run("a", "PAUSED"))
    assert [] == world.reads_for("5m", run("a", "FAILED"))
    assert {} == world.store.alerts
