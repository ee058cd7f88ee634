"""The simulated API as a whole, with a time that is passed in and without a network."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.simulator.signing import (
    KEY,
    LIST_JOB_PATH,
    NOON,
    STS_KEY,
    run_summary_request,
    signed_v1,
)
from watcher.simulator import load_scenario
from watcher.simulator.api import SimulatedApi
from watcher.simulator.faults import Fault, FaultKind
from watcher.simulator.job import JobChange
from watcher.simulator.refusal import RefusedError
from watcher.simulator.scenario import Scenario, parse_scenario

SCENARIO = """
project = "test_project"
[[jobs]]
names = ["job1", "job2"]
[[steps]]
at = "5s"
job = "job1"
actual_state = "PAUSED"
[[steps]]
at = "9s"
job = "job1"
last_error_message = "disk full"
[[steps]]
at = "12s"
fault = "frozen"
lasts = "5s"
[[steps]]
at = "13s"
job = "*"
restart = true
actual_state = "RUNNING"
[[steps]]
at = "20s"
fault = "throttle"
[[steps]]
at = "30s"
clear = "throttle"
"""


class Turned:
    """A simulated API whose clock a test turns."""

    def __init__(self, scenario: Scenario) -> None:
        self.at = NOON
        self.api = SimulatedApi(scenario, credentials=[KEY, STS_KEY], now=lambda: self.at)

    def ask(self, names: str, at: float, **signing: Any) -> dict[str, dict[str, Any]]:
        """Return the run summaries by name, asked for so many seconds after noon."""
        self.at = NOON + at
        admitted = self.api.admit(run_summary_request(names, at=self.at, **signing))
        if admitted.misfortune.failure is not None:
            return {"failure": {"kind": admitted.misfortune.failure.kind}}
        body = json.loads(self.api.answer(admitted).body)
        return {row["JobName"]: row for row in body["RunSummarys"]["RunSummary"]}


@pytest.fixture
def turned() -> Turned:
    return Turned(parse_scenario(SCENARIO))


def test_steps_show_at_their_time(turned: Turned) -> None:
    """At 5s the job is paused, at 9s it has an error that bears that moment."""
    assert [turned.ask("job1", at)["job1"]["ActualState"] for at in (0, 4.9, 5)] == [
        "RUNNING",
        "RUNNING",
        "PAUSED",
    ]
    assert "LastErrorMessage" not in turned.ask("job1", 8.9)["job1"]
    failed = turned.ask("job1", 11.5)["job1"]
    assert ("disk full", int(NOON * 1000) + 9000) == (
        failed["LastErrorMessage"],
        failed["LastErrorTime"],
    )


def test_frozen_data_thaws(turned: Turned) -> None:
    """While it is frozen the jobs are told as they were at 12s; then all at once."""
    before = turned.ask("job1,job2", 11)
    assert before == turned.ask("job1,job2", 16)
    after = turned.ask("job1,job2", 17)
    assert before["job1"]["Id"] != after["job1"]["Id"]
    assert (after["job1"]["ActualState"], after["job2"]["ActualState"]) == ("RUNNING", "RUNNING")


def test_fault_steps_begin_and_end(turned: Turned) -> None:
    """A fault step holds until its clear step."""
    asked = [turned.ask("job1", at) for at in (19.9, 20, 29.9, 30)]
    assert [False, True, True, False] == ["failure" in answer for answer in asked]


def test_the_history_is_what_happened(turned: Turned) -> None:
    """Changes bear the moments of their steps, answers the revision that they were made from."""
    for at in (4, 8, 14, 18):
        turned.ask("job1,job2", at)
    history = turned.api.history
    assert [(1, 5.0, "job1"), (2, 9.0, "job1"), (3, 13.0, "job1"), (4, 13.0, "job2")] == [
        (change.revision, change.at - NOON, change.job) for change in history.changes()
    ]
    assert [(4.0, 0, "ok"), (8.0, 1, "ok"), (14.0, 4, "frozen"), (18.0, 4, "ok")] == [
        (answer.at - NOON, answer.revision, answer.outcome) for answer in history.answers()
    ]
    assert {("job1", "job2")} == {answer.names for answer in history.answers()}
    assert {2} == {answer.returned for answer in history.answers()}


def test_requests_are_counted(turned: Turned) -> None:
    """Good answers, failures and refusals are counted by operation."""
    turned.ask("job1", 0)
    turned.ask("job1", 25)
    with pytest.raises(RefusedError):
        turned.api.admit(run_summary_request(at=NOON + 3600))
    expected = {"ok": 1, "throttle": 1, "InvalidTimeStamp.Expired": 1}
    assert {"BatchGetInstanceRunSummary": expected} == turned.api.history.counts()


def test_a_project_that_is_not_there_is_refused(turned: Turned) -> None:
    """An unknown project is an error, not an empty answer."""
    request = signed_v1("/api/v2/projects/nobody/jobs", {"jobType": "FLINK_STREAM"})
    with pytest.raises(RefusedError) as refused:
        turned.api.admit(request)
    assert (404, "InvalidProjectName.NotFound") == (refused.value.status, refused.value.code)


def test_a_badly_signed_request_meets_no_fault(turned: Turned) -> None:
    """The signature is checked before anything else happens, so a fault is not used up."""
    turned.api.add_fault(Fault(FaultKind.HANG, requests=1))
    wrong = signed_v1(LIST_JOB_PATH, {}, key=type(KEY)(KEY.access_key_id, "wrong"))
    with pytest.raises(RefusedError):
        turned.api.admit(wrong)
    assert 1 == len(turned.api.active_faults())


def test_a_job_can_be_changed_and_added_at_once(turned: Turned) -> None:
    """What is changed by hand shows in the next answer and in the history."""
    turned.api.change_job("test_project", "job2", JobChange({"actual_state": "FAILED"}))
    turned.api.add_job("test_project", "job3", "FLINK_STREAM", JobChange({"input_delay": 7}))
    told = turned.ask("job2,job3", 1)
    assert ("FAILED", 7) == (told["job2"]["ActualState"], told["job3"]["InputDelay"])
    assert ["job2", "job3"] == [change.job for change in turned.api.history.changes()]


def test_xml_is_the_default(turned: Turned) -> None:
    """Without application/json in Accept the answer is XML."""
    request = run_summary_request(accept="octet-stream")
    reply = turned.api.answer(turned.api.admit(request))
    assert "text/xml;charset=utf-8" == reply.content_type
    assert reply.body.startswith(b"<BatchGetInstanceRunSummaryResponse>")


def test_an_sts_key_is_let_in(turned: Turned) -> None:
    """A temporary key with its token gets an answer."""
    assert ["job1"] == list(turned.ask("job1", 0, key=STS_KEY))


def test_a_scenario_may_wait_for_the_first_look() -> None:
    """With starts = "first-request" nothing happens before someone asked for run summaries."""
    turned = Turned(parse_scenario(f'starts = "first-request"\n{SCENARIO}'))
    turned.at = NOON + 100
    turned.api.admit(signed_v1(LIST_JOB_PATH, {}, at=turned.at))
    began_at = [turned.api.began_at]
    assert turned.ask("job1", 200)["job1"]["ActualState"] == "RUNNING"
    assert [None, NOON + 200] == [*began_at, turned.api.began_at]
    assert turned.ask("job1", 205)["job1"]["ActualState"] == "PAUSED"


def test_to_begin_anew_plays_anew(turned: Turned) -> None:
    """Begin makes this moment 0s; the jobs stay as they stand."""
    turned.ask("job1", 31)
    turned.api.begin()
    assert turned.ask("job1", 35.9)["job1"]["ActualState"] == "RUNNING"
    assert turned.ask("job1", 36)["job1"]["ActualState"] == "PAUSED"


def test_without_keys_the_test_key_is_known() -> None:
    """A simulator that was given no key knows the one of the documentation."""
    api = SimulatedApi(parse_scenario(SCENARIO), now=lambda: NOON)
    assert "ok" == api.admit(run_summary_request()).misfortune.outcome


def test_a_hang_says_how_long_it_holds(turned: Turned) -> None:
    """A hang that lasts has an end; one that does not has none."""
    turned.api.add_fault(Fault(FaultKind.HANG, lasts=timedelta(seconds=5)))
    turned.api.add_fault(Fault(FaultKind.HANG))
    lasting, endless = turned.api.active_faults()
    turned.at += 2
    assert (3.0, None) == (turned.api.seconds_left(lasting), turned.api.seconds_left(endless))


def test_the_demo_plays_and_ends_where_it_began() -> None:
    """Each story of the demo can be seen, and after a minute all jobs are as good as new."""
    turned = Turned(load_scenario())
    turned.api = SimulatedApi(load_scenario(), credentials=[KEY], now=lambda: turned.at)
    names = ",".join(job.name for job in turned.api.state.all_jobs() if job.job_type[-1] == "M")
    first = turned.ask(names, 0)
    assert "orders_draft" not in first
    assert {"RUNNING"} == {row["ActualState"] for row in first.values()}
    assert "FAILED" == turned.ask(names, 3)["orders_enrich"]["ActualState"]
    assert "PAUSED" == turned.ask(names, 10)["payments"]["ActualState"]
    loops = {turned.ask(names, at)["orders_dedup"]["Id"] for at in (11, 12, 15, 18, 21)}
    assert 5 == len(loops)
    assert 300_000 < turned.ask(names, 30)["orders_join"]["InputDelay"]
    last = turned.ask(names, 59)
    assert {"RUNNING"} == {row["ActualState"] for row in last.values()}
    assert 1000 > max(row["InputDelay"] for row in last.values())
    assert "FAILED" == turned.ask(names, 63)["orders_enrich"]["ActualState"]
