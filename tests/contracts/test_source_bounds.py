"""A source of any kind against an API that sends far too much, or what is meant to do harm."""

from __future__ import annotations

import gzip
import json

import pytest

from tests.contracts.source_bench import WITHIN, assert_no_secret, build
from tests.leaping_clock import LeapingClock
from tests.raw_server import sending, serving, whole
from watcher.core.reading import Cause, Outage
from watcher.simulator import STREAM
from watcher.sources.foas.source import LARGEST_ANSWER
from watcher.transport import Http

JSON, XML = "application/json", "text/xml"
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
LAUGHING = f'<!DOCTYPE r [<!ENTITY l0 "ha">{LAUGHS}]><r><RunSummarys>&l9;</RunSummarys></r>'
OUTSIDE = '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]><r>&x;</r>'
PARAMETER = '<!DOCTYPE r [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x.dtd"> %x;]><r/>'


def given(body: bytes, kind: str, *headers: str) -> tuple[bytes, tuple[str, ...]]:
    return body, (f"Content-Type: {kind}", *headers)


HARMFUL: dict[str, tuple[tuple[bytes, tuple[str, ...]], Cause]] = {
    "deep JSON": (given(b"[" * 1_000_000, JSON), Cause.GARBLED),
    "deep JSON beside what is asked for": (
        given(b'{"RunSummarys":{"x":' + b"[" * 500_000 + b"]" * 500_000 + b"}}", JSON),
        Cause.GARBLED,
    ),
    "deep objects": (given(b'{"RunSummarys":' * 100_000, JSON), Cause.GARBLED),
    "deep XML": (given(b"<a>" * 100_000 + b"</a>" * 100_000, XML), Cause.GARBLED),
    "millions of elements": (given(b"<r>" + b"<a/>" * 2_000_000 + b"</r>", XML), Cause.GARBLED),
    "a billion laughs": (given(LAUGHING.encode(), XML), Cause.GARBLED),
    "a billion laughs in UTF-16": (given(LAUGHING.encode("utf-16"), XML), Cause.GARBLED),
    "a file of ours": (given(OUTSIDE.encode(), XML), Cause.GARBLED),
    "a parameter entity": (given(PARAMETER.encode(), XML), Cause.GARBLED),
    "too much": (given(b" " * (LARGEST_ANSWER + 1), JSON), Cause.TOO_LARGE),
    "a gzip bomb": (
        given(gzip.compress(b" " * (LARGEST_ANSWER + 1)), JSON, "Content-Encoding: gzip"),
        Cause.TOO_LARGE,
    ),
    "a huge number": (
        given(json.dumps({"RunSummarys": 0}).encode().replace(b"0", b"9" * 1_000_000), JSON),
        Cause.GARBLED,
    ),
}


@pytest.mark.parametrize("status", ["200 OK", "500 Internal Server Error"])
@pytest.mark.parametrize("name", HARMFUL)
async def test_what_would_do_harm_is_an_outage(name: str, status: str) -> None:
    """It is read as far as is safe, told in words, and nothing of it is carried out."""
    (body, headers), cause = HARMFUL[name]
    if status.startswith("500") and cause is Cause.GARBLED:
        # What cannot be read of an error is no matter: its status says enough.
        cause = Cause.UNAVAILABLE
    answer = sending(whole(body, *headers, status=status))
    async with serving(answer) as server, Http() as http:
        source = build(server.url, http, LeapingClock())
        reading = await source.read(source.requests(STREAM, ["a"])[0], within=WITHIN)
    assert isinstance(reading, Outage), reading
    assert_no_secret(reading)
    assert cause is reading.cause
    assert len(reading.detail) < 500
