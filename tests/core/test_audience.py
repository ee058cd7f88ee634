"""Which channels a rule tells about a job."""

from __future__ import annotations

import pytest

from tests.core.playbook import chat, hook, plan, rule
from watcher.core.audience import channels_for
from watcher.core.rule import Match, Rule
from watcher.core.subject import job_subject

JOB = job_subject("prod", "FLINK_STREAM", "a")
CHANNELS = (chat("ops"), chat("data"), hook("audit"))
EVERYWHERE = ("ops", "data", "audit")
OTHERS = Match(job=("b",))


def told(kind: str, *rules: Rule, builtin: bool = True) -> tuple[str, ...]:
    one = rule(kind, kind, "info", notify=EVERYWHERE, builtin=builtin)
    return channels_for(plan(*rules, one, channels=CHANNELS), one, JOB)


@pytest.mark.parametrize("kind", ["flapping", "redeployment"])
def test_builtin_rules_about_states_tell_who_hears_of_them(kind: str) -> None:
    """Nobody hears that a job flaps or is back who would not hear that it is down."""
    down = rule("down", "state-mismatch", notify=["data"])
    others = rule("others", "state-mismatch", notify=["ops"], match=OTHERS)
    often = rule("often", "state-mismatch", notify=["audit"], count=2, within="1h")
    assert ("data",) == told(kind, down, others, often)
    assert () == told(kind)


def test_a_rule_of_the_file_tells_whom_it_names() -> None:
    """Who writes a rule knows whom to tell."""
    assert EVERYWHERE == told("flapping", builtin=False)


def test_other_builtin_rules_tell_all_that_they_name() -> None:
    """That a job is missing is for everybody."""
    assert EVERYWHERE == told("missing")
