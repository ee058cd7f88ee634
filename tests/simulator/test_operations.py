"""Requests are understood, and answered in the vendor's shapes."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

import pytest

from tests.simulator.signing import JOB1, LIST_JOB_PATH, RUN_SUMMARY_PATH, signed_v1
from watcher.simulator.job import BATCH, STREAM, Job
from watcher.simulator.operations import (
    ListJobCall,
    RunSummaryCall,
    check_api,
    encode_error,
    encode_page,
    operation_of,
    pick_jobs,
    pick_page,
    read_call,
)
from watcher.simulator.refusal import RefusedError
from watcher.simulator.signature import SignedRequest

REQUEST_ID = "45BE0E07-8543-4EEE-BC4D-E846E4C1230D"
HANDLER = "application_1564648959240_0125|6150954a90852814ce0c6eace9868691"
TEST_JOB = Job("test_project", "test", STREAM, 1, 177474, HANDLER)
JOBS = {
    job.name: job
    for job in (
        TEST_JOB,
        Job("p", "draft", STREAM, 2, committed=False),
        Job("p", "gone", STREAM, 3, present=False),
        Job("p", "batch", BATCH, 4),
        Job("p", "test_2", STREAM, 5),
    )
}


def call_of(path: str, query: dict[str, str]) -> object:
    return read_call(signed_v1(path, query))


def refusal_of(request: SignedRequest) -> tuple[int, str]:
    def read() -> None:
        check_api(request)
        read_call(request)

    with pytest.raises(RefusedError) as refused:
        read()
    return refused.value.status, refused.value.code


def test_what_is_unknown_is_left_out_in_silence() -> None:
    """Unknown jobs, drafts, absent ones and those of the other type are dropped; order is kept."""
    names = ("test_2", "nobody", "draft", "gone", "batch", "test")
    picked = pick_jobs(RunSummaryCall("p", STREAM, names), JOBS)
    assert ["test_2", "test"] == [job.name for job in picked]


def test_a_request_for_run_summaries_is_read() -> None:
    """Names are split and told once; the type may be in lower case, as in the vendor's DEMO."""
    query = {"jobNames": "a,b c,作业,a,", "jobType": "flink_stream"}
    expected = RunSummaryCall("test_project", STREAM, ("a", "b c", "作业"))
    assert expected == call_of(RUN_SUMMARY_PATH, query)


def test_a_request_for_a_list_is_read() -> None:
    """Without parameters it is page 1 of 10, in full; names and types narrow it."""
    query = {"jobType": "FLINK_BATCH", "jobName": "x", "pageIndex": "3", "pageSize": "7"}
    expected = ListJobCall("test_project", BATCH, "x", 3, 7, full=False)
    assert expected == call_of(LIST_JOB_PATH, {**query, "isShowFullField": "false"})
    assert ListJobCall("test_project", None, "", 1, 10, full=True) == call_of(LIST_JOB_PATH, {})


@pytest.mark.parametrize(
    "query,code",
    [
        ({"jobType": "FLINK_STREAM"}, "MissingJobNames"),
        ({"jobNames": "", "jobType": "FLINK_STREAM"}, "MissingJobNames"),
        ({"jobNames": "a"}, "MissingJobType"),
        ({"jobNames": "a", "jobType": "STREAM"}, "InvalidJobType"),
    ],
)
def test_parameters_are_checked(query: dict[str, str], code: str) -> None:
    """What must be given is asked for by its name."""
    assert (400, code) == refusal_of(signed_v1(RUN_SUMMARY_PATH, query))


@pytest.mark.parametrize("key,code", [("pageIndex", "InvalidPageIndex"), ("pageSize",) * 2])
@pytest.mark.parametrize("value", ["0", "-1", "x", "١", "9" * 20])
def test_pages_are_checked(key: str, code: str, value: str) -> None:
    """Pages are whole numbers from 1."""
    expected = (400, code if code.startswith("Invalid") else "InvalidPageSize")
    assert expected == refusal_of(signed_v1(LIST_JOB_PATH, {key: value}))


def test_only_this_version_is_known() -> None:
    """Another version, or none, is InvalidVersion."""
    other = signed_v1(RUN_SUMMARY_PATH, JOB1, extra={"x-acs-version": "2015-01-01"})
    none = SignedRequest("GET", RUN_SUMMARY_PATH, "", {})
    assert [(400, "InvalidVersion")] * 2 == [refusal_of(other), refusal_of(none)]


@pytest.mark.parametrize(
    "method,path,action",
    [
        ("GET", "/api/v2/projects/p/jobs/j", "GetJob"),
        ("GET", "/", ""),
        ("GET", RUN_SUMMARY_PATH, "ListJob"),
        ("GET", LIST_JOB_PATH, "ListJobs"),
        ("POST", RUN_SUMMARY_PATH, "BatchGetInstanceRunSummary"),
        ("GET", "/api/v2/projects/a/b/runsummary", ""),
    ],
)
def test_other_operations_are_not_found(method: str, path: str, action: str) -> None:
    """Another path, method or action is InvalidApi.NotFound."""
    headers = {"x-acs-version": "2018-11-11", "x-acs-action": action}
    assert (404, "InvalidApi.NotFound") == refusal_of(SignedRequest(method, path, "", headers))


def test_the_operation_is_told_by_its_path() -> None:
    """Counters know the operation also of a request that is refused."""
    paths = (RUN_SUMMARY_PATH, LIST_JOB_PATH, "/favicon.ico")
    assert ["BatchGetInstanceRunSummary", "ListJob", "unknown"] == [operation_of(p) for p in paths]


def test_pages_hold_what_matches() -> None:
    """Drafts are listed, absent jobs are not; the last page holds the rest."""
    call = ListJobCall("p", STREAM, "", 1, 2, full=False)
    first, total = pick_page(call, JOBS.values())
    assert (["test", "draft"], 3) == ([job.name for job in first], total)
    rest, _ = pick_page(ListJobCall("p", STREAM, "", 2, 2, full=False), JOBS.values())
    assert ["test_2"] == [job.name for job in rest]
    beyond, total = pick_page(ListJobCall("p", STREAM, "", 9, 2, full=False), JOBS.values())
    assert ([], 3) == (beyond, total)
    named, total = pick_page(ListJobCall("p", None, "tes", 1, 10, full=False), JOBS.values())
    assert (["test", "test_2"], 2) == ([job.name for job in named], total)


def test_a_page_is_told_with_its_counts() -> None:
    """ListJob's answer has the counts, and says of each job whether it is a draft."""
    call = ListJobCall("p", STREAM, "", 1, 2, full=False)
    page, total = pick_page(call, JOBS.values())
    body = json.loads(encode_page(call, page, total, REQUEST_ID, (), as_json=True))
    counts = {key: body[key] for key in ("TotalCount", "TotalPage", "PageSize", "PageIndex")}
    assert {"TotalCount": 3, "TotalPage": 2, "PageSize": 2, "PageIndex": 1} == counts
    told = [(job["JobName"], job["JobType"], job["IsCommitted"]) for job in body["Jobs"]["Job"]]
    assert [("test", STREAM, True), ("draft", STREAM, False)] == told


def test_a_page_in_xml() -> None:
    """ListJob's answer has its wrapper in XML too."""
    call = ListJobCall("p", STREAM, "", 1, 2, full=False)
    root = ET.fromstring(encode_page(call, [TEST_JOB], 1, REQUEST_ID, (), as_json=False))
    assert ("ListJobResponse", "true") == (root.tag, root.findtext("Jobs/Job/IsCommitted"))


def test_an_error_in_both_forms() -> None:
    """The gateway's error body has RequestId, HostId, Code and Message."""
    refused = RefusedError(400, "Throttling.User", "a < b & c")
    told = json.loads(encode_error(refused, "h:80", REQUEST_ID, as_json=True))
    expected = {
        "RequestId": REQUEST_ID,
        "HostId": "h:80",
        "Code": "Throttling.User",
        "Message": "a < b & c",
    }
    assert expected == {key: told[key] for key in expected}
    root = ET.fromstring(encode_error(refused, "h:80", REQUEST_ID, as_json=False))
    assert ("Error", expected) == (root.tag, {key: root.findtext(key) for key in expected})
