"""What is told of a store that cannot be written, and what of it is saved afterwards."""

from __future__ import annotations

from datetime import timedelta

from tests.core.playbook import World, chat, hook, plan, rule
from watcher.core.unwritable import Trouble, calm_down, cry_out
from watcher.core.why import Why

MINUTE = timedelta(minutes=1)


def world() -> World:
    return World(file=plan(rule("down", "state-mismatch"), channels=[chat("ops"), hook("audit")]))


def test_beginning_and_end_are_one_alert() -> None:
    """Each channel hears numbers 1 and 2 of the same alert, with sequences that follow."""
    found = world()
    trouble = Trouble(found.now, "watcher.db: the disk is full", "full")
    begun = {c: cry_out(found.state, c, trouble, found.now + MINUTE) for c in ("ops", "audit")}
    step = calm_down(found.state, ["ops", "audit"], trouble, found.now + 9 * MINUTE)
    for end in step.notifications:
        start = begun[end.channel]
        assert start.alert == end.alert
        assert start.id != end.id
        assert (1, 2, 1, 2) == (start.number, end.number, start.sequence, end.sequence)
        assert ("unwritable.firing", "unwritable.resolved") == (start.type, end.type)
        assert (trouble.since, found.now + 9 * MINUTE) == (end.began_at, end.ended_at)
    found.state.apply(step)
    again = Trouble(found.now + 10 * MINUTE, trouble.words, trouble.cause)
    next_one = cry_out(found.state, "audit", again, found.now + 10 * MINUTE)
    assert 3 == next_one.sequence
    assert next_one.alert != begun["audit"].alert


def test_the_beginning_is_the_same_at_every_try() -> None:
    """Its id does not depend on when it is told, and nothing in the state changes by it."""
    found = world()
    trouble = Trouble(found.now, "full", "full")
    first = cry_out(found.state, "ops", trouble, found.now)
    before = dict(found.state.counters)
    assert first.id == cry_out(found.state, "ops", trouble, found.now + MINUTE).id
    assert before == found.state.counters


def test_the_end_is_explained() -> None:
    """The event that is saved has a decision for each channel, so that the books balance."""
    found = world()
    step = calm_down(found.state, ["ops", "audit"], Trouble(found.now, "x", "full"), found.now)
    (event,) = step.events
    assert {(event.id, Why.TOLD, n.channel, n.id) for n in step.notifications} == {
        (d.event, d.why, d.channel, d.notification) for d in step.decisions
    }
    assert "watcher" == event.subject.lane
