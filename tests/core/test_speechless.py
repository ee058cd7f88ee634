"""The alerts of `undeliverable`, and who is told of them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.core.playbook import World, chat, hook, plan, rule
from watcher.core.rule import Rule
from watcher.core.speechless import ChannelHealth

BUILTIN = rule("undeliverable", "undeliverable", builtin=True, notify=["ops", "audit", "data"])


def world(*rules: Rule, fallback: str | None = None) -> World:
    channels = [chat("ops", fallback), chat("data"), hook("audit")]
    return World(file=plan(*rules or (BUILTIN,), channels=channels))


def refused(world: World, channel: str = "ops") -> ChannelHealth:
    return ChannelHealth(channel, refused_since=world.now, waiting=3, reason="310000 keywords")


def late(world: World, minutes: int, channel: str = "ops") -> ChannelHealth:
    return ChannelHealth(channel, oldest_made_at=world.now - timedelta(minutes=minutes), waiting=1)


def test_a_refusal_is_told_at_once_and_never_on_the_channel_itself() -> None:
    """Without a fallback, every other such channel hears that one refuses us."""
    found = world()
    assert ["began undeliverable @audit", "began undeliverable @data"] == sorted(
        found.ticks(refused(found))
    )
    facts = found.last[0].event.facts
    assert ("refused", "310000 keywords", 3) == (facts.cause, facts.detail, facts.affected)
    assert [] == found.ticks(refused(found))
    ended = ["recovered undeliverable @audit", "recovered undeliverable @data"]
    assert ended == sorted(found.ticks(ChannelHealth("ops")))


def test_the_fallback_is_told_where_there_is_one() -> None:
    """A built-in rule tells the channel's fallback alone, named by it or not."""
    found = world(fallback="data")
    assert ["began undeliverable @data"] == found.ticks(refused(found))
    other = world(rule("undeliverable", "undeliverable", builtin=True), fallback="data")
    assert ["began undeliverable @data"] == other.ticks(refused(other))


def test_a_channel_is_never_its_own_fallback() -> None:
    """Whatever the file says, nobody is told on the channel that is in trouble."""
    found = world(fallback="ops")
    assert [] == [one for one in found.ticks(refused(found)) if "@ops" in one]
    assert 2 == len(found.last)


def test_a_rule_of_ones_own_tells_whom_it_names() -> None:
    """A rule in the file tells its `notify`, but for the channel itself."""
    own = rule("mute", "undeliverable", notify=["ops", "audit"])
    found = world(own, fallback="data")
    assert ["began mute @audit"] == found.ticks(refused(found))
    assert ["began mute @ops"] == found.ticks(refused(found, "audit"))


def test_a_built_in_rule_can_be_turned_off() -> None:
    """`notify = []` tells nobody, also not the fallback."""
    found = world(rule("undeliverable", "undeliverable", builtin=True, notify=[]), fallback="data")
    assert [] == found.ticks(refused(found))


@pytest.mark.parametrize("minutes, told", [(4, 0), (5, 2)])
def test_what_waits_longer_than_for(minutes: int, told: int) -> None:
    """A channel whose oldest delivery is older than five minutes is told of."""
    found = world()
    assert told == len(found.ticks(late(found, minutes)))


def test_each_rule_has_its_own_patience() -> None:
    """The end is that of each rule: what is late for one may not be for another."""
    found = world(
        rule("soon", "undeliverable", lasts="1m", notify=["audit"]),
        rule("late", "undeliverable", lasts="10m", notify=["data"]),
    )
    assert ["began soon @audit"] == found.ticks(late(found, 2))
    assert ["began late @data"] == found.ticks(late(found, 11))
    assert ["recovered late @data"] == found.ticks(late(found, 2))
    assert ["recovered soon @audit"] == found.ticks(late(found, 0))


def test_it_is_one_alert_over_a_restart() -> None:
    """A restart of the watcher tells nothing anew."""
    found = world()
    found.ticks(refused(found))
    found.restarts(after="1m")
    assert [] == found.ticks(refused(found))
    assert 2 == len(found.ticks(ChannelHealth("ops")))


def test_ticks_write_nothing_while_nothing_changes() -> None:
    """A channel that stays refused costs no transaction a second."""
    found = world()
    found.ticks(refused(found))
    found.waits("1s")
    found.ticks(refused(found))
    assert not found.step.saves
    assert 1 == len(found.store.events)


def test_a_channel_that_left_the_file_is_unwatched() -> None:
    """Its alert ends, and what is left in its outbox is nobody's trouble any more."""
    found = world(fallback="data")
    found.ticks(refused(found))
    told = found.reloads(file=plan(BUILTIN, channels=[chat("data"), hook("audit")]))
    assert ["unwatched undeliverable @data"] == told
    assert [] == found.ticks(refused(found))
