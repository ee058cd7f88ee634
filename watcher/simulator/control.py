"""Let another process steer the simulated API and see what it did, under /_simulator/.

| request | does |
|---|---|
| GET /_simulator/jobs | the jobs as they stand |
| POST /_simulator/jobs | changes jobs: a list of {"project", "job", …} with a step's keys; null takes a field out of the answers; with "type" a job that is not there yet is added |
| GET /_simulator/faults | the faults in force |
| POST /_simulator/faults | begins a fault, or a list of them: {"fault": "throttle", "requests": 3, …} with a step's keys; gives their numbers |
| DELETE /_simulator/faults | ends all faults; with ?kind=hang or ?number=3 those; held requests go on |
| POST /_simulator/begin | makes this moment the scenario's 0s |
| GET /_simulator/history | what changed and what was answered; ?after_revision= and ?after_answer= limit it |
| GET /_simulator/counts | requests by operation, then outcome |

A request that is not usable changes nothing and is answered with 400 and {"problems": […]}.
"""  # noqa: E501 - a table

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from typing import Final

from aiohttp import web

from watcher.simulator.api import SimulatedApi
from watcher.simulator.changes import read_change, read_fault
from watcher.simulator.document import Document, Place, ScenarioError, TableReader
from watcher.simulator.faults import ActiveFault, Fault, FaultKind
from watcher.simulator.history import Answer, Change
from watcher.simulator.job import CHANGEABLE_FIELDS, JOB_TYPES, FieldValue, Job, JobChange, Wobble

_REQUEST: Final = Document("request")
_PlannedChange = tuple[str, str, str | None, JobChange]


_Produce = Callable[[web.Request], Awaitable[object]]


def add_control_routes(app: web.Application, api: SimulatedApi) -> None:
    """Add the endpoints of this module's table to the application."""
    endpoints = _Endpoints(api)
    app.router.add_get("/_simulator/jobs", _answering(endpoints.tell_jobs))
    app.router.add_post("/_simulator/jobs", _answering(endpoints.change_jobs))
    app.router.add_get("/_simulator/faults", _answering(endpoints.tell_faults))
    app.router.add_post("/_simulator/faults", _answering(endpoints.add_faults))
    app.router.add_delete("/_simulator/faults", _answering(endpoints.end_faults))
    app.router.add_post("/_simulator/begin", _answering(endpoints.begin))
    app.router.add_get("/_simulator/history", _answering(endpoints.tell_history))
    app.router.add_get("/_simulator/counts", _answering(endpoints.tell_counts))


def _answering(produce: _Produce) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            return web.json_response(await produce(request))
        except ScenarioError as error:
            return web.json_response({"problems": list(error.problems)}, status=400)

    return handle


class _Endpoints:
    """What each endpoint does; it returns what is answered as JSON."""

    def __init__(self, api: SimulatedApi) -> None:
        self._api = api

    async def tell_jobs(self, _: web.Request) -> object:
        self._api.advance()
        return [_told_job(job) for job in self._api.state.all_jobs()]

    async def change_jobs(self, request: web.Request) -> object:
        changes = _read_changes(self._api, await _rows(request))
        return [_told_job(job) for job in _apply(self._api, changes)]

    async def tell_faults(self, _: web.Request) -> object:
        return [_told_fault(active) for active in self._api.active_faults()]

    async def add_faults(self, request: web.Request) -> object:
        return [self._api.add_fault(fault) for fault in _read_faults(await _rows(request))]

    async def end_faults(self, request: web.Request) -> object:
        _end_faults(self._api, request.query)
        return await self.tell_faults(request)

    async def begin(self, _: web.Request) -> object:
        self._api.begin()
        return {"began_at": self._api.began_at}

    async def tell_history(self, request: web.Request) -> object:
        return _told_history(self._api, request.query)

    async def tell_counts(self, _: web.Request) -> object:
        return self._api.history.counts()


async def _rows(request: web.Request) -> list[dict[str, object]]:
    try:
        body = json.loads(await request.text())
    except ValueError as error:
        raise ScenarioError([f"request: is not JSON: {error}"]) from error
    rows = body if isinstance(body, list) else [body]
    if not all(isinstance(row, dict) for row in rows):
        raise ScenarioError(["request: wanted an object, or a list of objects"])
    return rows


def _read_changes(api: SimulatedApi, rows: list[dict[str, object]]) -> list[_PlannedChange]:
    problems: list[str] = []
    changes = [_read_job_change(api, row, n, problems) for n, row in enumerate(rows)]
    if problems:
        raise ScenarioError(problems)
    return changes


def _read_job_change(
    api: SimulatedApi, row: dict[str, object], index: int, problems: list[str]
) -> _PlannedChange:
    reader = TableReader(_nulls_as_absent(row), Place(_REQUEST, "jobs", index), problems)
    project, name = reader.text("project") or "", reader.text("job") or ""
    job_type = reader.choice("type", JOB_TYPES)
    change = read_change(reader, renewals=True)
    reader.finish()
    if job_type is None and name not in api.state.jobs_of(project):
        reader.note("job", f"project {project!r} has no job {name!r}; with a type it is added")
    return project, name, job_type, change


def _nulls_as_absent(row: dict[str, object]) -> dict[str, object]:
    nulls = [key for key, value in row.items() if value is None]
    if not nulls:
        return row
    told = {key: value for key, value in row.items() if value is not None}
    absent = told.get("absent", [])
    return {**told, "absent": [*absent, *nulls] if isinstance(absent, list) else absent}


def _apply(api: SimulatedApi, changes: list[_PlannedChange]) -> list[Job]:
    return [
        api.change_job(project, name, change)
        if job_type is None or name in api.state.jobs_of(project)
        else api.add_job(project, name, job_type, change)
        for project, name, job_type, change in changes
    ]


def _read_faults(rows: list[dict[str, object]]) -> list[Fault]:
    problems: list[str] = []
    faults = []
    for index, row in enumerate(rows):
        reader = TableReader(row, Place(_REQUEST, "faults", index), problems)
        if not reader.has("fault"):
            reader.note("fault", "is missing: the kind")
        if fault := read_fault(reader):
            faults.append(fault)
        reader.finish()
    if problems:
        raise ScenarioError(problems)
    return faults


def _end_faults(api: SimulatedApi, query: Mapping[str, str]) -> None:
    if "number" in query:
        api.faults.remove(_number(query, "number"))
        return
    kind = query.get("kind")
    if kind is not None and kind not in tuple(FaultKind):
        raise ScenarioError([f"request: kind: {kind!r} is not known"])
    api.faults.clear(None if kind is None else FaultKind(kind))


def _told_history(api: SimulatedApi, query: Mapping[str, str]) -> dict[str, object]:
    api.advance()
    history = api.history
    return {
        "complete": history.complete,
        "began_at": api.began_at,
        "revision": history.revision,
        "answered": history.answered,
        "changes": [_told_change(c) for c in history.changes(_number(query, "after_revision"))],
        "answers": [_told_answer(a) for a in history.answers(_number(query, "after_answer"))],
    }


def _number(query: Mapping[str, str], key: str) -> int:
    text = query.get(key, "0")
    if not text.isascii() or not text.isdigit():
        raise ScenarioError([f"request: {key}: found {text!r}, wanted a whole number"])
    return int(text)


def _told_job(job: Job) -> dict[str, object]:
    told = {key: _told_value(getattr(job, key)) for key in CHANGEABLE_FIELDS}
    return {"project": job.project, "job": job.name, "type": job.job_type, **told}


def _told_change(change: Change) -> dict[str, object]:
    fields = {
        key: [_told_value(before), _told_value(after)]
        for key, (before, after) in change.fields.items()
    }
    return {
        "revision": change.revision,
        "at": change.at,
        "project": change.project,
        "job": change.job,
        "fields": fields,
    }


def _told_answer(answer: Answer) -> dict[str, object]:
    return asdict(answer)


def _told_fault(active: ActiveFault) -> dict[str, object]:
    fault = active.fault
    return {
        "number": active.number,
        "fault": fault.kind,
        "operation": fault.operation,
        "project": fault.project,
        "job": fault.job,
        "requests": fault.requests,
        "until": active.until,
    }


def _told_value(value: FieldValue) -> object:
    return {"from": value.low, "to": value.high} if isinstance(value, Wobble) else value
