"""Jobs change as they are told, and each change is recorded with what it was before."""

from __future__ import annotations

import pytest

from watcher.simulator.history import History
from watcher.simulator.job import BATCH, STREAM, JobChange
from watcher.simulator.state import State, UnknownJobError


@pytest.fixture
def history() -> History:
    return History()


@pytest.fixture
def state(history: History) -> State:
    state = State(history)
    state.add("p", "a", STREAM, JobChange(), 100.0)
    state.add("p", "b", BATCH, JobChange({"actual_state": "SUCCESS"}), 100.0)
    return state


def test_what_is_there_at_first_is_no_change(state: State, history: History) -> None:
    """The beginning is not recorded as changes."""
    assert ["RUNNING", "SUCCESS"] == [job.actual_state for job in state.all_jobs()]
    assert [] == history.changes()


def test_a_change_is_recorded_with_before_and_after(state: State, history: History) -> None:
    """Only what differs is recorded."""
    state.change("p", "a", JobChange({"actual_state": "PAUSED", "expect_state": "RUNNING"}), 105.5)
    (change,) = history.changes()
    assert (1, 105.5, "p", "a") == (change.revision, change.at, change.project, change.job)
    assert {"actual_state": ("RUNNING", "PAUSED")} == dict(change.fields)


def test_what_does_not_differ_is_no_change(state: State, history: History) -> None:
    """A change to what is already so leaves no record."""
    before = state.jobs_of("p")["a"]
    assert before is state.change("p", "a", JobChange({"actual_state": "RUNNING"}), 105.0)
    assert [] == history.changes()


def test_an_error_gets_the_moments_time(state: State) -> None:
    """An error text without a time gets the moment in ms; a given time stays; null clears."""
    assert state.change(
        "p", "a", JobChange({"last_error_message": "x"}), 105.5
    ).last_error_time == (105_500)
    dated = JobChange({"last_error_message": "y", "last_error_time": 7})
    assert state.change("p", "a", dated, 106.0).last_error_time == 7
    undated = JobChange({"last_error_message": "z", "last_error_time": None})
    assert state.change("p", "a", undated, 107.0).last_error_time is None


def test_a_restart_renews_id_and_handler(state: State) -> None:
    """A restart gives a new Id, application and Flink job."""
    before = state.jobs_of("p")["a"]
    after = state.change("p", "a", JobChange(restart=True), 105.0)
    assert before.instance_id != after.instance_id
    assert halves(before.engine_job_handler)[0] != halves(after.engine_job_handler)[0]
    assert halves(before.engine_job_handler)[1] != halves(after.engine_job_handler)[1]


def test_a_resubmission_renews_the_handler_within_the_instance(state: State) -> None:
    """The Id stays; application and Flink job are new."""
    before = state.jobs_of("p")["a"]
    after = state.change("p", "a", JobChange(resubmit=True), 105.0)
    assert before.instance_id == after.instance_id
    assert halves(before.engine_job_handler)[0] != halves(after.engine_job_handler)[0]


def test_a_failover_renews_only_the_flink_job(state: State) -> None:
    """Id and application stay; the Flink job is new."""
    before = state.jobs_of("p")["a"]
    after = state.change("p", "a", JobChange(failover=True), 105.0)
    assert before.instance_id == after.instance_id
    assert halves(before.engine_job_handler)[0] == halves(after.engine_job_handler)[0]
    assert halves(before.engine_job_handler)[1] != halves(after.engine_job_handler)[1]


def halves(handler: str | None) -> tuple[str, str]:
    application, _, flink_job = (handler or "").partition("|")
    return application, flink_job


def test_a_created_job_is_recorded(state: State, history: History) -> None:
    """A job added while the server runs is a change from absent to present."""
    state.create("p", "c", STREAM, JobChange(), 110.0)
    assert [("c", {"present": (False, True)})] == [
        (change.job, change.fields) for change in history.changes()
    ]


def test_a_job_that_is_not_there_is_named(state: State) -> None:
    """To change an unknown job is an error that names it."""
    with pytest.raises(UnknownJobError, match="project 'p' has no job 'nope'"):
        state.change("p", "nope", JobChange(), 105.0)


def test_a_name_goes_before_a_glob(state: State) -> None:
    """A pattern that is a job's very name means that job only."""
    state.add("p", "orders_[1]", STREAM, JobChange(), 100.0)
    state.add("p", "orders_1", STREAM, JobChange(), 100.0)
    assert ["orders_[1]"] == state.names_matching("p", "orders_[1]")
    assert ["orders_[1]", "orders_1"] == state.names_matching("p", "orders_*")
