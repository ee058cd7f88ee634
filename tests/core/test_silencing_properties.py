"""What holds of every story in which people silence, whatever happens to the jobs meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, timedelta
from fnmatch import fnmatchcase

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from tests.core.playbook import NOON, run
from tests.core.test_muting_properties import lives
from tests.core.test_pipeline_properties import NAMES, Watched, acts, file_of
from watcher.core.alert import Alert, Hush
from watcher.core.audience import channels_for
from watcher.core.event import Kind
from watcher.core.notification import Notification
from watcher.core.plan import Plan
from watcher.core.rule import Match
from watcher.core.run_summary import BATCH, STREAM
from watcher.core.silence import Matchers, Silence
from watcher.core.step import Step
from watcher.core.subject import job_subject
from watcher.core.utterance import ENDS
from watcher.core.why import Why
from watcher.core.window import Cron, Window

SPEAKING = frozenset({Why.INCIDENT, Why.FLAPPING})
WINDOW = Window("w", Cron("20 12 * * *", timedelta(minutes=30), UTC), Match(job=("[ax]*",)))
MATCHERS = st.builds(
    Matchers,
    jobs=st.sampled_from([(), ("a",), ("x*", "b")]),
    sources=st.sampled_from([(), ("p*",)]),
    kinds=st.sampled_from([(), (Kind.STATE_MISMATCH,), (Kind.NEW_ERROR, Kind.RESTART)]),
).filter(lambda matchers: matchers.are_given)


class Silenced(Watched):
    """A world in which people silence, or in which they only think of it."""

    def __init__(self, job_type: str, *, obeyed: bool) -> None:
        self.obeyed = obeyed
        self.known: list[tuple[Silence, ...]] = []
        super().__init__(file_with(job_type, WINDOW) if obeyed else file_of(job_type, 0), job_type)

    def silenced(self, matchers: Matchers, span: timedelta, *, recovered: bool) -> None:
        name = f"s{len(self.store.silences)}"
        until = None if recovered else self.now + span
        made = Silence(name, matchers, "anna", self.now, until=until, until_recovered=recovered)
        if self.obeyed:
            self.store.silences[name] = made
        self.ticks()

    def _take(self, step: Step) -> list[str]:
        if hasattr(self, "steps"):
            self.known.append(tuple(s for s in self.store.unexpired() if s.holds(self.now)))
        return super()._take(step)

    def expires_all(self) -> None:
        for name, one in self.store.silences.items():
            if one.expired_at is None:
                self.store.silences[name] = msgspec.structs.replace(one, expired_at=self.now)
        self.ticks()


def file_with(job_type: str, window: Window) -> Plan:
    return msgspec.structs.replace(file_of(job_type, 0), windows=(window,))


Act = Callable[[Silenced], object]
silencings: st.SearchStrategy[Act] = st.one_of(
    st.builds(
        lambda matchers, seconds, recovered: (
            lambda world: world.silenced(matchers, timedelta(seconds=seconds), recovered=recovered)
        ),
        MATCHERS,
        st.sampled_from([20, 60, 600]),
        st.booleans(),
    ),
    st.just(lambda world: world.expires_all()),
)
Story = tuple[str, list[Act]]
stories: st.SearchStrategy[Story] = st.sampled_from([STREAM, BATCH]).flatmap(
    lambda job_type: st.tuples(
        st.just(job_type),
        st.tuples(st.lists(silencings, max_size=5), acts(job_type, restarts=False)).flatmap(
            lambda both: st.permutations([*both[0], *both[1]])
        ),
    )
)


def played(story: Story, *, obeyed: bool = True) -> Silenced:
    job_type, todo = story
    world = Silenced(job_type, obeyed=obeyed)
    for act in todo:
        act(world)
    return world


def fits(silence: Silence, note: Notification) -> bool:
    about, subject = silence.matchers, note.subject
    return (
        (not about.jobs or any(fnmatchcase(subject.job or "", glob) for glob in about.jobs))
        and (not about.sources or fnmatchcase(subject.source or "", about.sources[0]))
        and (not about.kinds or note.event.kind in about.kinds)
        and (subject.job is not None or not about.jobs)
        and (subject.source is not None or not about.sources)
    )


@given(stories)
def test_silences_change_nothing_but_what_is_told(story: Story) -> None:
    """Events and the life of every alert are the same with them and without."""
    quiet, loud = played(story), played(story, obeyed=False)
    assert [step.events for step in quiet.steps] == [step.events for step in loud.steps]
    assert lives(quiet) == lives(loud)


@given(stories)
def test_nothing_is_told_that_is_silenced(story: Story) -> None:
    """Of what a silence in force or an open window fits only ends are told."""
    world = played(story)
    for step, known in zip(world.steps, world.known, strict=True):
        for note in (note for note in step.notifications if note.reason not in ENDS):
            assert not [silence for silence in known if fits(silence, note)]
            minutes = (step.at - NOON) // timedelta(minutes=1) % (24 * 60)
            is_in_window = fnmatchcase(note.subject.job or "", "[ax]*") and 20 <= minutes < 50
            assert not is_in_window


@given(stories)
def test_what_still_lasts_has_been_told_once_all_is_over(story: Story) -> None:
    """After the next good reading each channel knows of every job that is wrong."""
    world = played(story)
    world.expires_all()
    # Far from the window, and for as long as every rule waits.
    world.now += timedelta(days=1) - (world.now - NOON) % timedelta(days=1)
    subjects = {name: job_subject("prod", world.job_type, name) for name in NAMES}
    names = [name for name, subject in subjects.items() if world.state.job(subject) is not None]
    for _ in range(2):
        world.now += timedelta(minutes=1)
        world.reads(*(run(name, "FAILED") for name in names))
    for found in list(world.state.alerts.values()):
        for alert in found.values():
            if alert.fires and alert.kind is Kind.STATE_MISMATCH:
                rule = world.plan.rule(alert.rule)
                assert rule is not None
                told = {told.channel for told in world.state.told[alert.subject].values()}
                # An incident speaks for its jobs, and flapping for its job, while it goes on.
                held = {h.channel for h in alert.hushed if is_spoken_for(world, alert, h)}
                assert {*channels_for(world.plan, rule, alert.subject)} <= told | held
                assert held == {hush.channel for hush in alert.hushed}


def is_spoken_for(world: Watched, alert: Alert, hush: Hush) -> bool:
    """Whether an incident or flapping is told there, also one that came when a silence ended."""
    kinds = {
        told.kind
        for subject, found in world.state.told.items()
        for told in found.values()
        if told.channel == hush.channel and (subject.cause or subject == alert.subject)
    }
    return hush.why in SPEAKING or bool(kinds & {Kind.INCIDENT, Kind.FLAPPING})
