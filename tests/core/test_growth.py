"""An incident that grows: what its beginning takes in, and when its size is told again."""

from __future__ import annotations

from tests.core.playbook import World
from tests.core.storm_world import (
    NAMES,
    alive,
    calm,
    dead,
    file_of,
    incident,
    merged,
    on,
)
from watcher.core.notification import Reason


def test_twice_as_many_is_worse() -> None:
    """When its size has doubled, that is told once, with a mention, and not before it settles."""
    world = calm(World(file=file_of()))
    world.reads(*dead(NAMES[:15]), *alive(NAMES[15:]))
    world.waits("20s")
    world.reads(*dead(NAMES[:32]), *alive(NAMES[32:]))
    assert [] == world.passes("5s")
    assert ["worse incident @audit", "worse incident @ops"] == sorted(world.passes("10s"))
    assert (32, True) == (incident(world).event.facts.affected, incident(world).mention)
    assert [] == world.passes("60s")


def test_what_one_poll_shows_in_parts_is_one_message() -> None:
    """Until it is sent, a beginning takes in what the other requests of the poll show."""
    world = calm(World(file=file_of()))
    parts = [NAMES[:6], NAMES[6:20], NAMES[20:]]
    for part in parts:
        world.reads(*dead(part))
        world.waits("200ms")
    world.ticks()
    beginnings = [n for n in world.store.notifications if n.channel == "ops"]
    (last,) = [n for n in beginnings if n.id not in merged(world)]
    assert ("incident", Reason.BEGAN, 40) == (
        last.event.kind,
        last.reason,
        last.event.facts.affected,
    )
    assert last.hold_until == beginnings[6].hold_until
    assert last.mention


def test_later_ones_join_it_and_are_told_with_the_next_digest() -> None:
    """The same application: counted, and not told singly."""
    world = calm(World(file=file_of()))
    world.reads(*dead(NAMES[:20]), *alive(NAMES[20:]))
    world.waits("5m")
    world.reads(*dead(NAMES[:25]), *alive(NAMES[25:]))
    assert [] == on(world, "ops")
    told = [one for one in world.reads_for("30m", *dead(NAMES[:25]), every="1m") if "@ops" in one]
    assert ["reminder incident @ops"] == told
    last = [n for n in world.store.notifications if n.channel == "ops"][-1]
    assert 25 == last.event.facts.affected
