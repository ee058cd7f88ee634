"""The two simulated operations: what a request asks for, and the good answer to it."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import unquote

from watcher.simulator.encoding import JSON_TYPE, XML_TYPE, Tree, encode_json, encode_xml
from watcher.simulator.faults import Fault
from watcher.simulator.job import JOB_TYPES, Job
from watcher.simulator.quirks import apply_quirks
from watcher.simulator.refusal import RefusedError
from watcher.simulator.signature import SignedRequest

API_VERSION: Final = "2018-11-11"
BATCH_GET_RUN_SUMMARY: Final = "BatchGetInstanceRunSummary"
LIST_JOB: Final = "ListJob"
OPERATIONS: Final = (BATCH_GET_RUN_SUMMARY, LIST_JOB)
UNKNOWN_OPERATION: Final = "unknown"
_RUN_SUMMARY_PATH: Final = re.compile(r"/api/v2/projects/([^/]+)/runsummary")
_LIST_JOB_PATH: Final = re.compile(r"/api/v2/projects/([^/]+)/jobs")


@dataclass(frozen=True, slots=True)
class RunSummaryCall:
    """A request for the run summaries of these jobs."""

    project: str
    job_type: str
    names: tuple[str, ...]
    operation: str = BATCH_GET_RUN_SUMMARY


@dataclass(frozen=True, slots=True)
class ListJobCall:
    """A request for one page (from 1) of the project's jobs; `name_part` is in their names."""

    project: str
    job_type: str | None
    name_part: str
    page: int
    page_size: int
    full: bool
    names: tuple[str, ...] = ()
    operation: str = LIST_JOB


Call = RunSummaryCall | ListJobCall


def operation_of(path: str) -> str:
    """Return the operation that the path on the wire means, or "unknown"."""
    if _RUN_SUMMARY_PATH.fullmatch(path):
        return BATCH_GET_RUN_SUMMARY
    return LIST_JOB if _LIST_JOB_PATH.fullmatch(path) else UNKNOWN_OPERATION


def check_api(request: SignedRequest) -> None:
    """Raise RefusedError unless method, path, version and action are those of one operation.

    A V1 request may leave the action out: the path says it. Codes are the API gateway's.
    """
    if request.header("x-acs-version") != API_VERSION:
        raise RefusedError(
            400, "InvalidVersion", "Specified parameter Version is not valid: expected 2018-11-11."
        )
    operation = operation_of(request.path)
    if operation == UNKNOWN_OPERATION or request.method != "GET":
        raise _no_such_api()
    if request.header("x-acs-action") not in ("", operation):
        raise _no_such_api()


def read_call(request: SignedRequest) -> Call:
    """Return what a request that `check_api` let pass asks for, or raise RefusedError."""
    query = dict(request.pairs)
    if match := _RUN_SUMMARY_PATH.fullmatch(request.path):
        return RunSummaryCall(
            unquote(match[1]), _job_type(query, needed=True), _split_names(_needed(query))
        )
    match = _LIST_JOB_PATH.fullmatch(request.path)
    if match is None:
        raise _no_such_api()
    return ListJobCall(
        unquote(match[1]),
        _job_type(query, needed=False) or None,
        query.get("jobName", ""),
        _positive(query, "pageIndex", 1),
        _positive(query, "pageSize", 10),
        query.get("isShowFullField", "true").lower() != "false",
    )


def pick_jobs(call: RunSummaryCall, jobs: Mapping[str, Job]) -> list[Job]:
    """Return the jobs to tell, in the order asked for.

    Unknown jobs, drafts and jobs of the other type are left out in silence, as the vendor's
    OpenAPI DEMO says.
    """
    found = (jobs.get(name) for name in call.names)
    return [
        job for job in found if job is not None and job.answers and job.job_type == call.job_type
    ]


def odd_run_summaries(
    picked: Iterable[Job],
    answer_number: int,
    request_id: str,
    quirks: Iterable[Fault],
    *,
    as_json: bool,
) -> bytes:
    """Return the answer's body with the quirks applied."""
    rows = [job.run_summary(answer_number) for job in picked]
    answer: dict[str, Tree] = {"RunSummarys": {"RunSummary": rows}, "RequestId": request_id}
    tree = apply_quirks(answer, "RunSummarys", "RunSummary", quirks, as_json=as_json)
    return _encoded(BATCH_GET_RUN_SUMMARY, tree, as_json=as_json)


def pick_page(call: ListJobCall, jobs: Iterable[Job]) -> tuple[list[Job], int]:
    """Return the page's jobs and the number of all that match; drafts are listed too."""
    matching = [
        job
        for job in jobs
        if job.present and call.job_type in (None, job.job_type) and call.name_part in job.name
    ]
    begin = (call.page - 1) * call.page_size
    return matching[begin : begin + call.page_size], len(matching)


def encode_page(
    call: ListJobCall,
    page: Iterable[Job],
    total: int,
    request_id: str,
    quirks: Iterable[Fault],
    *,
    as_json: bool,
) -> bytes:
    """Return the body of ListJob's answer, quirks applied."""
    answer: dict[str, Tree] = {
        "TotalCount": total,
        "TotalPage": -(-total // call.page_size),
        "PageSize": call.page_size,
        "PageIndex": call.page,
        "RequestId": request_id,
        "Jobs": {"Job": [job.listing(full=call.full) for job in page]},
    }
    tree = apply_quirks(answer, "Jobs", "Job", quirks, as_json=as_json)
    return _encoded(LIST_JOB, tree, as_json=as_json)


def encode_error(refused: RefusedError, host: str, request_id: str, *, as_json: bool) -> bytes:
    """Return the gateway's error body."""
    tree: dict[str, Tree] = {
        "RequestId": request_id,
        "HostId": host,
        "Code": refused.code,
        "Message": refused.message,
        "Recommend": f"https://api.aliyun.com/troubleshoot?q={refused.code}&product=foas",
    }
    return encode_json(tree) if as_json else encode_xml("Error", tree)


def new_request_id() -> str:
    """Return a RequestId as the API makes them."""
    return str(uuid.uuid4()).upper()


def content_type(*, as_json: bool) -> str:
    """Return the Content-Type of the API's answers."""
    return JSON_TYPE if as_json else XML_TYPE


def _encoded(operation: str, tree: Tree, *, as_json: bool) -> bytes:
    return encode_json(tree) if as_json else encode_xml(f"{operation}Response", tree)


@lru_cache(maxsize=1024)
def _split_names(names: str) -> tuple[str, ...]:
    """Split at commas, leave out repetitions; a poller asks for the same names again and again."""
    return tuple(dict.fromkeys(name for name in names.split(",") if name))


def _needed(query: Mapping[str, str]) -> str:
    if names := query.get("jobNames"):
        return names
    raise RefusedError(400, "MissingJobNames", "JobNames is mandatory for this action.")


def _job_type(query: Mapping[str, str], *, needed: bool) -> str:
    """Return the type in upper case: the vendor's DEMO passes "flink_stream"."""
    job_type = query.get("jobType", "").upper()
    if not job_type and needed:
        raise RefusedError(400, "MissingJobType", "JobType is mandatory for this action.")
    if job_type and job_type not in JOB_TYPES:
        raise RefusedError(400, "InvalidJobType", "The specified JobType is not valid.")
    return job_type


def _positive(query: Mapping[str, str], key: str, default: int) -> int:
    text = query.get(key, "")
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > 9 or int(text) < 1:  # noqa: PLR2004
        name = key[:1].upper() + key[1:]
        raise RefusedError(400, f"Invalid{name}", f"The specified {name} is not valid.")
    return int(text)


def _no_such_api() -> RefusedError:
    return RefusedError(404, "InvalidApi.NotFound", "Specified api is not found.")
