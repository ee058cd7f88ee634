"""A job's ready pieces of answers say what the job is."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

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


@given(
    name=st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1),
    message=st.none() | st.text(st.characters(exclude_categories=["Cs", "Cc"])),
    number=st.integers(1, 1000),
    answer=st.integers(0, 1_000_000),
    low=st.integers(-1000, 1000),
)
def test_ready_pieces_are_the_run_summary(
    name: str, message: str | None, number: int, answer: int, low: int
) -> None:
    """The encoded pieces with a delay put in are the run summary, whatever texts hold."""
    job = Job(
        "p", name, STREAM, number, input_delay=Wobble(low, low + 50), last_error_message=message
    )
    assert job.run_summary(answer) == json.loads(job.json(answer))
    read = {child.tag: child.text or "" for child in ET.fromstring(job.xml(answer))}
    assert {key: str(value) for key, value in job.run_summary(answer).items()} == read


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
