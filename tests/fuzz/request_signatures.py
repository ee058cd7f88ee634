"""Signed requests: the simulated API, which was written apart, lets ours in and no other."""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, Literal

from hypothesis import strategies as st

from tests.fuzz.target import Target
from tests.fuzz.written import NOW
from watcher.ports import HttpRequest
from watcher.simulator import signature as theirs
from watcher.simulator.refusal import RefusedError
from watcher.sources.foas.credentials import Credentials
from watcher.sources.foas.request import LONGEST_LINE, FoasRequest, Project, Seal
from watcher.sources.foas.signature import Hand
from watcher.sources.foas.table import PROJECT

ENDPOINT: Final = "https://foas.cn-hangzhou.aliyuncs.com"
VERSIONS: Final[tuple[Literal["v1"], Literal["v3"]]] = ("v1", "v3")
NO_KEY: Final = re.compile(r"[^!-~]|[:,]")


def check(written: bytes) -> None:
    """Lines: key id, secret, security token, project, then a job's name each."""
    text = written.decode("utf-8", "replace")
    check_hmac(written[:200], text)
    key, secret, token, project, *names = [*text.split("\n"), "", "", "", ""][
        : text.count("\n") + 5
    ]
    ours = Credentials(as_key(key), as_key(secret), as_key(token) if token else None)
    place = Project(ENDPOINT, project if PROJECT.fullmatch(project) else "test_project")
    for request in batches(place, [name.replace(",", "") for name in names if name]):
        for version in VERSIONS:
            check_request(Seal(ENDPOINT, ours, signature=version), request, ours)


def as_key(text: str) -> str:
    """Printable ASCII without blanks, as the file asks; signs that headers use are in no key."""
    return NO_KEY.sub("", text) or "k"


def check_hmac(key: bytes, text: str) -> None:
    """The prepared hash states give what the standard library's HMAC gives."""
    secret = key.decode("latin-1")
    for name in ("sha1", "sha256"):
        hand = Hand(Credentials("id", secret), "sha1" if name == "sha1" else "sha256")
        assert hmac.digest(secret.encode(), text.encode(), name) == hand.sign(text)


def batches(place: Project, names: Sequence[str]) -> Iterator[FoasRequest]:
    """Batches hold every name once, in order, and as many as a request line takes."""
    requests = list(place.batch("FLINK_STREAM", names, 3))
    assert list(names) == [name for request in requests for name in request.names]
    for request in requests:
        target = request.call.url.removeprefix(ENDPOINT)
        assert len(request.names) == 1 or len(f"GET {target} HTTP/1.1\r\n") <= LONGEST_LINE
    return iter(requests)


def check_request(seal: Seal, request: FoasRequest, ours: Credentials) -> None:
    sent = as_received(seal.sign(request.call, NOW, "0123456789abcdef"))
    known = theirs.Credentials(ours.access_key_id, ours.access_key_secret, ours.security_token)
    assert known == theirs.verify(sent, {known.access_key_id: known}, NOW.timestamp())
    assert ("jobNames", ",".join(request.names)) in sent.pairs
    other = theirs.Credentials(
        known.access_key_id, f"{known.access_key_secret}x", known.security_token
    )
    assert "SignatureDoesNotMatch" == refusal_of(sent, other, NOW)
    assert "InvalidTimeStamp.Expired" == refusal_of(sent, known, NOW + timedelta(minutes=16))
    changed = replace(sent, query=sent.query.replace("FLINK_STREAM", "FLINK_BATCH"))
    assert "SignatureDoesNotMatch" == refusal_of(changed, known, NOW)


def as_received(sent: HttpRequest) -> theirs.SignedRequest:
    path, _, query = sent.url.removeprefix(ENDPOINT).partition("?")
    headers = {name.lower(): value for name, value in sent.headers.items()}
    return theirs.SignedRequest(sent.method, path, query, headers)


def refusal_of(sent: theirs.SignedRequest, known: theirs.Credentials, now: datetime) -> str:
    try:
        theirs.verify(sent, {known.access_key_id: known}, now.timestamp())
    except RefusedError as error:
        return error.code
    return "admitted"


LINES: Final = st.text(st.characters(exclude_characters="\n", codec="utf-8"), max_size=30)
ODD: Final = st.sampled_from(
    ("a+b", "a b", "a%2Cb", "a&b=c", "磁盘", "~*'()", "?#/", "\x00", "é", "%", "..", "x" * 3000)
)
TARGET: Final = Target(
    check, st.lists(LINES | ODD, max_size=10).map(lambda lines: "\n".join(lines).encode())
)
