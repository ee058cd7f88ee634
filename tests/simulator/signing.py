"""Sign requests for the tests, from the vendor's description, without the simulator's code."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime
from email.utils import formatdate
from urllib.parse import quote, urlencode

from watcher.simulator import Credentials
from watcher.simulator.signature import SignedRequest

KEY = Credentials("testAccessKeyId", "testAccessKeySecret")
STS_KEY = Credentials("stsAccessKeyId", "stsAccessKeySecret", "stsToken")
RUN_SUMMARY_PATH = "/api/v2/projects/test_project/runsummary"
LIST_JOB_PATH = "/api/v2/projects/test_project/jobs"
JOB1 = {"jobNames": "job1", "jobType": "FLINK_STREAM"}
NOON = 1_794_830_400.0


def run_summary_request(
    names: str = "job1", *, at: float = NOON, key: Credentials = KEY, accept: str = "json"
) -> SignedRequest:
    """Return a request for run summaries, signed with V1."""
    query = {"jobNames": names, "jobType": "FLINK_STREAM"}
    return signed_v1(RUN_SUMMARY_PATH, query, at=at, key=key, accept=f"application/{accept}")


def signed_v1(
    path: str,
    query: dict[str, str],
    *,
    at: float = NOON,
    key: Credentials = KEY,
    accept: str = "application/json",
    extra: dict[str, str] | None = None,
) -> SignedRequest:
    """Return a GET request with an HMAC-SHA1 signature."""
    headers = {"accept": accept, "date": formatdate(at, usegmt=True)}
    headers |= {"x-acs-version": "2018-11-11"} | (extra or {})
    if key.security_token:
        headers["x-acs-security-token"] = key.security_token
    acs = "".join(f"{k}:{v}\n" for k, v in sorted(headers.items()) if k.startswith("x-acs-"))
    values = "&".join(f"{k}={v}" for k, v in sorted(query.items()))
    string = f"GET\n{accept}\n\n\n{headers['date']}\n{acs}{path}{values and '?'}{values}"
    digest = hmac.digest(key.access_key_secret.encode(), string.encode(), "sha1")
    signature = base64.b64encode(digest).decode()
    headers["authorization"] = f"acs {key.access_key_id}:{signature}"
    return SignedRequest("GET", quote(path), urlencode(query), headers)


def signed_v3(
    path: str,
    query: dict[str, str],
    *,
    at: float = NOON,
    key: Credentials = KEY,
    nonce: str = "nonce",
    extra: dict[str, str] | None = None,
    unsigned: tuple[str, ...] = (),
) -> SignedRequest:
    """Return a GET request with an ACS3-HMAC-SHA256 signature over all headers but `unsigned`."""
    headers = {
        "host": "127.0.0.1:8080",
        "accept": "application/json",
        "x-acs-action": "BatchGetInstanceRunSummary",
        "x-acs-version": "2018-11-11",
        "x-acs-date": datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "x-acs-signature-nonce": nonce,
        "x-acs-content-sha256": hashlib.sha256(b"").hexdigest(),
    } | (extra or {})
    if key.security_token:
        headers["x-acs-security-token"] = key.security_token
    names = sorted(set(headers) - set(unsigned))
    values = "&".join(f"{k}={quote(v, safe='~')}" for k, v in sorted(query.items()))
    canonical = f"GET\n{quote(path)}\n{values}\n"
    canonical += "".join(f"{name}:{headers[name]}\n" for name in names)
    canonical += f"\n{';'.join(names)}\n{headers['x-acs-content-sha256']}"
    string = "ACS3-HMAC-SHA256\n" + hashlib.sha256(canonical.encode()).hexdigest()
    signature = hmac.digest(key.access_key_secret.encode(), string.encode(), "sha256").hex()
    headers["authorization"] = (
        f"ACS3-HMAC-SHA256 Credential={key.access_key_id},"
        f"SignedHeaders={';'.join(names)},Signature={signature}"
    )
    return SignedRequest("GET", quote(path), values, headers)
