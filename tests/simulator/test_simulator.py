"""The package's surface is enough to serve a simulated API and see what it did."""

from __future__ import annotations

import aiohttp
from aiohttp.test_utils import TestClient, TestServer

from tests.simulator.signing import KEY, run_summary_request
from watcher.simulator import (
    Fault,
    FaultKind,
    JobChange,
    Simulator,
    load_scenario,
    parse_scenario,
)
from watcher.simulator.clock import wall_clock
from watcher.simulator.signature import SignedRequest


def path_of(request: SignedRequest) -> str:
    return f"{request.path}?{request.query}"


async def test_it_serves_on_a_free_port() -> None:
    """serve() gives a base URL that answers signed requests, on one port for each server."""
    simulator = Simulator(load_scenario(), credentials=[KEY])
    request = run_summary_request("payments", at=wall_clock())
    async with simulator.serve() as first, simulator.serve() as second:
        assert first != second
        async with aiohttp.ClientSession() as session:
            for base_url in (first, second):
                url = base_url + path_of(request)
                async with session.get(url, headers=request.headers) as response:
                    body = await response.json()
                assert ["payments"] == [row["JobName"] for row in body["RunSummarys"]["RunSummary"]]


async def test_the_application_can_be_mounted_by_others() -> None:
    """app() is an ordinary application; changes, faults and history work from Python."""
    simulator = Simulator(parse_scenario('[[jobs]]\nproject = "test_project"\nname = "job1"'))
    simulator.change_job("test_project", "job1", JobChange({"actual_state": "FAILED"}))
    simulator.add_fault(Fault(FaultKind.THROTTLE, requests=1))
    async with TestClient(TestServer(simulator.app())) as client:
        for expected in (400, 200):
            request = run_summary_request(at=wall_clock())
            async with client.get(path_of(request), headers=request.headers) as response:
                assert expected == response.status
    assert {"throttle": 1, "ok": 1} == simulator.history.counts()["BatchGetInstanceRunSummary"]
    assert ["FAILED"] == [
        change.fields["actual_state"][1] for change in simulator.history.changes()
    ]


async def test_a_wrong_secret_is_refused_in_words() -> None:
    """A request that another secret signed gets 400 SignatureDoesNotMatch over the network."""
    simulator = Simulator(load_scenario())
    request = run_summary_request(at=wall_clock(), key=type(KEY)(KEY.access_key_id, "wrong"))
    async with simulator.serve() as base_url, aiohttp.ClientSession() as session:
        url = base_url + path_of(request)
        async with session.get(url, headers=request.headers) as response:
            body = await response.json()
    assert (400, "SignatureDoesNotMatch") == (response.status, body["Code"])
    assert "server string to sign is:GET\napplication/json\n" in body["Message"]
