"""What holds for every story of jobs that fall and come back in any number."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from tests.core.playbook import NOON, World, chat, hook, plan, rule, run
from watcher.core.event import Kind
from watcher.core.notification import Status
from watcher.core.plan import Plan
from watcher.core.run_summary import RunSummary
from watcher.core.state import State
from watcher.core.subject import Subject
from watcher.core.why import Why

NAMES = tuple("abcdefgh")
RULES = (
    rule("down", "state-mismatch", notify=["ops", "audit"], remind="5m", stopped="20s"),
    rule("quick", "state-mismatch", "warning", lasts="0s", keep="20s", notify=["side"]),
    rule("also", "state-mismatch", "warning", lasts="10s", notify=["ops", "side"]),
    rule("errors", "new-error", "warning"),
    rule("incident", "incident", notify=["ops", "side", "audit"], builtin=True),
)
CHANNELS = (chat("ops"), chat("side"), hook("audit"))
Act = Callable[[World], object]


def file_of(storm: int) -> Plan:
    return plan(*RULES, jobs=NAMES, channels=CHANNELS, storm=storm)


def summary(name: str, state: str, app: str, error: str) -> RunSummary:
    at = int(NOON.timestamp() * 1000) if error else None
    return run(name, state, handler=f"{app}|{name}" if app else None, error=error, error_at=at)


@st.composite
def falls(draw: st.DrawFn) -> Act:
    """One reading of some jobs, most of them in the same trouble."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=8, unique=True))
    state = draw(st.sampled_from(["FAILED", "FAILED", "RUNNING", "RUNNING", "PAUSED", "ODD"]))
    app = draw(st.sampled_from(["", "app_1", "app_2"]))
    error = draw(st.sampled_from(["", "x.Broke: it", "y.Broke: it"]))
    odd = draw(st.sets(st.sampled_from(NAMES), max_size=2))
    runs = [
        summary(n, "RUNNING", "app_3", "") if n in odd else summary(n, state, app, error)
        for n in names
    ]
    return lambda world: world.reads(*runs)


acts: st.SearchStrategy[Act] = st.one_of(
    falls(),
    falls(),
    st.sampled_from(["1s", "10s", "60s", "2m", "6m", "31m"]).map(
        lambda span: lambda world: world.passes(span)
    ),
    st.just(lambda world: world.restarts()),
    st.sampled_from([0, 2, 3, 5]).map(lambda n: lambda world: world.reloads(file=file_of(n))),
    st.just(lambda world: world.fails(*NAMES[:3])),
)


def calm_world(storm: int = 3) -> World:
    world = World(file=file_of(storm))
    world.reads(*(run(name, handler=None) for name in NAMES))
    world.waits("10s")
    return world


def play(story: list[Act]) -> World:
    world = calm_world()
    for act in story:
        act(world)
        check_counts(world.state)
    return world


def check_counts(state: State) -> None:
    """What an incident counts is what its jobs and alerts say; none of its jobs is in the pool."""
    for incident in state.sources["prod"].incidents:
        assert incident.subject in state.alerts
        mine = [
            job.record.subject
            for job in state.jobs_of("prod")
            if job.record.incident == incident.id
        ]
        down = [one for one in mine if fires(state, one)]
        assert (len(mine), len(down)) == (incident.size, incident.down)
        assert 0 <= incident.left <= incident.size - incident.down
        assert not set(mine) & set(state.fallen.get("prod", {}))


def fires(state: State, subject: Subject) -> bool:
    alerts = state.alerts.get(subject, {}).values()
    return any(alert.kind is Kind.STATE_MISMATCH and alert.fires for alert in alerts)


stories = st.lists(acts, max_size=40)


@given(stories)
def test_each_job_is_told_singly_or_by_one_incident(story: list[Act]) -> None:
    """Every job that fires was, on each chat, told itself, or an incident told there speaks for it
    (or is about to be told: what was held back is kept as hushed).
    """
    world = play(story)
    for subject, found in world.state.alerts.items():
        for alert in found.values():
            rule_of = world.plan.rule(alert.rule)
            if alert.kind is Kind.STATE_MISMATCH and alert.fires and rule_of is not None:
                told = world.state.told.get(subject, {})
                hushed = {hush.channel for hush in alert.hushed}
                for channel in rule_of.notify:
                    assert (channel, Kind.STATE_MISMATCH) in told or channel in hushed


@given(stories)
def test_what_an_incident_stopped_is_told_when_it_is_over(story: list[Act]) -> None:
    """After the file has lost its incidents, one reading tells all that is still down."""
    world = play(story)
    world.reloads(file=file_of(0))
    without = plan(*RULES[:-1], jobs=NAMES, channels=CHANNELS)
    world.reloads(file=without)
    world.waits("60s")
    world.reads(*(summary(name, "FAILED", "", "") for name in NAMES))
    for subject, found in world.state.alerts.items():
        for alert in found.values():
            if alert.kind is Kind.STATE_MISMATCH and alert.fires:
                assert () == alert.hushed
                told = world.state.told[subject]
                assert not any(entry.folded for entry in told.values())


@given(stories)
def test_a_chat_hears_of_a_job_in_one_way_at_a_time(story: list[Act]) -> None:
    """No beginning of a job is told on a chat while an incident that holds it is told there."""
    world = play(story)
    gated = [d for d in world.store.decisions if d.why is Why.INCIDENT]
    known = {note.alert for note in world.store.notifications if note.event.kind == "incident"}
    assert {decision.by for decision in gated} <= known
    assert all(decision.channel in ("ops", "side") for decision in gated)
    open_there: set[tuple[str | None, str]] = set()
    for note in world.store.notifications:
        place = (note.alert, note.channel)
        if note.event.kind is Kind.INCIDENT:
            (open_there.discard if note.status is Status.RESOLVED else open_there.add)(place)
        elif note.event.kind is Kind.STATE_MISMATCH and note.status is Status.FIRING:
            assert note.channel == "audit" or (note.incident, note.channel) not in open_there


@given(stories)
def test_the_same_is_told_however_often_the_process_dies(story: list[Act]) -> None:
    """Rebuilding everything from what is saved between any two acts changes nothing saved."""
    once = play(story)
    world = calm_world()
    for act in story:
        world.state = Rebuilt(world.store.load(), world.plan, world.state)
        act(world)
    assert kept(once) == kept(world)


class Rebuilt(State):
    """What was saved, with what only memory knows of how well each job is seen."""

    def __init__(self, saved: object, of: Plan, before: State) -> None:
        super().__init__(saved, of)  # type: ignore[arg-type]
        self.sights = dict(before.sights)
        self.asked_at = dict(before.asked_at)
        self.pulses = dict(before.pulses)
        for key, jobs in before.jobs.items():
            for name, job in jobs.items():
                mine = self.jobs[key][name]
                mine.in_sight, mine.look_at = job.in_sight, job.look_at
                mine.low, mine.high = job.low, job.high


def kept(world: World) -> tuple[object, ...]:
    store = world.store
    return (store.notifications, store.decisions, store.alerts, store.told, store.sources)
