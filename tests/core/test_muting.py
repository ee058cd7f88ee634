"""Gates: what they stop is decided with its reason, and told later where it still lasts."""

from __future__ import annotations

import pytest

from tests.core.playbook import World, rule, run
from watcher.core import muting
from watcher.core.draft import Draft
from watcher.core.gate import Asked, Gate
from watcher.core.notification import Notification
from watcher.core.why import Why

UP, FAILED = run("a"), run("a", "FAILED")


class Shut:
    """A gate of this test that is closed on the channel `ops` while `why` says so."""

    def __init__(self) -> None:
        self.why: Why | None = Why.SILENCED

    def __call__(self, draft: Draft, asked: Asked) -> Gate | None:
        if self.why is None or asked.channel != "ops":
            return None
        return Gate(self.why, by="s1")


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Shut:
    shut = Shut()
    monkeypatch.setattr(muting, "GATES", (shut,))
    return shut


def world(remind: str | None = None) -> World:
    found = World(
        rule("down", "state-mismatch", notify=("ops", "audit"), keep="0s", remind=remind),
        rule("errors", "new-error", notify=("ops",)),
    )
    found.reads(UP)
    return found


def told_on_ops(found: World) -> Notification:
    (one,) = (note for note in found.last if note.channel == "ops")
    return one


def test_what_a_gate_stops_is_decided_with_its_reason(gate: Shut) -> None:
    """The other channel is told; the decision names what closed the gate."""
    found = world()
    assert ["began down @audit"] == found.reads(FAILED)
    stopped = [(d.why, d.by) for d in found.step.decisions if d.channel == "ops"]
    assert [(Why.SILENCED, "s1")] == stopped


@pytest.mark.parametrize("why, told", [(Why.SILENCED, "silence-ended"), (Why.INCIDENT, "began")])
def test_what_still_lasts_is_told_when_the_gate_opens(gate: Shut, why: Why, told: str) -> None:
    """Once, with its true beginning, also after a restart; and then its end."""
    found = world()
    gate.why = why
    found.reads(FAILED)
    began = found.now
    found.restarts()
    assert [] == found.reads_for("30s", FAILED)
    gate.why = None
    assert [f"{told} down @ops"] == found.reads_for("30s", FAILED)
    assert ["recovered down @audit", "recovered down @ops"] == sorted(found.reads(UP))
    assert began == told_on_ops(found).began_at


def test_what_begins_and_ends_behind_a_gate_is_not_told(gate: Shut) -> None:
    """Neither its beginning nor its end; each reading between decides nothing more."""
    found = world()
    found.reads(FAILED)
    decided = len(found.store.decisions)
    found.reads_for("60s", FAILED)
    assert decided == len(found.store.decisions)
    assert ["recovered down @audit"] == found.reads(UP)
    gate.why = None
    assert [] == found.reads_for("30s", UP)


def test_the_end_of_what_was_told_is_told_behind_a_gate(gate: Shut) -> None:
    """People who heard of the beginning are waiting for it."""
    found = world()
    gate.why = None
    found.reads(FAILED)
    gate.why = Why.SILENCED
    assert ["recovered down @audit", "recovered down @ops"] == sorted(found.reads(UP))


def test_reminders_are_stopped_and_counted(gate: Shut) -> None:
    """A silenced reminder is decided as such, and not made up for."""
    found = world(remind="10s")
    gate.why = None
    found.reads(FAILED)
    gate.why = Why.SILENCED
    assert ["reminder down @audit"] * 3 == found.reads_for("30s", FAILED)
    assert 3 == sum(d.why is Why.SILENCED for d in found.store.decisions)


def test_an_event_that_does_not_end_is_only_counted(gate: Shut) -> None:
    """A silenced error is not told when the silence is over."""
    found = world()
    assert [] == found.reads(run("a", error="java.io.IOException: x", error_at=1_700_000_000_000))
    assert [Why.SILENCED] == [d.why for d in found.step.decisions]
    gate.why = None
    assert [] == found.reads_for("30s", UP)


def test_another_rule_speaks_where_only_one_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """A gate is asked for each rule; the gravest that may speak does."""

    def stops_down(draft: Draft, asked: Asked) -> Gate | None:
        return Gate(Why.SILENCED) if asked.rule.name == "down" else None

    monkeypatch.setattr(muting, "GATES", (stops_down,))
    found = World(rule("down", "state-mismatch"), rule("also", "state-mismatch", "warning"))
    found.reads(UP)
    assert ["began also @ops"] == found.reads(FAILED)


def test_what_another_rule_speaks_for_is_asked_once(gate: Shut) -> None:
    """A hushed alert of a lesser rule ends its asking: one decision, not one for each reading."""
    found = World(
        rule("grave", "state-mismatch", keep="0s"),
        rule("lesser", "state-mismatch", "warning", lasts="1m"),
    )
    found.reads(UP)
    gate.why = None
    assert ["began grave @ops"] == found.reads(FAILED)
    gate.why = Why.INCIDENT
    assert [] == found.reads_for("90s", FAILED)
    gate.why = None
    assert [] == found.reads_for("10s", FAILED)
    decided = len(found.store.decisions)
    assert [] == found.reads_for("60s", FAILED)
    assert decided == len(found.store.decisions)


def test_a_hushed_alert_that_nobody_hears_any_more_decides_nothing(gate: Shut) -> None:
    """A rule that lost its channels leaves no decision at each reading."""
    found = World(rule("down", "state-mismatch"))
    found.reads(UP)
    found.reads(FAILED)
    found.reloads(rule("down", "state-mismatch", notify=()))
    decided = len(found.store.decisions)
    assert [] == found.reads_for("60s", FAILED)
    assert decided == len(found.store.decisions)
