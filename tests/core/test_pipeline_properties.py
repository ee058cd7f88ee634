"""What holds for every story of readings, whatever an API gives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.core.playbook import World, chat, hook, plan, rule, run
from watcher.core.deadline import Deadline
from watcher.core.event import Kind
from watcher.core.fallback import Stranded
from watcher.core.job import Job
from watcher.core.notification import BEGINNINGS, Notification, Status
from watcher.core.pipeline import observe, tick
from watcher.core.plan import Plan
from watcher.core.pulse import STILL_ANSWERS
from watcher.core.reading import Cause, Listing, Outage, Reading, Snapshot
from watcher.core.riding import RIDERS
from watcher.core.rule import Match
from watcher.core.run_summary import BATCH, STREAM, RunSummary
from watcher.core.speechless import ChannelHealth
from watcher.core.state import State

NAMES = ("a", "b", "x1", "x2", "x3", "x4", "x5")
RULES = (
    rule("down", "state-mismatch", keep="30s", remind="5m", notify=["ops", "audit"]),
    rule("quick", "state-mismatch", "warning", lasts="0s", keep="0s"),
    rule("again", "restart", "warning"),
    rule("loop", ["restart", "new-error"], count=3, within="5m"),
    rule("often", "state-mismatch", "error", count=2, within="10m"),
    rule("changed", "state-change", "info", notify=["audit"]),
    rule("errors", "new-error", "error"),
    rule("behind", "input-delay", lasts="30s", threshold=1000),
    rule("late", "input-delay", "warning", threshold=100, notify=["ops", "audit"]),
    rule("lost", "missing", "warning", lasts="1m"),
    rule("new", "appeared", "info"),
    rule("dark", "blind", notify=["ops", "audit"], remind="10m"),
    rule("cold", "frozen", "warning", lasts="30s", remind="5m"),
    rule("mute", "undeliverable", builtin=True),
    rule("flaps", "flapping", "warning", count=4, within="5m", notify=["ops", "audit"]),
    rule("anew", "redeployment", "info", notify=["ops", "audit"]),
    rule("many", "incident", notify=["ops", "audit"], remind="5m", builtin=True),
    rule("undone", "batch-late", deadline=Deadline(time(12, 30), UTC), remind="10m"),
)
FORGETFUL = (
    rule("rests", "input-delay", "info", frozen_after=3, threshold=4000),
    rule(
        "rises", "input-delay", "info", threshold=10, match=Match(verdicts=frozenset({"growing"}))
    ),
    rule("slow", "batch-late", "info", longer_than=1.5, lasts="1m"),
)
"""Rules on what a restart makes anew, or less sure: rows, trends, and how long runs take."""
FEWEST = 3
CHANNELS = (chat("ops", "audit"), hook("audit"))
AFTER = rule("after", "reconciled", "info")


def file_of(job_type: str, number: int) -> Plan:
    """One of three files: the whole, one with fewer rules and jobs, one with other patience."""
    whole = (*RULES, *FORGETFUL)
    rules = [(*whole, AFTER), (*RULES[1:9:2], AFTER), (*whole[::-1], AFTER)][number]
    jobs = [("a", "b", "x*"), ("a", "x*"), ("a", "b", "x1", "x2")][number]
    storm = [FEWEST, 2, 0][number]
    return plan(*rules, jobs=jobs, job_type=job_type, channels=CHANNELS, storm=storm)


names = st.lists(st.sampled_from(NAMES), min_size=1, max_size=7, unique=True)
summaries = st.builds(
    run,
    st.sampled_from(NAMES),
    st.sampled_from(["RUNNING", "RUNNING", "PAUSED", "WAITING", "FAILED", "SUCCESS", "ODD", None]),
    st.sampled_from(["RUNNING", "RUNNING", "RUNNING", "PAUSED", "SUCCESS", "ODD", None]),
    id=st.sampled_from([1, 1, 2, 3, "4", None]),
    handler=st.sampled_from(["app_1|x", "app_1 | x", "app_1|y", "app_2|x", "app_1|", "", None]),
    delay=st.sampled_from([None, -99_999_999, 0, 60, 100, 150, 5000, 2**70]),
    error=st.sampled_from([None, "", "x broke", "y broke", "lost 17 rows"]),
    error_at=st.sampled_from([None, 0, -5, 1000, 2000, 3000, 10**18, 10**30]),
)
spans = st.sampled_from([0, 10, 10, 30, 60, 300, 3600]).map(lambda s: timedelta(seconds=s))


def snapshots(job_type: str) -> st.SearchStrategy[Reading]:
    """An answer: what was asked for or less, with what it holds, in any order and twice."""
    return st.builds(
        lambda asked, runs: Snapshot("prod", job_type, asked, runs),
        names,
        st.lists(summaries, max_size=8),
    )


def readings(job_type: str) -> st.SearchStrategy[Reading]:
    """Snapshots mostly, and outages and listings."""
    outages = st.builds(
        lambda asked, cause: Outage("prod", job_type, asked, cause, "why"),
        names,
        st.sampled_from(Cause),
    )
    listings = st.builds(lambda found: Listing("prod", job_type, found), names)
    unlisted = st.builds(
        lambda cause: Outage("prod", job_type, (), cause, listing=True), st.sampled_from(Cause)
    )
    return st.one_of(snapshots(job_type), snapshots(job_type), outages, listings, unlisted)


health = st.builds(
    lambda channel, refused: (channel, refused), st.sampled_from(["ops", "audit"]), st.booleans()
)
Act = Callable[["Watched"], object]


def acts(job_type: str, *, restarts: bool = True) -> st.SearchStrategy[list[Act]]:
    """A story: readings, ticks, time, and where asked for restarts and reloads."""
    choices: list[st.SearchStrategy[Act]] = [
        readings(job_type).map(lambda reading: lambda world: world.observes(reading)),
        readings(job_type).map(lambda reading: lambda world: world.observes(reading)),
        snapshots(job_type).map(lambda reading: lambda world: world.sees_again(reading)),
        spans.map(lambda span: lambda world: world.advances(span)),
        health.map(lambda one: lambda world: world.hears_of(*one)),
    ]
    if restarts:
        choices.append(spans.map(lambda span: lambda world: world.dies(span)))
        choices.append(st.integers(0, 50).map(lambda n: lambda world: world.strands(n)))
        choices.append(
            st.sampled_from([-86400, -3600, 3600, 86400]).map(
                lambda seconds: lambda world: world.sets_clock(timedelta(seconds=seconds))
            )
        )
        choices.append(
            st.integers(0, 2).map(
                lambda number: lambda world: world.reloads(file=file_of(job_type, number))
            )
        )
    return st.lists(st.one_of(choices), max_size=30)


class Watched(World):
    """A world in which each Step is looked at."""

    def __init__(self, file: Plan, job_type: str) -> None:
        super().__init__(file=file, job_type=job_type)

    def advances(self, span: timedelta) -> None:
        self.now += span
        self.ticks()

    def sees_again(self, reading: Reading) -> None:
        for _ in range(STILL_ANSWERS + 4):
            self.now += timedelta(seconds=10)
            self.observes(reading)

    def dies(self, span: timedelta) -> None:
        self.now += span
        self.restarts()

    def hears_of(self, channel: str, refused: bool) -> None:
        self.ticks(ChannelHealth(channel, refused_since=self.now if refused else None))

    def strands(self, number: int) -> None:
        """One grave beginning that `audit`, the fallback of `ops`, knows nothing of is stranded."""
        told = self.store.notifications
        there = {note.alert for note in told if note.channel == "audit"}
        grave = [
            note
            for note in told
            if (note.channel, note.status is Status.RESOLVED) == ("ops", False)
            and note.reason in BEGINNINGS
            and note.alert not in there
        ]
        if grave:
            note = grave[number % len(grave)]
            ends = (n for n in told if n.alert == note.alert and n.status is Status.RESOLVED)
            self.ticks(stranded=[Stranded(note, (note.id,), next(ends, None))])

    def observes(self, reading: Reading) -> list[str]:
        """Nothing changes before the Step is applied, and a failed reading tells of no job."""
        before = photograph(self.state)
        step = observe(self.state, reading, self.now)
        assert step == observe(self.state, reading, self.now)
        assert before == photograph(self.state)
        if isinstance(reading, Outage):
            assert {Kind.BLIND} >= {n.event.kind for n in step.notifications}
        return self._take(step)

    def ticks(self, *health: ChannelHealth, stranded: Sequence[Stranded] = ()) -> list[str]:
        before = photograph(self.state)
        step = tick(self.state, health, self.now, stranded, self.store.unexpired())
        assert before == photograph(self.state)
        about = {n.event.kind for n in step.notifications if n.fallback_for is None}
        assert {Kind.BLIND, Kind.UNDELIVERABLE, Kind.INCIDENT} | RIDERS >= about
        return self._take(step)


def photograph(state: State) -> str:
    """All that a state holds, as text."""
    jobs = {
        key: {name: picture(job) for name, job in found.items()}
        for key, found in state.jobs.items()
    }
    rest = {name: value for name, value in vars(state).items() if name not in ("jobs", "plan")}
    return repr((jobs, rest))


def picture(job: Job) -> tuple[object, ...]:
    return tuple(getattr(job, name) for name in Job.__slots__)


stories = st.sampled_from([STREAM, BATCH]).flatmap(
    lambda job_type: st.tuples(st.just(job_type), acts(job_type))
)


def play(job_type: str, story: list[Act]) -> Watched:
    world = Watched(file_of(job_type, 0), job_type)
    for act in story:
        act(world)
    return world


@given(stories)
def test_every_story_keeps_the_promises(story: tuple[str, list[Act]]) -> None:
    """Nothing raises, ids are unique, sequences gapless, ends follow beginnings, every event is
    accounted for, a Step changes nothing before it is applied, a failed reading tells of no job,
    and the same story gives the same Steps.
    """
    assert play(*story).steps == play(*story).steps


@given(stories)
def test_memory_holds_what_the_store_holds(story: tuple[str, list[Act]]) -> None:
    """After any story, alerts, words told, repeats and counters in memory are the saved ones."""
    world = play(*story)
    saved = State(world.store.load(), world.plan)
    kept = ("alerts", "told", "repeats", "riders", "counters", "sources", "entered", "fallen")
    for name in (*kept, "mates"):
        assert getattr(saved, name) == getattr(world.state, name)
    assert {key: set(jobs) for key, jobs in saved.jobs.items() if jobs} == {
        key: set(jobs) for key, jobs in world.state.jobs.items() if jobs
    }
    for key, jobs in saved.jobs.items():
        for name, job in jobs.items():
            assert (job.record, job.run) == (
                world.state.jobs[key][name].record,
                world.state.jobs[key][name].run,
            )


@st.composite
def two_lives(draw: st.DrawFn) -> tuple[str, list[Act], list[Reading], list[Act]]:
    """A story, a good look at everything, and how it goes on."""
    job_type = draw(st.sampled_from([STREAM, BATCH]))
    before = draw(acts(job_type, restarts=False))
    runs = [draw(summaries.map(lambda s, n=name: run_of(n, s))) for name in NAMES]  # type: ignore[misc]
    looks: list[Reading] = [
        Listing("prod", job_type, NAMES[2:]),
        Snapshot("prod", job_type, NAMES, runs),
    ]
    return job_type, before, looks, draw(acts(job_type, restarts=False))


def run_of(name: str, like: RunSummary) -> RunSummary:
    return run(
        name,
        like.actual_state,
        like.expect_state,
        id=like.instance_id,
        handler=like.engine_job_handler,
        delay=like.input_delay_ms,
        error=like.last_error_message,
        error_at=like.last_error_at,
    )


def facts_of(notifications: list[Notification]) -> list[str]:
    """What is told, in each lane's order.

    What just occurs has an id that counts events, of which a restart may see more (what changed
    while nobody looked).
    """
    return sorted(
        repr(
            (
                (n.channel, n.subject.lane, n.sequence),
                n.id if n.status is not Status.OCCURRED else n.event.kind,
                (n.reason, n.rule, n.began_at, [rider.kind for rider in n.riders]),
            )
        )
        for n in notifications
    )


def file_of_lives(job_type: str) -> Plan:
    names = ("a", "b", "x*")
    return plan(*RULES, jobs=names, job_type=job_type, channels=CHANNELS, storm=FEWEST)


@given(two_lives())
def test_a_restart_changes_nothing_that_is_told(
    story: tuple[str, list[Act], list[Reading], list[Act]],
) -> None:
    """Once its jobs are in sight again, a restarted watcher tells what it would have told anyway.

    Spans are multiples of ten seconds, so that no clock is forgiven anything.
    """
    job_type, before, looks, after = story
    told = []
    for restart in (False, True):
        world = Watched(file_of_lives(job_type), job_type)
        for act in before:
            act(world)
        if restart:
            world.restarts()
        for reading in looks:
            world.observes(reading)
        for act in after:
            act(world)
        told.append(facts_of(world.store.notifications))
    assert told[0] == told[1]
