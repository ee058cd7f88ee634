"""A made-up event takes the way that a real one would, and leaves nothing behind."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.core.playbook import NOON, World, line, rule, run
from watcher.core.event import Kind
from watcher.core.rehearsal import PLAYED, MadeUp, rehearse
from watcher.core.run_summary import STREAM

RULES = (
    rule("down", "state-mismatch", lasts="10m"),
    rule("errors", "new-error", "warning"),
    rule("changed", "state-change", "info", notify=["audit"]),
    rule("again", "restart", "warning"),
    rule("behind", "input-delay", threshold=1000, lasts="1m"),
    rule("lost", "missing", lasts="5m"),
    rule("new", "appeared", "info"),
    rule("dark", "blind", lasts="5m"),
    rule("mute", "undeliverable", notify=["audit"]),
)


def told(world: World, made_up: MadeUp) -> list[tuple[str, str]]:
    """(after, message) for everything that would be told."""
    steps = rehearse(world.store.load(), world.plan, made_up, NOON + timedelta(hours=1))
    first = steps[0].at
    return [(str(s.at - first), line(n)) for s in steps for n in s.notifications]


def job(kind: Kind, **more: object) -> MadeUp:
    return MadeUp(kind, "prod", STREAM, "a", **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "made_up, expected",
    [
        (job(Kind.STATE_MISMATCH), ("0:10:00", "began down @ops")),
        (job(Kind.NEW_ERROR, error="x broke"), ("0:00:00", "began errors @ops")),
        (job(Kind.STATE_CHANGE, actual="PAUSED"), ("0:00:00", "began changed @audit")),
        (job(Kind.RESTART), ("0:00:00", "began again @ops")),
        (job(Kind.INPUT_DELAY, delay_ms=5000), ("0:01:00", "began behind @ops")),
        (job(Kind.MISSING), ("0:05:00", "began lost @ops")),
        (job(Kind.APPEARED), ("0:00:00", "began new @ops")),
        (MadeUp(Kind.BLIND, "prod"), ("0:05:00", "began dark @ops")),
        (MadeUp(Kind.UNDELIVERABLE, channel="ops"), ("0:00:00", "began mute @audit")),
    ],
    ids=lambda one: one.kind.value if isinstance(one, MadeUp) else "",
)
def test_each_kind_reaches_its_rule_when_it_has_lasted(
    made_up: MadeUp, expected: tuple[str, str]
) -> None:
    """At once, or after the rule's `for` if it is still so then; nothing is saved."""
    world = World(*RULES)
    world.reads(run())
    before = world.store.load()
    assert expected in told(world, made_up)
    assert before == world.store.load()


def test_a_stranger_can_be_made_up() -> None:
    """A job that was never seen is taken for one that ran: its first look is no baseline."""
    world = World(*RULES)
    assert ("0:00:00", "began errors @ops") in told(world, job(Kind.NEW_ERROR))


def test_every_kind_that_is_played_is_tried_here() -> None:
    """A kind that comes later belongs into the table above, or is not played."""
    kinds = {one.on[0] for one in RULES}
    assert set(PLAYED) == kinds
