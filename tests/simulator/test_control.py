"""Another process can steer the simulated API and learn what it did."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest

from tests.simulator.signing import JOB1, NOON, RUN_SUMMARY_PATH
from watcher.simulator.scenario import parse_scenario
from watcher.simulator.simulator import Simulator

SCENARIO = parse_scenario(
    'project = "test_project"\n[[jobs]]\nname = "job1"\n[[steps]]\nat = "5s"\njob = "job1"\n'
    'last_error_message = "x"'
)


class Steered:
    """A served simulator with a clock that the test turns, and its control endpoints."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self.at = NOON
        self.simulator = Simulator(SCENARIO, now=lambda: self.at, check_signatures=False)
        self.base_url = ""
        self._session = session

    async def call(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """Return status and body of a control request."""
        url = f"{self.base_url}/_simulator/{path}"
        async with self._session.request(method, url, json=body) as response:
            return response.status, await response.json()

    async def ask(self) -> dict[str, Any]:
        """Return job1's run summary, or the error body."""
        url = f"{self.base_url}{RUN_SUMMARY_PATH}?{urlencode(JOB1)}"
        headers = {"x-acs-version": "2018-11-11", "Accept": "application/json"}
        async with self._session.get(url, headers=headers) as response:
            body: dict[str, Any] = await response.json()
            rows = body.get("RunSummarys", {}).get("RunSummary", [body])
            return dict(rows[0])


@pytest.fixture
async def steered() -> AsyncIterator[Steered]:
    async with aiohttp.ClientSession() as session:
        steered = Steered(session)
        async with steered.simulator.serve() as steered.base_url:
            yield steered


async def test_jobs_are_told(steered: Steered) -> None:
    """The jobs as they stand, by the names of a step's keys."""
    status, (job,) = await steered.call("GET", "jobs")
    assert (200, "test_project", "job1", "FLINK_STREAM", "RUNNING", True) == (
        status,
        job["project"],
        job["job"],
        job["type"],
        job["actual_state"],
        job["committed"],
    )


async def test_jobs_are_changed(steered: Steered) -> None:
    """Fields, null and a wobbling delay are taken, and show at once."""
    before = await steered.ask()
    row = {
        "project": "test_project",
        "job": "job1",
        "actual_state": "FAILED",
        "engine_job_handler": None,
        "input_delay": {"from": 5, "to": 9},
        "restart": True,
    }
    status, (told,) = await steered.call("POST", "jobs", row)
    assert (200, {"from": 5, "to": 9}) == (status, told["input_delay"])
    after = await steered.ask()
    assert ("FAILED", False) == (after["ActualState"], "EngineJobHandler" in after)
    assert before["Id"] != after["Id"]
    assert 5 <= after["InputDelay"] <= 9


async def test_jobs_are_added(steered: Steered) -> None:
    """A row with a type makes a job that is not there; a second time it changes it."""
    row = {"project": "new", "job": "b", "type": "FLINK_BATCH", "actual_state": "SUCCESS"}
    await steered.call("POST", "jobs", [row])
    await steered.call("POST", "jobs", [{**row, "actual_state": "FAILED"}])
    _, jobs = await steered.call("GET", "jobs")
    assert [("job1", "RUNNING"), ("b", "FAILED")] == [
        (job["job"], job["actual_state"]) for job in jobs
    ]


@pytest.mark.parametrize(
    "path,body,problem",
    [
        ("jobs", [3], "request: wanted an object, or a list of objects"),
        ("jobs", [{"project": "p", "job": "x"}], "project 'p' has no job 'x'; with a type it is"),
        (
            "jobs",
            [{"project": "test_project", "job": "job1", "actual_stat": "X"}],
            "request: jobs[1].actual_stat: unknown key, did you mean 'actual_state'",
        ),
        ("faults", {"fault": "throtle"}, "did you mean 'throttle'"),
        ("faults", {"requests": 1}, "request: faults[1].fault: is missing"),
    ],
)
async def test_what_is_not_usable_changes_nothing(
    steered: Steered, path: str, body: Any, problem: str
) -> None:
    """A mistake is answered with its words, and what was right in the same request is not done."""
    good = {"project": "test_project", "job": "job1", "actual_state": "PAUSED"}
    rows = [*body, good] if path == "jobs" else body
    status, told = await steered.call("POST", path, rows)
    assert (400, 1) == (status, len(told["problems"]))
    assert problem in told["problems"][0]
    assert "RUNNING" == (await steered.ask())["ActualState"]


async def test_what_is_no_json_is_refused(steered: Steered) -> None:
    """A body that cannot be read is told so."""
    url = f"{steered.base_url}/_simulator/jobs"
    async with aiohttp.ClientSession() as session, session.post(url, data=b"{") as response:
        assert 400 == response.status
        assert "request: is not JSON" in (await response.json())["problems"][0]


async def test_faults_begin_and_end(steered: Steered) -> None:
    """Faults are added, told, and ended by number, by kind or all."""
    faults = [{"fault": kind} for kind in ("throttle", "gzip", "nulls")]
    assert (200, [1, 2, 3]) == await steered.call("POST", "faults", faults)
    assert "Throttling.User" == (await steered.ask())["Code"]
    _, left = await steered.call("DELETE", "faults?number=1")
    assert ["gzip", "nulls"] == [fault["fault"] for fault in left]
    _, left = await steered.call("DELETE", "faults?kind=gzip")
    assert ["nulls"] == [fault["fault"] for fault in left]
    assert (await steered.ask())["InputDelay"] is None
    assert (200, []) == await steered.call("DELETE", "faults")
    assert (200, []) == await steered.call("GET", "faults")


@pytest.mark.parametrize("path", ["faults?kind=throtle", "faults?number=x"])
async def test_only_known_faults_end(steered: Steered, path: str) -> None:
    """A kind or number that is none ends nothing."""
    await steered.call("POST", "faults", {"fault": "nulls"})
    assert 400 == (await steered.call("DELETE", path))[0]
    assert 1 == len((await steered.call("GET", "faults"))[1])


async def test_the_history_is_told(steered: Steered) -> None:
    """Changes and answers come with their moments, and can be asked for from a point on."""
    await steered.ask()
    steered.at = NOON + 7
    await steered.ask()
    _, history = await steered.call("GET", "history")
    assert (True, NOON, 1, 2) == (
        history["complete"],
        history["began_at"],
        history["revision"],
        history["answered"],
    )
    assert [
        {
            "revision": 1,
            "at": NOON + 5,
            "project": "test_project",
            "job": "job1",
            "fields": {
                "last_error_message": [None, "x"],
                "last_error_time": [None, int(NOON * 1000) + 5000],
            },
        }
    ] == history["changes"]
    assert [(NOON, 0, ["job1"], 1), (NOON + 7, 1, ["job1"], 1)] == [
        (answer["at"], answer["revision"], answer["names"], answer["returned"])
        for answer in history["answers"]
    ]
    _, rest = await steered.call("GET", "history?after_revision=1&after_answer=1")
    assert ([], [2]) == (rest["changes"], [answer["number"] for answer in rest["answers"]])
    assert {"BatchGetInstanceRunSummary": {"ok": 2}} == (await steered.call("GET", "counts"))[1]


async def test_the_scenario_begins_anew(steered: Steered) -> None:
    """POST begin makes this moment 0s."""
    steered.at = NOON + 100
    assert (200, {"began_at": NOON + 100}) == await steered.call("POST", "begin")


async def test_control_can_be_left_out(steered: Steered) -> None:
    """Without control the endpoints are no more than unknown paths of the API."""
    url_of = "/_simulator/jobs"
    async with (
        steered.simulator.serve(control=False) as base_url,
        aiohttp.ClientSession() as session,
        session.get(base_url + url_of) as response,
    ):
        assert 400 == response.status
        assert b"InvalidVersion" in await response.read()
