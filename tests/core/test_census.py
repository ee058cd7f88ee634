"""The census: what it has counted step by step is what a look at everything would count."""

from __future__ import annotations

from collections import Counter

from hypothesis import given

from tests.core.playbook import World, rule, run
from tests.core.test_pipeline_properties import Act, play, stories
from watcher.core.alert import Phase
from watcher.core.event import Kind
from watcher.core.state import State

DOWN = rule("down", "state-mismatch", lasts="0s", keep="0s")


def jobs_counted_anew(state: State) -> Counter[tuple[str, str | None, str | None]]:
    """Every job looked at."""
    records = [job.record for jobs in state.jobs.values() for job in jobs.values()]
    return Counter(
        (
            record.subject.source or "",
            record.run.expect_state if record.run else None,
            record.run.actual_state if record.run else None,
        )
        for record in records
    )


def alerts_counted_anew(state: State) -> Counter[tuple[str, Kind, Phase]]:
    """Every alert looked at."""
    alerts = [alert for found in state.alerts.values() for alert in found.values()]
    return Counter((alert.rule, alert.kind, alert.phase) for alert in alerts)


@given(stories)
def test_it_counts_as_a_look_at_everything_would(story: tuple[str, list[Act]]) -> None:
    """After any story, with restarts, reloads and jobs that go, no count is off."""
    state = play(*story).state
    assert jobs_counted_anew(state) == state.census.jobs
    assert alerts_counted_anew(state) == state.census.alerts


def test_a_job_moves_from_one_count_to_another() -> None:
    """A job that fails is counted as failed and no longer as running; its alert fires."""
    world = World(DOWN, jobs=("a", "b"))
    assert {("prod", None, None): 2} == world.state.census.jobs
    world.reads(run("a"), run("b"))
    assert {("prod", "RUNNING", "RUNNING"): 2} == world.state.census.jobs
    assert {} == world.state.census.alerts
    world.reads(run("a", "FAILED"), run("b"))
    assert {("prod", "RUNNING", "RUNNING"): 1, ("prod", "RUNNING", "FAILED"): 1} == (
        world.state.census.jobs
    )
    assert {("down", Kind.STATE_MISMATCH, Phase.FIRING): 1} == world.state.census.alerts


def test_what_leaves_is_counted_no_more() -> None:
    """A job that left the file, and an alert that ended with it, leave no count of 0 behind."""
    world = World(DOWN, jobs=("a", "b"))
    world.reads(run("a", "FAILED"), run("b"))
    world.reloads(DOWN, jobs=("b",))
    assert {("prod", "RUNNING", "RUNNING"): 1} == world.state.census.jobs
    assert {} == world.state.census.alerts
