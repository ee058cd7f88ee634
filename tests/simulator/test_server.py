"""The server carries out what the simulated API decides, over real sockets."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

import aiohttp
import pytest
from yarl import URL

from tests.simulator.signing import (
    JOB1,
    LIST_JOB_PATH,
    RUN_SUMMARY_PATH,
    signed_v1,
    signed_v3,
)
from watcher.simulator.clock import wall_clock
from watcher.simulator.faults import FAILURES, MANNERS, QUIRKS, Fault, FaultKind
from watcher.simulator.scenario import parse_scenario
from watcher.simulator.simulator import Simulator

SCENARIO = parse_scenario(
    'project = "test_project"\n[[jobs]]\nnames = ["job1", "a b+c&d%e", "作业一"]'
)
UNSIGNED = {"x-acs-version": "2018-11-11", "Accept": "application/json"}
PATIENCE = 10


class Caller:
    """Calls a simulator over the network; requests are not signed and need not be."""

    def __init__(self, simulator: Simulator, session: aiohttp.ClientSession, base_url: str) -> None:
        self.simulator = simulator
        self.session = session
        self.base_url = base_url

    def get(self, accept: str = "application/json", path: str = RUN_SUMMARY_PATH) -> Any:
        """Return aiohttp's context of a request for job1."""
        url = f"{self.base_url}{path}?{urlencode(JOB1)}"
        headers = {**UNSIGNED, "Accept": accept}
        return self.session.get(URL(url, encoded=True), headers=headers, allow_redirects=False)

    async def answer(self, accept: str = "application/json") -> tuple[int, str, bytes]:
        """Return status, Content-Type and body."""
        async with self.get(accept) as response:
            return response.status, response.headers["Content-Type"], await response.read()


@pytest.fixture
async def caller() -> AsyncIterator[Caller]:
    simulator = Simulator(SCENARIO, check_signatures=False)
    timeout = aiohttp.ClientTimeout(PATIENCE)
    async with (
        simulator.serve() as base_url,
        aiohttp.ClientSession(timeout=timeout, auto_decompress=False) as session,
    ):
        yield Caller(simulator, session, base_url)


async def until(condition: Any) -> None:
    """Wait until the condition holds."""
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0)


async def test_a_good_answer_in_both_forms(caller: Caller) -> None:
    """JSON where it is asked for, XML otherwise, each with its Content-Type."""
    status, kind, body = await caller.answer()
    assert (200, "application/json;charset=utf-8") == (status, kind)
    assert "job1" == json.loads(body)["RunSummarys"]["RunSummary"][0]["JobName"]
    for accept in ("application/xml", "application/octet-stream", "*/*"):
        status, kind, body = await caller.answer(accept)
        assert (200, "text/xml;charset=utf-8") == (status, kind)
        assert "job1" == ET.fromstring(body).findtext("RunSummarys/RunSummary/JobName")


@pytest.mark.parametrize("sign", [signed_v1, signed_v3])
@pytest.mark.parametrize("wire", [urlencode, lambda query: str(URL.build(query=query))[1:]])
async def test_names_are_raw_over_the_wire(sign: Any, wire: Any) -> None:
    """Both signatures hold for names with +, &, %, blanks and Chinese, however a client encodes."""
    names = ["a b+c&d%e", "作业一"]
    query = {"jobNames": ",".join(names), "jobType": "FLINK_STREAM"}
    simulator = Simulator(SCENARIO)
    async with simulator.serve() as base_url, aiohttp.ClientSession() as session:
        host = {"host": base_url.removeprefix("http://")} if sign is signed_v3 else {}
        request = sign(RUN_SUMMARY_PATH, query, at=wall_clock(), extra=host)
        url = URL(f"{base_url}{RUN_SUMMARY_PATH}?{wire(query)}", encoded=True)
        async with session.get(url, headers=request.headers) as response:
            body = await response.json()
    assert names == [row["JobName"] for row in body["RunSummarys"]["RunSummary"]]


async def test_a_long_request_line_is_read(caller: Caller) -> None:
    """Two thousand names, of which the vendor's SDK makes 22 kB, are no trouble."""
    names = ",".join(f"job_{n:04d}" for n in range(2000)) + ",job1"
    url = f"{caller.base_url}{RUN_SUMMARY_PATH}?" + urlencode({**JOB1, "jobNames": names})
    async with caller.session.get(URL(url, encoded=True), headers=UNSIGNED) as response:
        body = await response.json()
    assert ["job1"] == [row["JobName"] for row in body["RunSummarys"]["RunSummary"]]


async def test_other_paths_and_methods_are_not_found(caller: Caller) -> None:
    """What is no operation is answered as the gateway does."""
    async with caller.get(path="/favicon.ico") as response:
        assert (404, "InvalidApi.NotFound") == (
            response.status,
            (await response.json())["Code"],
        )
    url = f"{caller.base_url}{RUN_SUMMARY_PATH}"
    async with caller.session.post(url, data=b"x", headers=UNSIGNED) as response:
        assert (404, "InvalidApi.NotFound") == (response.status, (await response.json())["Code"])


@pytest.mark.parametrize(
    "fault,status,code",
    [
        (Fault(FaultKind.THROTTLE), 400, "Throttling.User"),
        (Fault(FaultKind.UNAVAILABLE), 503, "ServiceUnavailable"),
        (Fault(FaultKind.INTERNAL_ERROR), 500, "InternalError"),
        (Fault(FaultKind.FORBIDDEN), 403, "Forbidden.RAM"),
        (Fault(FaultKind.TOKEN_EXPIRED), 400, "InvalidSecurityToken.Expired"),
        (Fault(FaultKind.ERROR, status=418, code="Teapot"), 418, "Teapot"),
        (Fault(FaultKind.XML_ERROR), 503, "ServiceUnavailable"),
    ],
)
async def test_errors(caller: Caller, fault: Fault, status: int, code: str) -> None:
    """Each error has its status and code, in the form that was asked for."""
    caller.simulator.add_fault(fault)
    told, kind, body = await caller.answer("application/xml")
    assert (status, "text/xml;charset=utf-8", code) == (
        told,
        kind,
        ET.fromstring(body).findtext("Code"),
    )
    told, kind, body = await caller.answer()
    if fault.kind is FaultKind.XML_ERROR:
        assert (status, "text/xml;charset=utf-8") == (told, kind)
    else:
        assert (status, code) == (told, json.loads(body)["Code"])


async def test_a_throttle_says_when_to_come_back(caller: Caller) -> None:
    """x-acs-retry-after is in ms, Retry-After in whole seconds, rounded up; none if not given."""
    spans = timedelta(milliseconds=1500)
    caller.simulator.add_fault(
        Fault(FaultKind.THROTTLE, retry_after=spans, acs_retry_after=spans, requests=1)
    )
    caller.simulator.add_fault(Fault(FaultKind.THROTTLE))
    async with caller.get() as first, caller.get() as second:
        names = ("Retry-After", "x-acs-retry-after")
        assert ["2", "1500"] == [first.headers.get(name) for name in names]
        assert [None, None] == [second.headers.get(name) for name in names]


async def test_bad_gateway_is_a_page(caller: Caller) -> None:
    """502 bears HTML."""
    caller.simulator.add_fault(Fault(FaultKind.BAD_GATEWAY))
    status, kind, body = await caller.answer()
    assert (502, "text/html") == (status, kind)
    assert body.startswith(b"<html>")


async def test_a_failure_is_in_the_history(caller: Caller) -> None:
    """What the client got in an answer's place is recorded, with its names and no job told."""
    caller.simulator.add_fault(Fault(FaultKind.BAD_GATEWAY, requests=1))
    await caller.answer()
    await caller.answer()
    assert [(1, "bad-gateway", ("job1",), 0), (2, "ok", ("job1",), 1)] == [
        (answer.number, answer.outcome, answer.names, answer.returned)
        for answer in caller.simulator.history.answers()
    ]


async def test_empty_and_broken_bodies(caller: Caller) -> None:
    """200 without a body, and 200 with half an object."""
    caller.simulator.add_fault(Fault(FaultKind.EMPTY_BODY, requests=1))
    caller.simulator.add_fault(Fault(FaultKind.NOT_JSON, requests=1))
    assert (200, b"") == (await caller.answer())[::2]
    status, kind, body = await caller.answer()
    assert (200, "application/json;charset=utf-8") == (status, kind)
    with pytest.raises(json.JSONDecodeError):
        json.loads(body)


async def test_a_redirect_leads_to_a_page_that_counts(caller: Caller) -> None:
    """302 leads to this server, which knows who followed, or to where the fault says."""
    caller.simulator.add_fault(Fault(FaultKind.REDIRECT, requests=1))
    elsewhere = "http://127.0.0.1:1/"
    caller.simulator.add_fault(Fault(FaultKind.REDIRECT, location=elsewhere))
    async with caller.get() as response:
        assert 302 == response.status
        location = response.headers["Location"]
    assert f"{caller.base_url}/_simulator/redirected" == location
    assert "redirected" not in caller.simulator.history.counts()
    async with caller.session.get(location) as response:
        assert 200 == response.status
    assert {"reached": 1} == caller.simulator.history.counts()["redirected"]
    async with caller.get() as response:
        assert elsewhere == response.headers["Location"]


async def test_a_huge_body_is_streamed(caller: Caller) -> None:
    """The body is as long as asked for, well formed, in chunks and without a length."""
    caller.simulator.add_fault(Fault(FaultKind.HUGE, size=3_000_001))
    async with caller.get() as response:
        assert "Content-Length" not in response.headers
        row = json.loads(await response.read())["RunSummarys"]["RunSummary"][0]
    assert 3_000_001 == len(row["LastErrorMessage"])
    _, _, body = await caller.answer("application/xml")
    text = ET.fromstring(body).findtext("RunSummarys/RunSummary/LastErrorMessage") or ""
    assert 3_000_001 == len(text)


async def test_a_huge_body_is_fifty_megabytes_and_can_be_left(caller: Caller) -> None:
    """One who reads only the beginning goes away, and the server serves on."""
    caller.simulator.add_fault(Fault(FaultKind.HUGE, requests=1))
    async with caller.get() as response:
        assert 1 << 16 == len(await response.content.readexactly(1 << 16))
        response.close()
    assert 50_000_000 == Fault(FaultKind.HUGE).size
    assert 200 == (await caller.answer())[0]


async def test_a_disconnect_gives_no_answer(caller: Caller) -> None:
    """The connection closes before any byte."""
    caller.simulator.add_fault(Fault(FaultKind.DISCONNECT, requests=2))
    with pytest.raises(aiohttp.ClientConnectionError):
        await caller.answer()


async def test_a_truncated_body_breaks_off(caller: Caller) -> None:
    """Content-Length promises more than comes."""
    caller.simulator.add_fault(Fault(FaultKind.TRUNCATED, requests=1))
    async with caller.get() as response:
        assert 100 < int(response.headers["Content-Length"])
        with pytest.raises(aiohttp.ClientPayloadError):
            await response.read()
    assert 200 == (await caller.answer())[0]


async def test_gzip_and_a_wrong_content_type(caller: Caller) -> None:
    """The body is compressed, called something else, and still the answer."""
    caller.simulator.add_fault(Fault(FaultKind.GZIP))
    caller.simulator.add_fault(Fault(FaultKind.WRONG_CONTENT_TYPE))
    async with caller.get() as response:
        assert "gzip" == response.headers["Content-Encoding"]
        assert "text/html;charset=utf-8" == response.headers["Content-Type"]
        body = json.loads(gzip.decompress(await response.read()))
    assert "job1" == body["RunSummarys"]["RunSummary"][0]["JobName"]


async def test_a_hang_holds_until_it_is_released(caller: Caller) -> None:
    """No answer comes before the release, and a good one after it."""
    caller.simulator.add_fault(Fault(FaultKind.HANG, requests=1))
    async with asyncio.TaskGroup() as tasks:
        asked = tasks.create_task(caller.answer())
        await until(lambda: caller.simulator.faults.held == 1)
        assert not asked.done()
        assert [] == caller.simulator.history.answers()
        caller.simulator.faults.clear()
    assert 200 == asked.result()[0]
    assert {"hang": 1} == caller.simulator.history.counts()["BatchGetInstanceRunSummary"]


async def test_a_hang_ends_with_its_time(caller: Caller) -> None:
    """A hang that lasts a moment answers after it, though nobody releases it."""
    caller.simulator.add_fault(Fault(FaultKind.HANG, lasts=timedelta(milliseconds=20)))
    assert 200 == (await caller.answer())[0]


async def test_one_who_leaves_is_no_longer_held(caller: Caller) -> None:
    """A client that gives up frees its place."""
    caller.simulator.add_fault(Fault(FaultKind.HANG, requests=1))
    async with asyncio.TaskGroup() as tasks:
        asked = tasks.create_task(caller.answer())
        await until(lambda: caller.simulator.faults.held == 1)
        asked.cancel()
    await until(lambda: caller.simulator.faults.held == 0)


async def test_a_server_that_stops_lets_everyone_go() -> None:
    """Leaving the server's context releases who hangs."""
    simulator = Simulator(SCENARIO, check_signatures=False)
    simulator.add_fault(Fault(FaultKind.HANG))
    async with (
        aiohttp.ClientSession() as session,
        asyncio.timeout(PATIENCE),
        asyncio.TaskGroup() as tasks,
        simulator.serve() as base_url,
    ):
        asked = tasks.create_task(Caller(simulator, session, base_url).answer())
        await until(lambda: simulator.faults.held == 1)
    assert 200 == asked.result()[0]


async def test_a_slow_answer_is_a_good_one(caller: Caller) -> None:
    """It is held back for its delay, and tells the jobs as they are after it."""
    caller.simulator.add_fault(Fault(FaultKind.SLOW, delay=timedelta(milliseconds=20)))
    assert 200 == (await caller.answer())[0]
    assert {"slow": 1} == caller.simulator.history.counts()["BatchGetInstanceRunSummary"]


@pytest.mark.parametrize("kind", sorted(QUIRKS))
@pytest.mark.parametrize("accept", ["application/json", "application/xml"])
@pytest.mark.parametrize("path", [RUN_SUMMARY_PATH, LIST_JOB_PATH])
async def test_every_quirk_is_sent(caller: Caller, kind: FaultKind, accept: str, path: str) -> None:
    """Each quirk is a readable answer with status 200, of both operations in both forms."""
    caller.simulator.add_fault(Fault(kind))
    async with caller.get(accept, path) as response:
        assert 200 == response.status
        body = await response.read()
    if accept.endswith("json"):
        assert isinstance(json.loads(body), dict)
    else:
        assert ET.fromstring(body).tag.endswith("Response")
    ((_, outcomes),) = caller.simulator.history.counts().items()
    assert {kind.value: 1} == outcomes


@pytest.mark.parametrize("kind", sorted(FAILURES | MANNERS))
async def test_after_its_requests_all_is_normal(caller: Caller, kind: FaultKind) -> None:
    """Every other fault happens to one request when it lasts for one, and then no more."""
    caller.simulator.add_fault(
        Fault(kind, requests=1, delay=timedelta(0), lasts=timedelta(milliseconds=50), size=10)
    )
    caller.simulator.faults.take(
        "BatchGetInstanceRunSummary", "test_project", ("job1",), wall_clock()
    )
    status, kind_told, body = await caller.answer()
    assert (200, "application/json;charset=utf-8") == (status, kind_told)
    assert "job1" == json.loads(body)["RunSummarys"]["RunSummary"][0]["JobName"]


async def test_an_answer_bears_the_simulated_clock_s_date() -> None:
    """A server whose clock is off says so in its Date, good answers and refusals alike."""
    simulator = Simulator(SCENARIO, now=lambda: 0.5, check_signatures=False)
    async with simulator.serve() as url, aiohttp.ClientSession() as session:
        for path in (RUN_SUMMARY_PATH, "/nowhere"):
            async with session.get(f"{url}{path}") as response:
                assert "Thu, 01 Jan 1970 00:00:00 GMT" == response.headers["Date"]
