"""Worlds in which many jobs fall together, for tests of incidents."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tests.core.playbook import World, chat, hook, plan, rule, run
from watcher.core.notification import Notification
from watcher.core.plan import Plan
from watcher.core.run_summary import RunSummary

NAMES = tuple(f"job_{n:02}" for n in range(40))
DOWN = rule("down", "state-mismatch", notify=["ops", "audit"], remind="1h")
TOGETHER = rule("incident", "incident", "info", notify=["ops", "audit"], builtin=True)
CHANNELS = (chat("ops"), hook("audit"))


def file_of(*rules: object, storm: int = 10, names: Sequence[str] = NAMES) -> Plan:
    wanted = rules or (DOWN, TOGETHER)
    return plan(*wanted, jobs=names, channels=CHANNELS, storm=storm)  # type: ignore[arg-type]


def calm(world: World, names: Sequence[str] = NAMES) -> World:
    """Everything runs at the first reading, so that nothing that follows has stood before."""
    world.reads(*(run(name, handler=None) for name in names))
    world.waits("10s")
    return world


def dead(names: Iterable[str], app: str | None = "app_1", **more: object) -> list[RunSummary]:
    return [
        run(name, "FAILED", handler=f"{app}|{name}" if app else None, **more)  # type: ignore[arg-type]
        for name in names
    ]


def alive(names: Iterable[str]) -> list[RunSummary]:
    return [run(name, handler="app_9|x") for name in names]


def on(world: World, channel: str) -> list[Notification]:
    """What a channel was told in the last Step."""
    return [note for note in world.last if note.channel == channel]


def incident(world: World, channel: str = "ops") -> Notification:
    """What a channel was told last of an incident."""
    notes = world.store.notifications[::-1]
    return next(n for n in notes if (n.channel, n.event.kind) == (channel, "incident"))


def lines(world: World) -> list[str]:
    return [f"{n.reason} {n.rule} @{n.channel}" for n in world.last]


def merged(world: World) -> set[str]:
    return {old for step in world.steps for old, _ in step.merges}
