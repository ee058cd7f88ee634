"""Tables of changes and faults are read whole, and refused in words."""

from __future__ import annotations

from datetime import timedelta

import pytest

from watcher.simulator.changes import read_change, read_fault
from watcher.simulator.document import Document, Place, TableReader
from watcher.simulator.faults import Fault, FaultKind
from watcher.simulator.job import FieldValue, JobChange, Wobble


def reader(table: dict[str, object]) -> tuple[TableReader, list[str]]:
    problems: list[str] = []
    return TableReader(table, Place(Document("f"), "steps", 0), problems), problems


def test_a_change_with_everything() -> None:
    """All fields and renewals are read."""
    values: dict[str, FieldValue] = {
        "expect_state": "RUNNING",
        "actual_state": "FAILED",
        "engine_job_handler": "a|b",
        "last_error_message": "x",
        "instance_id": 5,
        "last_error_time": 7,
        "input_delay": -99999999,
        "committed": False,
        "present": True,
    }
    renewals = {"restart": True, "resubmit": True, "failover": True}
    table, problems = reader({**values, **renewals})
    expected = JobChange(values, restart=True, resubmit=True, failover=True)
    assert expected == read_change(table, renewals=True)
    table.finish()
    assert [] == problems


def test_absent_takes_fields_out() -> None:
    """What `absent` names becomes None."""
    table, _ = reader({"absent": ["last_error_message", "input_delay"]})
    expected = JobChange({"last_error_message": None, "input_delay": None})
    assert expected == read_change(table, renewals=False)


def test_a_delay_that_wobbles() -> None:
    """{ from, to } is a delay that differs from answer to answer."""
    table, _ = reader({"input_delay": {"from": 1, "to": 9}})
    assert JobChange({"input_delay": Wobble(1, 9)}) == read_change(table, renewals=False)


@pytest.mark.parametrize(
    "values,words",
    [
        ({"input_delay": {"from": 9, "to": 1}}, "a delay that differs is { from = 100, to = 900 }"),
        ({"input_delay": {"from": 9}}, "a delay that differs is { from = 100, to = 900 }"),
        ({"input_delay": {"form": 9, "to": 10}}, "form: unknown key, did you mean 'from'"),
        ({"input_delay": "9"}, "found '9', wanted a whole number"),
        ({"absent": ["job_name"]}, "'job_name' is none of expect_state, actual_state"),
        (
            {"absent": ["actual_state"], "actual_state": "FAILED"},
            "'actual_state' is set in the same place",
        ),
    ],
)
def test_what_is_wrong_with_a_change_is_told(values: dict[str, object], words: str) -> None:
    """Each fault of a change has its words."""
    table, problems = reader(values)
    try:
        read_change(table, renewals=True)
    except ValueError:
        problems.append("raised")
    assert words in "\n".join(problems)
    assert "raised" not in problems


def test_renewals_belong_to_steps() -> None:
    """A job's beginning knows no restart."""
    table, problems = reader({"restart": True})
    read_change(table, renewals=False)
    table.finish()
    assert "restart: unknown key" in problems[0]


def test_a_fault_with_everything() -> None:
    """All parameters of a fault are read."""
    table, problems = reader(
        {
            "fault": "error",
            "operation": "ListJob",
            "project": "p",
            "job": "j",
            "requests": 3,
            "lasts": "5s",
            "retry_after": "2s",
            "acs_retry_after": "1500ms",
            "delay": "10ms",
            "size": 10,
            "status": 418,
            "code": "Teapot",
            "message": "m",
            "location": "http://127.0.0.1/",
            "content_type": "text/plain",
            "fields": ["Id"],
            "state": "S",
        }
    )
    expected = Fault(
        FaultKind.ERROR,
        "ListJob",
        "p",
        "j",
        3,
        timedelta(seconds=5),
        timedelta(seconds=2),
        timedelta(seconds=1.5),
        timedelta(milliseconds=10),
        10,
        418,
        "Teapot",
        "m",
        "http://127.0.0.1/",
        "text/plain",
        ("Id",),
        "S",
    )
    assert expected == read_fault(table)
    table.finish()
    assert [] == problems


def test_a_fault_has_defaults() -> None:
    """Only the kind is needed."""
    assert Fault(FaultKind.HANG) == read_fault(reader({"fault": "hang"})[0])


def test_an_unknown_fault_is_none() -> None:
    """A misspelt kind is told, and reads as no fault."""
    table, problems = reader({"fault": "hangs"})
    assert read_fault(table) is None
    assert "'hangs' is not known, did you mean 'hang'" in problems[0]
