"""What holds of riders, redeployments and flapping in every story, killed at any moment or not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from tests.core.playbook import World, rule, run
from watcher.core import muting
from watcher.core.draft import Draft
from watcher.core.gate import Asked, Gate
from watcher.core.riding import RIDERS
from watcher.core.run_summary import RunSummary
from watcher.core.state import State
from watcher.core.step import Decision
from watcher.core.why import Why

RULES = (
    rule("down", "state-mismatch", keep="30s", remind="3m", notify=["ops", "audit"]),
    rule("mild", "state-mismatch", "info", stopped="20s", unknown="0s"),
    rule("errors", "new-error", "error", repeat_after="2m", notify=["ops", "audit"]),
    rule("changed", "state-change", "info", notify=["ops", "audit"]),
    rule("again", "restart", "warning"),
    rule("loop", "restart", count=3, within="5m"),
    rule("flaps", "flapping", "warning", count=4, within="5m", remind="3m"),
    rule("anew", "redeployment", "info"),
)
states = st.sampled_from(["RUNNING", "RUNNING", "PAUSED", "WAITING", "FAILED", "TERMINATED", "ODD"])
plans = st.sampled_from(["RUNNING", "RUNNING", "RUNNING", "RUNNING", "TERMINATED"])
errors = st.sampled_from([None, None, "x broke", "y broke", "z broke"])


def summary(step: int, actual: str, expect: str, number: int, error: str | None) -> RunSummary:
    """A run summary whose error, if any, is newer than every earlier one."""
    at = None if error is None else 1_795_000_000_000 + step * 1000
    return run("a", actual, expect, id=number, error=error, error_at=at)


looks = st.tuples(states, plans, st.sampled_from([1, 1, 1, 2]), errors)
spans = st.sampled_from([10, 10, 20, 60, 300])
Look = tuple[str, str, int, str | None]
Story = Sequence[tuple[int, Look | str | None]]


def stories_with(*words: str) -> st.SearchStrategy[Story]:
    """Readings and outages after spans of time, and `words`: other things that happen."""
    others = st.sampled_from([None, *words])
    return st.lists(st.tuples(spans, st.one_of(looks, looks, others)), max_size=40)


stories = stories_with()


class Silence:
    """A gate of these stories that is shut on the chat, or open."""

    def __init__(self) -> None:
        self.shut = False

    def __call__(self, draft: Draft, asked: Asked) -> Gate | None:
        return Gate(Why.SILENCED, "s1") if self.shut and asked.channel == "ops" else None


def play(story: Story, *, dying: bool) -> World:
    """A reading, an outage or something else after each span, and a tick before it."""
    silence, world = Silence(), World(*RULES)
    world.reads(run("a"))
    with patch.object(muting, "GATES", (silence, *muting.GATES)):
        for step, (span, act) in enumerate(story):
            world.now += timedelta(seconds=span)
            _revive(world, dying=dying)
            world.ticks()
            _revive(world, dying=dying)
            _do(world, silence, step, act)
    return world


def _do(world: World, silence: Silence, step: int, act: Look | str | None) -> None:
    if act is None:
        world.fails("a")
    elif act == "silence":
        silence.shut = not silence.shut
    elif act == "reload":
        world.reloads(*(RULES[3:] if world.plan.rules == RULES else RULES))
    elif not isinstance(act, str):
        world.reads(summary(step, *act))


def _revive(world: World, *, dying: bool) -> None:
    if dying:
        world.state = State(world.store.load(), world.plan)


@given(stories_with("silence", "reload"))
def test_every_rider_is_told_in_one_message(story: Story) -> None:
    """On each channel each event has one decision that tells it, or says why not; what is merged
    into a message is in that message, and nowhere else.
    """
    world = play(story, dying=False)
    carried = Counter(
        (rider.id, note.id, note.channel)
        for note in world.store.notifications
        for rider in note.riders
    )
    lines = {note.id for note in world.store.notifications if note.event.kind == "redeployment"}
    plain = [d for d in plain_decisions(world) if d.why in (Why.TOLD, Why.MERGED)]
    merged = Counter(
        (d.event, d.notification, d.channel)
        for d in plain
        if d.why is Why.MERGED and d.notification is not None and d.notification not in lines
    )
    assert carried == merged
    told = Counter((d.event, d.channel) for d in plain)
    assert {1} >= set(told.values())
    assert {} == {key: told[key[1:]] for key in world.store.riders if told[key[1:]]}


def plain_decisions(world: World) -> list[Decision]:
    """What was decided about riders on a channel, but for the alerts of rules that count."""
    events = world.store.events
    return [
        one
        for one in world.store.decisions
        if events[one.event].kind in RIDERS and one.channel is not None and one.rule != "loop"
    ]


@given(stories_with("silence"))
def test_each_event_is_decided_on_each_channel(story: Story) -> None:
    """Of each event and channel that a plain rule would tell, there is a decision, or it waits."""
    world = play(story, dying=False)
    decided = {(d.event, d.channel) for d in world.store.decisions}
    held = {d.event for d in world.store.decisions if d.why is Why.TOLD_BEFORE}
    waiting = {(rider.event.id, rider.channel) for rider in world.store.riders.values()}
    due = {
        (event.id, channel)
        for event in world.store.events.values()
        if event.kind in RIDERS and event.id not in held
        for one in RULES
        if event.kind in one.on and not one.counts
        for channel in one.notify
    }
    assert set() == due - decided - waiting
    assert set() == decided & waiting


@given(stories_with("silence"))
def test_kills_change_nothing_that_is_told(story: Story) -> None:
    """A process that dies after every Step tells the same as one that lives, to the letter."""
    lived, died = play(story, dying=False), play(story, dying=True)
    assert lived.store.notifications == died.store.notifications
    assert lived.store.decisions == died.store.decisions


@given(stories)
def test_an_error_is_never_lost_in_silence(story: Story) -> None:
    """A chat gets each error that its rule tells, in its own message or in the mismatch's."""
    world = play(story, dying=False)
    messages = [note for note in world.store.notifications if note.channel == "ops"]
    said = {note.event.id for note in messages} | {r.id for note in messages for r in note.riders}
    held = {d.event for d in world.store.decisions if d.why is Why.TOLD_BEFORE}
    waiting = {rider.event.id for rider in world.store.riders.values()}
    errors = {event.id for event in world.store.events.values() if event.kind == "new-error"}
    assert set() == errors - held - waiting - said
