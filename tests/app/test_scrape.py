"""What /metrics shows of the moment: bounded labels, whatever an API calls its states."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.core.playbook import World, hook, plan, rule, run
from tests.services.edges import bench, resolved
from watcher.app.scrape import standing_of
from watcher.core.alert import Phase
from watcher.core.state import State
from watcher.telemetry.table import METRICS

JOBS = tuple(f"job_{number}" for number in range(60))


def world() -> World:
    """Sixty jobs under a rule that fires at once and one that counts."""
    return World(
        rule("down", "state-mismatch", lasts="0s"),
        rule("later", "state-mismatch", "warning", lasts="10m"),
        rule("loop", "restart", "error", count=3, within="5m"),
        rule("told", "new-error", "info"),
        jobs=JOBS,
        channels=(hook("ops"),),
    )


def test_states_of_other_names_are_one() -> None:
    """However many words an API has for a state, there are never more series than the table's."""
    here = world()
    here.reads(*(run(name, f"ODD_{name}") for name in JOBS[:50]), asked=JOBS[:50])
    here.reads(run(JOBS[50], None, None), run(JOBS[51], "FAILED"), asked=JOBS[50:52])
    shown = standing_of(here.state, ready=True)
    assert {
        ("prod", "RUNNING", "other"): 50,
        ("prod", "none", "none"): 9,
        ("prod", "RUNNING", "FAILED"): 1,
    } == shown.jobs


def test_a_source_that_left_the_file_shows_no_jobs() -> None:
    """Also where the state still knows of its jobs."""
    here = world()
    here.reads(run("job_1"))
    here.state.plan = plan(sources=("another",))
    assert {} == standing_of(here.state, ready=True).jobs


def test_alerts_are_by_the_severity_of_their_rule() -> None:
    """What fires and what is pending are apart; what could fire and does not is 0."""
    here = world()
    here.reads(*(run(name, "FAILED") for name in JOBS[:3]), asked=JOBS[:3])
    assert {
        ("firing", "state-mismatch", "critical"): 3,
        ("pending", "state-mismatch", "critical"): 0,
        ("firing", "state-mismatch", "warning"): 0,
        ("pending", "state-mismatch", "warning"): 3,
        ("firing", "restart", "error"): 0,
        ("pending", "restart", "error"): 0,
    } == standing_of(here.state, ready=True).alerts


def test_an_alert_whose_rule_is_gone_is_shown_all_the_same() -> None:
    """Between a reload and the Step that ends its alerts nothing breaks."""
    here = world()
    here.reads(run("job_1", "FAILED"))
    here.state.plan = plan(rule("another", "restart"))
    shown = standing_of(here.state, ready=True).alerts
    assert 1 == shown[Phase.FIRING.value, "state-mismatch", "none"]


def test_gates_that_people_closed_are_counted_by_who_did() -> None:
    """A silence in force is one; without any there are two zeros."""
    here = world()
    assert {("silenced",): 0, ("window",): 0} == standing_of(here.state, ready=True).gates
    here.silences(jobs="job_1")
    here.reads(run("job_1"))
    here.ticks()
    assert {("silenced",): 1, ("window",): 0} == standing_of(here.state, ready=True).gates


@pytest.mark.parametrize("ready", [True, False])
def test_every_value_has_the_labels_of_its_metric(ready: bool) -> None:
    """As many values of labels as the table has names for."""
    here = world()
    here.reads(run("job_1", "FAILED"))
    shown = dict(standing_of(here.state, ready=ready).families())
    assert {(): float(ready)} == shown["watcher_ready"]
    for name, counts in shown.items():
        assert {len(METRICS[name].labels)} == {len(labels) for labels in counts}


async def test_the_page_shows_what_the_keeper_holds(tmp_path: Path) -> None:
    """Registered once, it follows the state also where that is replaced by a new one."""
    async with bench(tmp_path, resolved("payments")) as here:
        metrics = here.edge.metrics
        metrics.look = lambda: standing_of(here.keeper.state, ready=False)
        await here.see(payments="RUNNING")
        running = (
            b'watcher_jobs_by_state{actual_state="RUNNING",expect_state="RUNNING",source="prod"} 1'
        )
        assert running in metrics.page()[0]
        here.keeper.state = State(await here.store.store.load(), here.resolved.plan)
        await here.see(payments="FAILED")
        assert running not in metrics.page()[0]
        assert b"watcher_ready 0.0" in metrics.page()[0]
