"""Requests: what is sent, how names are split, what is signed anew."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.ports import HttpRequest
from watcher.sources.foas.credentials import Credentials
from watcher.sources.foas.request import LONGEST_LINE, FoasRequest, Project, Seal

NOW = datetime(2026, 11, 9, 8, tzinfo=UTC)
NONCE = "0123456789abcdef0123456789abcdef"
KEYS = Credentials("testAccessKeyId", "testAccessKeySecret", "testSecurityToken")
PROJECT = Project("https://foas.cn-hangzhou.aliyuncs.com", "test_project")
STREAM = "FLINK_STREAM"


def batch(names: list[str], size: int = 100) -> list[FoasRequest]:
    return list(PROJECT.batch(STREAM, names, size))


def line_of(request: HttpRequest) -> bytes:
    parts = urlsplit(request.url)
    return f"{request.method} {parts.path}?{parts.query} HTTP/1.1\r\n".encode()


def signed(seal: Seal, names: list[str]) -> HttpRequest:
    return seal.sign(batch(names)[0].call, NOW, NONCE)


def test_a_v1_request() -> None:
    """V1 sends exactly these headers; the signature is the independently computed one."""
    seal = Seal(PROJECT.endpoint, KEYS, region="cn-hangzhou", region_header="cn-hangzhou-pre")
    request = signed(seal, ["job1", "job2"])
    headers = dict(request.headers)
    assert headers.pop("Authorization").startswith("acs testAccessKeyId:")
    assert {
        "Accept": "application/json",
        "Accept-Encoding": "gzip",
        "Date": "Mon, 09 Nov 2026 08:00:00 GMT",
        "RegionId": "cn-hangzhou-pre",
        "x-acs-action": "BatchGetInstanceRunSummary",
        "x-acs-region-id": "cn-hangzhou",
        "x-acs-security-token": "testSecurityToken",
        "x-acs-signature-method": "HMAC-SHA1",
        "x-acs-signature-nonce": NONCE,
        "x-acs-signature-version": "1.0",
        "x-acs-version": "2018-11-11",
    } == headers
    assert ("GET", b"") == (request.method, request.body)
    assert (
        "https://foas.cn-hangzhou.aliyuncs.com/api/v2/projects/test_project/runsummary"
        "?jobNames=job1%2Cjob2&jobType=FLINK_STREAM"
    ) == request.url


def test_a_v3_request() -> None:
    """V3 signs host and x-acs-* headers only: what a proxy may rewrite stays out."""
    seal = Seal("https://foas.example.com:8443", KEYS, signature="v3", region="cn-hangzhou")
    headers = signed(seal, ["job1"]).headers
    assert (
        "ACS3-HMAC-SHA256 Credential=testAccessKeyId,SignedHeaders="
        "host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-region-id;"
        "x-acs-security-token;x-acs-signature-nonce;x-acs-version,Signature="
    ) == headers["Authorization"][:-64]
    assert "foas.example.com:8443" == headers["host"]
    assert "2026-11-09T08:00:00Z" == headers["x-acs-date"]
    assert "application/json" == headers["Accept"]


def test_xml_is_asked_for() -> None:
    """The format is asked for by Accept; XML is the API's own default."""
    seal = Seal(PROJECT.endpoint, KEYS, answer_format="xml")
    assert "application/xml" == signed(seal, ["a"]).headers["Accept"]


@pytest.mark.parametrize("signature", ["v1", "v3"])
def test_what_is_empty_is_not_sent(signature: str) -> None:
    """No header and no parameter is sent without a value."""
    keys = Credentials("id", "secret", "")
    seal = Seal(PROJECT.endpoint, keys, signature="v1" if signature == "v1" else "v3")
    request = signed(seal, ["a"])
    assert [] == [name for name, value in request.headers.items() if not value]
    assert not {"RegionId", "x-acs-region-id", "x-acs-security-token"} & set(request.headers)


def test_another_nonce_is_another_signature() -> None:
    """Each try is signed anew."""
    seal, call = Seal(PROJECT.endpoint, KEYS), batch(["a"])[0].call
    tries = [seal.sign(call, NOW, nonce).headers["Authorization"] for nonce in ("1", "2")]
    assert tries[0] != tries[1]


def test_the_listing() -> None:
    """A page of ListJob is asked for without the long fields."""
    url = PROJECT.listing_call(STREAM, 2, 100).url
    assert (
        "https://foas.cn-hangzhou.aliyuncs.com/api/v2/projects/test_project/jobs"
        "?isShowFullField=false&jobType=FLINK_STREAM&pageIndex=2&pageSize=100"
    ) == url


ODD = ["a b", "a+b", "a&b", "100%", "a=b", "a/b", "q?x=1", "h#1", "作业 一", "it's", "*", "é"]


def test_odd_names_are_asked_for_as_they_are() -> None:
    """Any character but the comma reaches the server as the name's own, and V1 signs it raw."""
    request = batch(ODD)[0]
    query = parse_qs(urlsplit(request.call.url).query, strict_parsing=True)
    assert {"jobNames": [",".join(ODD)], "jobType": [STREAM]} == query
    assert request.call.resource.endswith(f"?jobNames={','.join(ODD)}&jobType=FLINK_STREAM")


def test_ten_thousand_names() -> None:
    """Short names are split by number alone."""
    names = [f"orders_{number}" for number in range(10_000)]
    requests = batch(names)
    assert 100 == len(requests)
    assert names == [name for request in requests for name in request.names]


def test_no_names_no_request() -> None:
    """Nothing is asked when there is nothing to ask for."""
    assert [] == batch([])


def test_the_line_is_used_to_its_end() -> None:
    """A name that fits exactly is taken, one byte more begins the next request."""
    alone = len(line_of(Seal(PROJECT.endpoint, KEYS).sign(batch(["x"])[0].call, NOW, NONCE)))
    rest = LONGEST_LINE - alone - len("%2C")
    assert [2, 1] == [len(batch(["x", "y" * room])) for room in (rest + 1, rest)]


@given(
    st.lists(
        st.text(st.characters(codec="utf-8", exclude_characters=","), min_size=1), max_size=300
    ),
    st.integers(min_value=1, max_value=50),
)
def test_every_name_is_in_one_request_that_fits(names: list[str], size: int) -> None:
    """Splitting keeps every name once and in order; size and request line are never exceeded."""
    requests = batch(names, size)
    seal = Seal(PROJECT.endpoint, KEYS)
    assert names == [name for request in requests for name in request.names]
    for request in requests:
        assert 1 <= len(request.names) <= size
        assert LONGEST_LINE >= len(line_of(seal.sign(request.call, NOW, NONCE)))


def test_no_repr_shows_a_key() -> None:
    """Neither the seal nor a signed request shows keys or token."""
    seal = Seal(PROJECT.endpoint, Credentials("planted", "planted", "planted"))
    assert "planted" not in f"{seal} {signed(seal, ['a'])}"
