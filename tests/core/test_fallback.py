"""What one channel cannot be told is told on its fallback, once, and its end there too."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.core.playbook import World, chat, hook, plan, rule, run
from watcher.core.fallback import Stranded, patience
from watcher.core.notification import Notification
from watcher.core.plan import Plan
from watcher.core.rule import Rule
from watcher.core.speechless import ChannelHealth

DOWN = rule("down", "state-mismatch", lasts="0s", keep="0s")
CHANNELS = (chat("ops", "data"), chat("data"), hook("audit", "ops"))


def file() -> Plan:
    return plan(DOWN, rule("errors", "new-error", "error"), channels=CHANNELS, jobs=["a", "b"])


def fallen() -> tuple[World, Notification]:
    """A job is down, and its channel was told in vain."""
    world = World(file=file())
    world.reads(run("a"), run("b"))
    assert ["began down @ops"] == world.reads(run("a", "FAILED"), run("b"))
    return world, world.last[0]


def stranded(*notes: Notification, end: Notification | None = None) -> Stranded:
    return Stranded(notes[-1], tuple(note.id for note in notes), end)


def test_a_stranded_beginning_is_told_in_full_on_the_fallback() -> None:
    """The same facts and mention under an id of its own, saying for whom, marked as told."""
    world, first = fallen()
    assert ["began down @data"] == world.ticks(stranded=[stranded(first)])
    (copy,) = world.last
    assert ("ops", first.event, first.alert, True) == (
        copy.fallback_for,
        copy.event,
        copy.alert,
        copy.mention,
    )
    assert copy.id != first.id
    assert ((first.id, copy.id),) == world.step.fell_back


def test_the_end_of_what_fell_back_goes_there_too() -> None:
    """While the alert fires the fallback is owed its end; the channel itself gets its own."""
    world, first = fallen()
    world.ticks(stranded=[stranded(first)])
    assert ["recovered down @data", "recovered down @ops"] == world.reads(run("a"), run("b"))
    assert {first.alert} == {note.alert for note in world.last}


def test_beside_another_alert_the_fallback_is_owed_the_end_all_the_same() -> None:
    """A rule that tells the fallback of the same job itself does not end what fell back there."""
    mild = rule("mild", "state-mismatch", "error", notify=("data",), lasts="0s", keep="0s")
    world = World(file=plan(DOWN, mild, channels=CHANNELS, jobs=["a"]))
    world.reads(run("a"))
    assert ["began down @ops", "began mild @data"] == world.reads(run("a", "FAILED"))
    first = world.last[0]
    assert ["began down @data"] == world.ticks(stranded=[stranded(first)])
    assert ["recovered mild @data", "recovered down @ops"] == world.reads(run("a"))
    owed = Stranded(world.last[1], (world.last[1].id,), owed=True)
    assert ["recovered down @data"] == world.ticks(stranded=[owed])
    (end,) = world.last
    assert (first.alert, 2) == (end.alert, end.number)


def test_an_end_that_was_decided_before_follows_at_once() -> None:
    """Beginning and end both stand in the outbox; the fallback gets both, in order."""
    world, first = fallen()
    world.reads(run("a"), run("b"))
    (end,) = world.last
    assert ["began down @data", "recovered down @data"] == world.ticks(
        stranded=[stranded(first, end=end)]
    )
    assert [1, 2] == [note.number for note in world.last]
    assert [1, 2] == [note.sequence for note in world.last]


def test_an_end_that_came_after_the_look_at_the_outbox_waits_for_the_next_look() -> None:
    """What is found without its end is not told once it is over: the end would never follow."""
    world, first = fallen()
    world.reads(run("a"), run("b"))
    (end,) = world.last
    assert [] == world.ticks(stranded=[stranded(first)])
    assert () == world.step.fell_back
    assert ["began down @data", "recovered down @data"] == world.ticks(
        stranded=[stranded(first, end=end)]
    )


def test_a_channel_is_not_told_of_itself_that_it_cannot_be_told() -> None:
    """Also where the one that should have been told has it as its fallback."""
    world = World(
        file=plan(rule("mute", "undeliverable", notify=("audit",)), channels=CHANNELS, jobs=["a"])
    )
    refused = ChannelHealth("ops", refused_since=world.now)
    assert ["began mute @audit"] == world.ticks(refused)
    assert [] == world.ticks(refused, stranded=[stranded(world.last[0])])


def test_a_beginning_that_was_taken_into_its_end_is_one_line_there() -> None:
    """What was down and up again before anybody could be told is told as that."""
    world, _ = fallen()
    world.reads(run("a"), run("b"))
    (end,) = world.last
    assert ["recovered down @data"] == world.ticks(stranded=[stranded(end)])
    assert [] == world.reads(run("a"), run("b"))


def test_what_only_occurs_is_told_alone() -> None:
    """A new error has no end."""
    world = World(file=file())
    world.reads(run("a"), run("b"))
    world.reads(run("a", error="x broke", error_at=1000), run("b"))
    (note,) = world.last
    assert ["began errors @data"] == world.ticks(stranded=[stranded(note)])


def test_a_new_alert_that_fires_meanwhile_is_not_ended_by_the_old_ones_end() -> None:
    """The fallback is told of the old alert, its end included, and owes nothing to the new one."""
    world, first = fallen()
    world.reads(run("a"), run("b"))
    (end,) = world.last
    world.reads(run("a", "FAILED"), run("b"))
    assert ["began down @data", "recovered down @data"] == world.ticks(
        stranded=[stranded(first, end=end)]
    )
    assert ["recovered down @ops"] == world.reads(run("a"), run("b"))


def test_several_beginnings_of_one_alert_are_told_as_the_latest() -> None:
    """Each of them is marked as told by the one message."""
    world, first = fallen()
    world.ticks(stranded=[Stranded(first, ("x", "y"))])
    (copy,) = world.last
    assert (("x", copy.id), ("y", copy.id)) == world.step.fell_back


def test_a_channel_that_left_the_file_has_no_fallback_any_more() -> None:
    """Nothing is told and nothing is marked."""
    world, first = fallen()
    world.reloads(file=plan(DOWN, channels=(chat("data"),), jobs=["a", "b"]))
    assert [] == world.ticks(stranded=[stranded(first)])
    assert () == world.step.fell_back


@pytest.mark.parametrize(
    "rules, minutes",
    [
        ((), 5),
        ((rule("mute", "undeliverable"),), 5),
        ((rule("mute", "undeliverable", lasts="2m"), rule("late", "undeliverable", lasts="9m")), 2),
    ],
)
def test_patience_is_the_shortest_for_of_undeliverable(
    rules: tuple[Rule, ...], minutes: int
) -> None:
    """Without any such rule it is the kind's own default."""
    assert timedelta(minutes=minutes) == patience(plan(*rules, channels=CHANNELS), "ops")
