"""Builds FOAS requests: what stays the same between polls once, signature and nonce at each try."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from email.utils import formatdate
from functools import lru_cache
from typing import Final, Literal

import msgspec

from watcher.ports import HttpRequest, Request
from watcher.sources.foas.credentials import Credentials
from watcher.sources.foas.signature import (
    EMPTY_SHA256,
    Hand,
    canonical_query,
    percent_encode,
    raw_resource,
    v1_authorization,
    v1_string_to_sign,
    v3_authorization,
    v3_canonical_request,
)

API_VERSION: Final = "2018-11-11"
LONGEST_LINE: Final = 8 * 1024
"""Bytes of a request line, method, version and line end included; servers refuse longer ones."""

LINE_AROUND: Final = len("GET  HTTP/1.1\r\n")
COMMA: Final = "%2C"

Format = Literal["json", "xml"]
SignatureVersion = Literal["v1", "v3"]


class Call(msgspec.Struct, frozen=True):
    """One GET of one operation, unsigned.

    `url` is the whole address as it is sent; `query` is its encoded and sorted query, which V3
    signs; `resource` is what V1 signs.
    """

    action: str
    url: str
    path: str
    query: str
    resource: str


class FoasRequest(Request):
    """A batch of names with its call, encoded once for all polls."""

    call: Call


class Seal:
    """All that makes a call a signed request to one endpoint.

    `region` goes as x-acs-region-id (as the vendor's Python SDK does), `region_header` as the
    RegionId header of users inside Alibaba Group, which is not signed.
    """

    def __init__(
        self,
        endpoint: str,
        credentials: Credentials,
        *,
        signature: SignatureVersion = "v1",
        answer_format: Format = "json",
        region: str | None = None,
        region_header: str | None = None,
    ) -> None:
        """Prepare what is the same in every request; empty values are never sent."""
        self.endpoint = endpoint
        self.credentials = credentials
        self._hand = Hand(credentials, "sha1" if signature == "v1" else "sha256")
        self._sign = self._sign_v1 if signature == "v1" else self._sign_v3
        signed = {"x-acs-version": API_VERSION}
        if region:
            signed["x-acs-region-id"] = region
        if credentials.security_token:
            signed["x-acs-security-token"] = credentials.security_token
        self._accept = {"Accept": f"application/{answer_format}"}
        self._unsigned = {"Accept-Encoding": "gzip"}
        if region_header:
            self._unsigned["RegionId"] = region_header
        self._always_v1 = {
            **self._accept,
            **signed,
            "x-acs-signature-method": "HMAC-SHA1",
            "x-acs-signature-version": "1.0",
        }
        host = endpoint.partition("://")[2]
        self._always_v3 = {**signed, "host": host, "x-acs-content-sha256": EMPTY_SHA256}

    def __repr__(self) -> str:
        """The endpoint; nothing of the keys."""
        return f"Seal({self.endpoint!r})"

    def sign(self, call: Call, now: datetime, nonce: str) -> HttpRequest:
        """The request for one try; `nonce` is never used twice."""
        return HttpRequest("GET", call.url, self._sign(call, now, nonce) | self._unsigned)

    def _sign_v1(self, call: Call, now: datetime, nonce: str) -> dict[str, str]:
        headers = {
            **self._always_v1,
            "Date": _http_date(int(now.timestamp())),
            "x-acs-action": call.action,
            "x-acs-signature-nonce": nonce,
        }
        text = v1_string_to_sign("GET", headers, call.resource)
        headers["Authorization"] = v1_authorization(self._hand, text)
        return headers

    def _sign_v3(self, call: Call, now: datetime, nonce: str) -> dict[str, str]:
        headers = {
            **self._always_v3,
            "x-acs-date": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "x-acs-action": call.action,
            "x-acs-signature-nonce": nonce,
        }
        canonical = v3_canonical_request("GET", call.path, call.query, headers, EMPTY_SHA256)
        headers["Authorization"] = v3_authorization(self._hand, canonical)
        # A proxy may rewrite Accept, so it is not among what is signed.
        return headers | self._accept


@lru_cache(maxsize=4)
def _http_date(second: int) -> str:
    # All requests of one poll are signed within a second or two.
    return formatdate(second, usegmt=True)


class Project(msgspec.Struct, frozen=True):
    """Where a project's operations are: the endpoint and the project's name."""

    endpoint: str
    name: str

    def summary_call(self, job_type: str, names: Sequence[str]) -> Call:
        """BatchGetInstanceRunSummary of `names`, of which none holds a comma."""
        query = {"jobNames": ",".join(names), "jobType": job_type}
        return self._call("BatchGetInstanceRunSummary", "runsummary", query)

    def listing_call(self, job_type: str, page: int, page_size: int) -> Call:
        """One page (from 1) of ListJob without the long fields."""
        query = {
            "isShowFullField": "false",
            "jobType": job_type,
            "pageIndex": str(page),
            "pageSize": str(page_size),
        }
        return self._call("ListJob", "jobs", query)

    def batch(self, job_type: str, names: Sequence[str], batch_size: int) -> Iterator[FoasRequest]:
        """Split names, in their order, into as few requests as size and request line allow.

        A name that is longer than a request line goes alone.
        """
        room = self._room(job_type)
        taken: list[str] = []
        used = 0
        for name in names:
            length = len(percent_encode(name)) + len(COMMA)
            if taken and (len(taken) == batch_size or used + length > room):
                yield self._request(job_type, taken)
                taken, used = [], 0
            taken.append(name)
            used += length
        if taken:
            yield self._request(job_type, taken)

    def _room(self, job_type: str) -> int:
        """Bytes for encoded names, each with a comma before it."""
        empty = self.summary_call(job_type, ())
        return LONGEST_LINE - LINE_AROUND - len(f"{empty.path}?{empty.query}") + len(COMMA)

    def _request(self, job_type: str, names: Sequence[str]) -> FoasRequest:
        return FoasRequest(job_type, tuple(names), self.summary_call(job_type, names))

    def _call(self, action: str, leaf: str, query: Mapping[str, str]) -> Call:
        path = f"/api/v2/projects/{self.name}/{leaf}"
        encoded = canonical_query(query)
        url = f"{self.endpoint}{path}?{encoded}"
        return Call(action, url, path, encoded, raw_resource(path, query))
