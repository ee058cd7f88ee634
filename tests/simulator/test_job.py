"""A job's ready pieces of answers say what the job is."""

from __future__ import annotations

import pytest

from watcher.simulator.job import STREAM, Job, JobChange, Wobble, application_id, flink_job_id

JOB = Job("test_project", "test", STREAM, 1, 177474, "application_1_2|abc")
WOBBLING = Job("p", "j", STREAM, 7, 1, "a|b", input_delay=Wobble(100, 900))


def test_absent_fields_are_left_out() -> None:
    """A job without an error has neither of the two error fields, as in the vendor's example."""
    expected = {
        "ExpectState": "RUNNING",
        "InputDelay": 0,
        "JobName": "test",
        "EngineJobHandler": "application_1_2|abc",
        "Id": 177474,
        "ActualState": "RUNNING",
    }
    assert expected == JOB.run_summary(1)
    assert list(expected) == list(JOB.run_summary(1))


def test_a_wobbling_delay_differs_and_stays_within() -> None:
    """Delays are drawn from the whole range, and the same answer number gives the same delay."""
    drawn = [WOBBLING.delay(answer) for answer in range(2000)]
    assert 200 < len(set(drawn))
    assert all(delay is not None and 100 <= delay <= 900 for delay in drawn)
    assert WOBBLING.delay(5) == WOBBLING.delay(5)


def test_a_listing_leaves_long_fields_out() -> None:
    """isShowFullField=false leaves Code and its like out."""
    assert "Code" in JOB.listing(full=True)
    assert "Code" not in JOB.listing(full=False)
    assert (True, "FLINK_STREAM") == (
        JOB.listing(full=False)["IsCommitted"],
        JOB.listing(full=False)["JobType"],
    )


def test_ids_are_like_the_real_ones() -> None:
    """A handler's halves have the vendor's form and differ by number."""
    assert application_id(125) == "application_1564648959240_0125"
    assert len(flink_job_id(1)) == 32
    assert flink_job_id(1) != flink_job_id(2)


def test_a_change_of_an_unknown_field_is_refused() -> None:
    """A misspelt field does not pass in silence."""
    with pytest.raises(ValueError, match="no such field: actual_stat"):
        JobChange({"actual_stat": "FAILED"})
