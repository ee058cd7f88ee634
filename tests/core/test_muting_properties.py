"""What holds of every story, whichever gates close and open in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest.mock import patch

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from tests.core.test_pipeline_properties import Watched, acts, file_of_lives
from watcher.core import muting
from watcher.core.alert import Alert
from watcher.core.draft import Draft
from watcher.core.event import LASTING
from watcher.core.gate import Asked, Gate
from watcher.core.notification import Notification, Reason, Status
from watcher.core.run_summary import BATCH, STREAM
from watcher.core.why import Why

GATES = (Why.SILENCED, Why.WINDOW, Why.INCIDENT, Why.FLAPPING)
STOPPED = frozenset(GATES)


class Gates:
    """Gates that a story closes and opens, each on one channel."""

    def __init__(self) -> None:
        self.shut: set[tuple[str, Why]] = set()

    def __call__(self, draft: Draft, asked: Asked) -> Gate | None:
        return next((Gate(why, "x") for why in GATES if (asked.channel, why) in self.shut), None)

    def toggle(self, channel: str, why: Why) -> None:
        self.shut ^= {(channel, why)}

    @contextmanager
    def between(self) -> Iterator[None]:
        with patch.object(muting, "GATES", (self,)):
            yield


class Muted(Watched):
    """A world with gates; what is silenced makes no storm, so none is looked for at first.

    An alert that a gate holds is looked at more often, and rows and trends begin at a look: so
    no rule is here that counts them.
    """

    def __init__(self, job_type: str, gates: Gates) -> None:
        self.gates = gates
        super().__init__(msgspec.structs.replace(file_of_lives(job_type), storm=0), job_type)


toggles = st.builds(
    lambda channel, why: lambda world: world.gates.toggle(channel, why),
    st.sampled_from(["ops", "audit"]),
    st.sampled_from(GATES),
)
Story = tuple[str, list[Callable[[Muted], object]]]


def stories(*, restarts: bool) -> st.SearchStrategy[Story]:
    """Acts of every kind, with gates that close and open between them."""
    return st.sampled_from([STREAM, BATCH]).flatmap(
        lambda job_type: st.tuples(
            st.just(job_type),
            st.tuples(st.lists(toggles, max_size=6), acts(job_type, restarts=restarts)).flatmap(
                lambda both: st.permutations([*both[0], *both[1]])
            ),
        )
    )


def played(story: Story, *, gated: bool) -> Muted:
    job_type, todo = story
    gates = Gates()
    with gates.between() if gated else patch.object(muting, "GATES", ()):
        world = Muted(job_type, gates)
        for act in todo:
            act(world)
    return world


@given(stories(restarts=False))
def test_gates_change_nothing_but_what_is_told(story: Story) -> None:
    """Events and the life of every alert are the same with them and without."""
    muted, loud = played(story, gated=True), played(story, gated=False)
    assert [step.events for step in muted.steps] == [step.events for step in loud.steps]
    assert lives(muted) == lives(loud)


def lives(world: Watched) -> dict[object, list[object]]:
    """Each alert's phases, without what a gate leaves on it."""
    found: dict[object, list[object]] = defaultdict(list)
    for step in world.steps:
        for alert in step.alerts:
            if not found[alert.id] or found[alert.id][-1] != bare(alert):
                found[alert.id].append(bare(alert))
    return found


def bare(alert: Alert) -> Alert:
    return msgspec.structs.replace(alert, hushed=(), last_told_at=None)


@given(stories(restarts=True))
def test_a_channel_hears_a_beginning_before_its_end(story: Story) -> None:
    """Once each; and what a gate stopped has a decision that names what closed it."""
    world = played(story, gated=True)
    heard: dict[tuple[str, str], list[Notification]] = defaultdict(list)
    merged = {old for step in world.steps for old, _ in step.merges}
    for note in world.store.notifications:
        if note.event.kind in LASTING and note.id not in merged:
            heard[note.channel, note.alert].append(note)
    for notes in heard.values():
        check(notes)
    stopped = [d for step in world.steps for d in step.decisions if d.why in STOPPED]
    assert all(d.by == "x" and d.notification is None for d in stopped)


def check(notes: list[Notification]) -> None:
    assert Status.FIRING is notes[0].status
    assert list(range(notes[0].number, notes[0].number + len(notes))) == [n.number for n in notes]
    assert 1 >= sum(note.reason is Reason.BEGAN for note in notes[1:])
    assert all(note.status is Status.FIRING for note in notes[:-1])
