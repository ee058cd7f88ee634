"""Why a rule is for an event or not: the first key that it does not fit."""

from __future__ import annotations

import re

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from tests.core.playbook import NOON, plan, rule, run
from watcher.core.event import Event, Kind
from watcher.core.fitting import explain_match, fits_of
from watcher.core.plan import Plan
from watcher.core.rule import Match, Rule
from watcher.core.run_summary import STREAM, RunSummary
from watcher.core.subject import job_subject, source_subject

A = job_subject("prod", STREAM, "a")


def event_of(
    kind: Kind = Kind.STATE_MISMATCH,
    *,
    verdict: str | None = None,
    now: RunSummary | None = None,
    before: RunSummary | None = None,
) -> Event:
    return Event(1, kind, A, NOON, NOON, now, before, verdict)


def file_of(*rules: Rule) -> Plan:
    return plan(*rules, labels={"team": "orders"})


matches = st.builds(
    Match,
    source=st.sampled_from([(), ("prod",), ("test", "p*"), ("test",)]),
    project=st.sampled_from([(), ("flink",), ("x",)]),
    job=st.sampled_from([(), ("a",), ("b*",)]),
    job_type=st.sampled_from([(), (STREAM,), ("FLINK_BATCH",)]),
    labels=st.sampled_from([{}, {"team": ("orders",)}, {"team": ("x",)}, {"who": ("*",)}]),
    verdicts=st.sampled_from([frozenset(), frozenset({"failed"}), frozenset({"stuck"})]),
    came_from=st.sampled_from([frozenset(), frozenset({"RUNNING"}), frozenset({"PAUSED"})]),
    went_to=st.sampled_from([frozenset(), frozenset({"FAILED"}), frozenset({"PAUSED"})]),
    error=st.sampled_from([None, re.compile("java"), re.compile("python")]),
)
rules = st.builds(
    lambda on, match, threshold, stop: msgspec.structs.replace(
        rule("r", on, threshold=threshold, stop=stop), match=match
    ),
    st.sampled_from(Kind),
    matches,
    st.sampled_from([None, 100, 10_000]),
    st.booleans(),
)
events = st.builds(
    lambda kind, place, now, verdict: Event(
        1, kind, A if place else source_subject("prod"), NOON, NOON, now, run("a"), verdict
    ),
    st.sampled_from(Kind),
    st.booleans(),
    st.sampled_from([None, run("a", delay=500), run("a", "FAILED", error="java.io")]),
    st.sampled_from([None, "failed"]),
)


@given(st.lists(rules, max_size=4), events)
def test_the_explanation_is_the_search(some: list[Rule], event: Event) -> None:
    """Exactly the rules that the pipeline asks are said to fit, whatever the file and the event."""
    named = [msgspec.structs.replace(one, name=f"r{i}") for i, one in enumerate(some)]
    file = file_of(*named)
    reached = [fit.rule.name for fit in fits_of(file, event) if fit.is_reached]
    assert [one.name for one in file.search(event)] == reached


def test_the_first_key_that_does_not_fit_is_named() -> None:
    """With what the rule asks for and what there is, in the order in which a person reads it."""
    wanted = Match(labels={"team": ("pay*",)}, verdicts=frozenset({"stuck"}))
    one = rule("down", "state-mismatch", match=wanted)
    misfit = explain_match(file_of(one), one, event_of(verdict="failed"))
    assert misfit is not None
    assert ("labels.team", "pay*", "orders") == (misfit.key, misfit.wanted, misfit.found)


def test_a_rule_that_stops_is_named_by_those_behind_it() -> None:
    """Who would fit but is not asked learns which rule ended the search."""
    first, second = rule("first", "restart", stop=True), rule("second", "restart")
    fits = fits_of(file_of(first, second), event_of(Kind.RESTART))
    assert [(True, None), (False, "first")] == [(f.is_reached, f.stopped_by) for f in fits]
