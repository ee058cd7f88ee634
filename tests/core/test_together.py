"""Ends of one bundle wait for each other; a single end and the last one do not."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from tests.core.playbook import World, chat, hook, plan, rule, run
from watcher.core.run_summary import RunSummary
from watcher.core.sound import GROUP_WAIT
from watcher.core.together import ENDS_WAIT

NAMES = tuple("abcdef")
DOWN = rule("down", "state-mismatch", notify=["ops", "audit"], keep="0s")


def fallen_world(*names: str) -> World:
    world = World(file=plan(DOWN, jobs=NAMES, channels=(chat("ops"), hook("audit"))))
    world.reads(*(run(name) for name in NAMES))
    world.waits("10s")
    world.reads(*states(names))
    world.waits("5m")
    return world


def states(down: Iterable[str]) -> list[RunSummary]:
    return [run(name, "FAILED" if name in down else "RUNNING") for name in NAMES]


def waits(world: World, channel: str = "ops") -> list[timedelta | None]:
    """How long each message of the last Step to a channel waits."""
    mine = [note for note in world.last if note.channel == channel]
    return [note.hold_until - world.now if note.hold_until else None for note in mine]


def test_the_first_ones_wait_and_the_last_one_does_not() -> None:
    """While others of the bundle are down an end waits; the last one takes the others along."""
    world = fallen_world("a", "b", "c")
    world.reads(*states("bc"))
    assert [ENDS_WAIT] == waits(world)
    assert [None] == waits(world, "audit")
    world.waits("10s")
    world.reads(*states("c"))
    assert [ENDS_WAIT] == waits(world)
    world.waits("10s")
    world.reads(*states(""))
    assert [GROUP_WAIT] == waits(world)


def test_all_at_once_wait_for_nobody() -> None:
    """Nothing of the bundle is left to wait for."""
    world = fallen_world("a", "b", "c")
    world.reads(*states(""))
    assert [GROUP_WAIT] * 3 == waits(world)


def test_who_fell_alone_waits_for_nobody() -> None:
    """What is down for another time is no reason to wait."""
    world = fallen_world("a")
    world.reads(*states("ab"))
    world.waits("5m")
    world.reads(*states("a"))
    assert [GROUP_WAIT] == waits(world)


def test_it_is_the_same_after_a_restart() -> None:
    """What is saved says who fell together."""
    world = fallen_world("a", "b")
    world.restarts()
    world.reads(*states("b"))
    world.reads(*states("b"))
    ends = [n for n in world.store.notifications if n.reason == "recovered" and n.channel == "ops"]
    assert [world.now + ENDS_WAIT] == [note.hold_until for note in ends]
