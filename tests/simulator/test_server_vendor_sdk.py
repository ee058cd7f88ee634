"""The vendor's own client takes the simulated API for the real one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.auth.credentials import StsTokenCredential
from aliyunsdkcore.client import AcsClient
from aliyunsdkfoas.request.v20181111.BatchGetInstanceRunSummaryRequest import (
    BatchGetInstanceRunSummaryRequest,
)
from aliyunsdkfoas.request.v20181111.ListJobRequest import ListJobRequest

from tests.simulator.signing import KEY, STS_KEY
from watcher.simulator.faults import Fault, FaultKind
from watcher.simulator.scenario import parse_scenario
from watcher.simulator.simulator import Simulator

# The SDK's only way to an answer in XML is a method that it calls deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:do_action:DeprecationWarning")

NAMES = ("job1", "a b", "a+b", "c&d", "100%", "作业一")
SCENARIO = parse_scenario(
    f"""
    project = "test_project"
    [[jobs]]
    names = {json.dumps(NAMES, ensure_ascii=False)}
    [[jobs]]
    name = "draft"
    committed = false
    """
)


class Vendor:
    """The official SDK, pointed at a simulator; it blocks, so each call runs in a thread."""

    def __init__(self, simulator: Simulator, endpoint: str) -> None:
        self.simulator = simulator
        self._endpoint = endpoint

    async def run_summaries(self, client: Any, names: str, accept: str | None = None) -> Any:
        request = BatchGetInstanceRunSummaryRequest()
        request.set_projectName("test_project")
        request.set_jobNames(names)
        request.set_jobType("FLINK_STREAM")
        return await self._call(client, request, accept)

    async def list_jobs(self, client: Any, page: int, accept: str | None = None) -> Any:
        request = ListJobRequest()
        request.set_projectName("test_project")
        request.set_jobType("FLINK_STREAM")
        request.set_pageIndex(page)
        request.set_pageSize(4)
        return await self._call(client, request, accept)

    async def _call(self, client: Any, request: Any, accept: str | None) -> Any:
        """With `accept` the body comes back as it is, of errors too (the SDK's `do_action`)."""
        request.set_endpoint(self._endpoint)
        request.set_protocol_type("http")
        if accept is None:
            return json.loads(await in_thread(client.do_action_with_exception, request))
        request.set_accept_format(accept)
        return await in_thread(client.do_action, request)


async def in_thread(act: Callable[[Any], Any], request: Any) -> Any:
    return await asyncio.to_thread(act, request)


def client_of(key: Any = KEY, secret: str | None = None) -> Any:
    """Return the SDK's client for that key, with another secret if one is given."""
    secret = secret or key.access_key_secret
    if key.security_token is None:
        return AcsClient(key.access_key_id, secret, "cn-hangzhou")
    token = StsTokenCredential(key.access_key_id, secret, key.security_token)
    return AcsClient(region_id="cn-hangzhou", credential=token)


@pytest.fixture
async def vendor() -> AsyncIterator[Vendor]:
    simulator = Simulator(SCENARIO, credentials=[KEY, STS_KEY])
    async with simulator.serve() as base_url:
        yield Vendor(simulator, base_url.removeprefix("http://"))


@pytest.mark.parametrize("key", [KEY, STS_KEY], ids=["plain", "sts"])
async def test_it_reads_run_summaries(vendor: Vendor, key: Any) -> None:
    """Right secret, JSON: all names, also odd ones, come back; unknown ones and drafts do not."""
    body = await vendor.run_summaries(client_of(key), ",".join((*NAMES, "draft", "nobody")))
    assert list(NAMES) == [row["JobName"] for row in body["RunSummarys"]["RunSummary"]]


@pytest.mark.parametrize("key", [KEY, STS_KEY], ids=["plain", "sts"])
async def test_it_reads_run_summaries_in_xml(vendor: Vendor, key: Any) -> None:
    """Right secret, XML."""
    root = ET.fromstring(await vendor.run_summaries(client_of(key), ",".join(NAMES), "XML"))
    assert "BatchGetInstanceRunSummaryResponse" == root.tag
    assert list(NAMES) == [row.text for row in root.findall("RunSummarys/RunSummary/JobName")]


@pytest.mark.parametrize("key", [KEY, STS_KEY], ids=["plain", "sts"])
async def test_it_lists_jobs_page_by_page(vendor: Vendor, key: Any) -> None:
    """Right secret, JSON: the pages together are all jobs, drafts among them."""
    pages = [await vendor.list_jobs(client_of(key), page) for page in (1, 2)]
    told = {job["JobName"]: job["IsCommitted"] for page in pages for job in page["Jobs"]["Job"]}
    assert {**dict.fromkeys(NAMES, True), "draft": False} == told
    assert [(7, 2, 4, 1), (7, 2, 4, 2)] == [
        (page["TotalCount"], page["TotalPage"], page["PageSize"], page["PageIndex"])
        for page in pages
    ]


@pytest.mark.parametrize("key", [KEY, STS_KEY], ids=["plain", "sts"])
async def test_it_lists_jobs_in_xml(vendor: Vendor, key: Any) -> None:
    """Right secret, XML."""
    root = ET.fromstring(await vendor.list_jobs(client_of(key), 1, "XML"))
    assert "ListJobResponse" == root.tag
    assert list(NAMES[:4]) == [name.text for name in root.findall("Jobs/Job/JobName")]


@pytest.mark.parametrize("key", [KEY, STS_KEY], ids=["plain", "sts"])
@pytest.mark.parametrize("operation", ["run_summaries", "list_jobs"])
async def test_a_wrong_secret_is_refused(vendor: Vendor, key: Any, operation: str) -> None:
    """Wrong secret: the SDK raises the gateway's own error, in place of crashing on its words."""
    client = client_of(key, "wrongSecret")
    call = {"run_summaries": (client, "job1"), "list_jobs": (client, 1)}[operation]
    with pytest.raises(ServerException) as refused:
        await getattr(vendor, operation)(*call)
    assert (400, "SignatureDoesNotMatch") == (
        refused.value.get_http_status(),
        refused.value.get_error_code(),
    )


@pytest.mark.parametrize("operation", ["run_summaries", "list_jobs"])
async def test_a_wrong_secret_is_refused_in_xml(vendor: Vendor, operation: str) -> None:
    """Wrong secret, XML: the body is the gateway's error."""
    client = client_of(KEY, "wrongSecret")
    call = {"run_summaries": (client, "job1", "XML"), "list_jobs": (client, 1, "XML")}[operation]
    root = ET.fromstring(await getattr(vendor, operation)(*call))
    assert ("Error", "SignatureDoesNotMatch") == (root.tag, root.findtext("Code"))


async def test_a_token_of_another_key_is_refused(vendor: Vendor) -> None:
    """A temporary key with a wrong token, and one without, are refused."""
    other = type(STS_KEY)(STS_KEY.access_key_id, STS_KEY.access_key_secret, "otherToken")
    bare = type(STS_KEY)(STS_KEY.access_key_id, STS_KEY.access_key_secret)
    codes = []
    for key in (other, bare):
        with pytest.raises(ServerException) as refused:
            await vendor.run_summaries(client_of(key), "job1")
        codes.append(refused.value.get_error_code())
    assert ["InvalidSecurityToken.MismatchWithAccessKey", "MissingSecurityToken"] == codes


async def test_an_unknown_key_is_not_found(vendor: Vendor) -> None:
    """A key that the server does not know is 404."""
    with pytest.raises(ServerException) as refused:
        await vendor.run_summaries(client_of(type(KEY)("nobody", "secret")), "job1")
    assert (404, "InvalidAccessKeyId.NotFound") == (
        refused.value.get_http_status(),
        refused.value.get_error_code(),
    )


async def test_it_understands_our_errors(vendor: Vendor) -> None:
    """A throttle reaches the SDK's user with code and message."""
    vendor.simulator.add_fault(Fault(FaultKind.THROTTLE))
    with pytest.raises(ServerException) as refused:
        await vendor.run_summaries(client_of(), "job1")
    assert "Throttling.User" == refused.value.get_error_code()
    assert "Request was denied due to user flow control." == refused.value.get_error_msg()
