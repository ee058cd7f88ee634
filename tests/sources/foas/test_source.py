"""How a FOAS source tries again, gives up, and lists; over a wire that answers as it is told."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import anyio
import pytest

from tests.leaping_clock import LeapingClock
from watcher.core.reading import Cause, Listing, Outage, Snapshot
from watcher.core.run_summary import RunSummary
from watcher.ports import HttpAnswer, HttpRequest, Request, TransportError
from watcher.sources.foas.credentials import Credentials
from watcher.sources.foas.request import Seal
from watcher.sources.foas.source import FoasSource, Settings

STREAM = "FLINK_STREAM"
WITHIN = timedelta(seconds=10)
JSON = {"content-type": "application/json"}
KEYS = Credentials("planted-id", "planted-secret", "planted-token")

Reply = HttpAnswer | TransportError


def ok(*names: str) -> HttpAnswer:
    rows = [{"JobName": name} for name in names]
    return HttpAnswer(200, JSON, json.dumps({"RunSummarys": {"RunSummary": rows}}).encode())


def refused(status: int, code: str, **headers: str) -> HttpAnswer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return HttpAnswer(status, JSON | named, json.dumps({"Code": code}).encode())


def lost(cause: Cause) -> TransportError:
    return TransportError(cause, f"lost: {cause}")


class Script:
    """A wire that gives one reply after another (the last one for ever) and keeps the requests."""

    def __init__(self, *replies: Reply) -> None:
        self.replies = list(replies)
        self.sent: list[HttpRequest] = []
        self.within: list[timedelta] = []

    async def fetch(self, request: HttpRequest, *, within: timedelta, max_bytes: int) -> HttpAnswer:
        self.sent.append(request)
        self.within.append(within)
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if isinstance(reply, TransportError):
            raise reply
        return reply

    def values(self, header: str) -> list[str]:
        return [request.headers[header] for request in self.sent]


def make(
    wire: Any, clock: LeapingClock | None = None, **settings: Any
) -> tuple[FoasSource, LeapingClock]:
    clock = clock or LeapingClock()
    seal = Seal("http://127.0.0.1:9", KEYS)
    return FoasSource("prod", Settings("test_project", **settings), seal, wire, clock), clock


async def read(
    source: FoasSource, names: Sequence[str] = ("a",), within: timedelta = WITHIN
) -> Snapshot | Outage:
    return await source.read(source.requests(STREAM, names)[0], within=within)


def cause_of(reading: object) -> Cause:
    assert isinstance(reading, Outage)
    assert "planted" not in f"{reading!r} {reading.detail}"
    return reading.cause


async def test_a_good_answer() -> None:
    """A good answer is a snapshot of what was asked, after one request and no wait."""
    wire = Script(ok("a"))
    source, clock = make(wire)
    assert Snapshot("prod", STREAM, ("a", "b"), [RunSummary("a")]) == await read(source, ("a", "b"))
    assert (1, []) == (len(wire.sent), clock.slept)


async def test_any_request_can_be_read() -> None:
    """A request that the source did not split itself is asked all the same."""
    source, _ = make(Script(ok("a")))
    reading = await source.read(Request(STREAM, ("a",)), within=WITHIN)
    assert Snapshot("prod", STREAM, ("a",), [RunSummary("a")]) == reading


PASSING: list[Reply] = [
    lost(Cause.DNS),
    lost(Cause.CONNECTION),
    lost(Cause.TIMEOUT),
    lost(Cause.GARBLED),
    refused(500, "InternalError"),
    refused(503, "ServiceUnavailable"),
    refused(400, "Throttling.User"),
    refused(429, "x"),
    refused(200, "Throttling"),
    refused(400, "SignatureNonceUsed"),
    HttpAnswer(502, {"content-type": "text/html"}, b"<html>"),
]


@pytest.mark.parametrize("reply", PASSING, ids=repr)
async def test_what_may_pass_is_tried_again(reply: Reply) -> None:
    """One such failure is healed within the poll, by one more request that is signed anew."""
    wire = Script(reply, ok("a"))
    source, clock = make(wire)
    assert isinstance(await read(source), Snapshot)
    assert [timedelta(milliseconds=200)] == clock.slept
    nonces, signatures = wire.values("x-acs-signature-nonce"), wire.values("Authorization")
    assert (2, 2) == (len(set(nonces)), len(set(signatures)))


LASTING: list[tuple[Reply, Cause]] = [
    (lost(Cause.TLS), Cause.TLS),
    (lost(Cause.TOO_LARGE), Cause.TOO_LARGE),
    (lost(Cause.ADDRESS), Cause.ADDRESS),
    (refused(400, "SignatureDoesNotMatch"), Cause.SIGNATURE),
    (refused(404, "InvalidAccessKeyId.NotFound"), Cause.CREDENTIALS),
    (refused(400, "InvalidSecurityToken.Expired"), Cause.CREDENTIALS),
    (refused(403, "Forbidden.RAM"), Cause.PERMISSION),
    (refused(400, "InvalidTimeStamp.Expired"), Cause.CLOCK),
    (refused(404, "InvalidApi.NotFound"), Cause.ADDRESS),
    (refused(400, "InvalidParameter"), Cause.REFUSED),
    (HttpAnswer(302, {"location": "http://x/"}, b""), Cause.REDIRECT),
    (HttpAnswer(200, JSON, b"oops"), Cause.GARBLED),
    (HttpAnswer(200, JSON, b""), Cause.GARBLED),
    (HttpAnswer(204, {}, b""), Cause.GARBLED),
]


@pytest.mark.parametrize("reply, cause", LASTING)
async def test_nothing_else_is_tried_again(reply: Reply, cause: Cause) -> None:
    """What a retry cannot mend is an outage of all names after one request."""
    wire = Script(reply)
    source, clock = make(wire)
    reading = await read(source, ("a", "b"))
    assert isinstance(reading, Outage)
    assert (cause, ("a", "b"), False) == (cause_of(reading), reading.asked, reading.listing)
    assert (1, []) == (len(wire.sent), clock.slept)


async def test_a_nonce_that_is_used_twice_is_no_chance() -> None:
    """SignatureNonceUsed is tried again once, not for ever."""
    wire = Script(refused(400, "SignatureNonceUsed"))
    source, _ = make(wire)
    assert Cause.UNAVAILABLE == cause_of(await read(source))
    assert 2 == len(wire.sent)


async def test_the_waits_double_up_to_five_seconds() -> None:
    """Waits are 0.2 s doubling to 5 s, and no try begins that has no time to end."""
    wire = Script(lost(Cause.CONNECTION))
    source, clock = make(wire)
    assert Cause.CONNECTION == cause_of(await read(source, within=timedelta(seconds=22)))
    assert [0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0, 5.0] == [w.total_seconds() for w in clock.slept]


async def test_jitter_takes_up_to_half() -> None:
    """Sources that failed together do not come back together."""
    wire = Script(lost(Cause.CONNECTION), ok("a"))
    source, clock = make(wire, LeapingClock(jitter=0.0))
    await read(source)
    assert [timedelta(milliseconds=100)] == clock.slept


async def test_the_time_left_bounds_each_try() -> None:
    """A try gets the configured time-out, or what is left of the poll's time if that is less."""
    wire = Script(refused(503, "x", retry_after="6"), ok("a"))
    source, _ = make(wire, timeout=timedelta(seconds=5))
    await read(source)
    assert timedelta(seconds=5) == wire.within[0]
    assert timedelta(seconds=3.5) < wire.within[1] <= timedelta(seconds=4)


async def test_without_time_nothing_is_asked() -> None:
    """A poll whose time is over is a time-out."""
    wire = Script(ok("a"))
    source, _ = make(wire)
    assert Cause.TIMEOUT == cause_of(await read(source, within=timedelta(0)))
    assert [] == wire.sent


@pytest.mark.parametrize(
    "headers, wait", [({"retry_after": "3"}, 3.0), ({"x_acs_retry_after": "1500"}, 1.5)]
)
async def test_a_wish_to_be_left_alone_is_obeyed(headers: dict[str, str], wait: float) -> None:
    """Retry-After, when longer than our own wait, is the wait."""
    wire = Script(refused(400, "Throttling", **headers), ok("a"))
    source, clock = make(wire)
    assert isinstance(await read(source), Snapshot)
    assert [wait] == [slept.total_seconds() for slept in clock.slept]


async def test_a_wish_that_outlasts_the_poll_holds_for_the_next_ones() -> None:
    """Until the time that the server asked for is over, no request of the source is sent."""
    wire = Script(refused(400, "Throttling", retry_after="30"), ok("a"))
    source, clock = make(wire)
    assert Cause.THROTTLED == cause_of(await read(source))
    second = await read(source, ("b",))
    assert Cause.THROTTLED == cause_of(second)
    assert isinstance(second, Outage)
    assert "asked to be left alone" in second.detail
    assert 1 == len(wire.sent)
    await clock.sleep(timedelta(seconds=25))
    assert isinstance(await read(source), Snapshot)
    assert 4.9 < clock.slept[-1].total_seconds() < 5.1


async def test_a_senseless_wish_blinds_nobody() -> None:
    """A Retry-After of years is obeyed for five minutes."""
    wire = Script(refused(503, "x", retry_after="999999999"), ok("a"))
    source, clock = make(wire)
    await read(source)
    await clock.sleep(timedelta(minutes=5))
    assert isinstance(await read(source), Snapshot)


async def test_a_server_that_quotes_keys_is_not_quoted() -> None:
    """Keys that an error message repeats are not in the outage."""
    body = json.dumps({"Code": "X planted-id", "Message": "planted-secret planted-token"})
    source, _ = make(Script(HttpAnswer(400, JSON, body.encode())))
    assert Cause.REFUSED == cause_of(await read(source))


async def test_so_many_requests_at_once_and_no_more() -> None:
    """The source's concurrency bounds the requests under way."""
    under_way: list[int] = []
    most: list[int] = []
    full, go = anyio.Event(), anyio.Event()

    class Gate:
        async def fetch(self, request: HttpRequest, **_: object) -> HttpAnswer:
            under_way.append(1)
            most.append(len(under_way))
            if len(under_way) == 3:
                full.set()
            await go.wait()
            under_way.pop()
            return ok("a")

    source, _ = make(Gate(), concurrency=3)
    readings: list[object] = []

    async def one() -> None:
        readings.append(await read(source))

    async with anyio.create_task_group() as tasks:
        for _ in range(10):
            tasks.start_soon(one)
        with anyio.fail_after(5):
            await full.wait()
        go.set()
    assert (10, 3) == (len(readings), max(most))


async def test_the_wait_for_a_slot_ends_with_the_polls_time() -> None:
    """A request that finds all slots taken gives up in time, and takes no slot with it."""
    taken, go = anyio.Event(), anyio.Event()

    class Gate:
        async def fetch(self, request: HttpRequest, **_: object) -> HttpAnswer:
            taken.set()
            await go.wait()
            return ok("a")

    source, _ = make(Gate(), concurrency=1)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(read, source)
        with anyio.fail_after(5):
            await taken.wait()
            reading = await read(source, ("b",), timedelta(milliseconds=50))
        go.set()
    assert Cause.TIMEOUT == cause_of(reading)
    assert isinstance(await read(source, ("c",)), Snapshot)


async def test_a_slot_is_not_held_while_waiting_to_try_again() -> None:
    """One request that waits for its retry does not keep the others from being asked."""
    wire = Script(lost(Cause.CONNECTION), ok("a"))

    class Watching(LeapingClock):
        other: Callable[[], Any] | None = None

        async def sleep(self, span: timedelta) -> None:
            if self.other is not None:
                with anyio.fail_after(5):
                    assert isinstance(await self.other(), Snapshot)
            await super().sleep(span)

    clock = Watching()
    source, _ = make(wire, clock, concurrency=1)
    clock.other = lambda: read(source, ("b",))
    assert isinstance(await read(source), Snapshot)
    assert 3 == len(wire.sent)


class Shelf:
    """A wire that answers ListJob from pages; counts are those of all pages unless given."""

    def __init__(self, *pages: list[tuple[str, bool]], totals: Sequence[int] = ()) -> None:
        self.pages, self.totals = pages, totals
        self.asked: list[dict[str, list[str]]] = []

    async def fetch(self, request: HttpRequest, **_: object) -> HttpAnswer:
        query = parse_qs(urlsplit(request.url).query)
        self.asked.append(query)
        number = int(query["pageIndex"][0])
        rows = self.pages[number - 1] if number <= len(self.pages) else []
        total = self.totals[number - 1] if self.totals else sum(map(len, self.pages))
        jobs = [{"JobName": name, "IsCommitted": committed} for name, committed in rows]
        return HttpAnswer(200, JSON, json.dumps({"TotalCount": total, "Jobs": jobs}).encode())


async def discover(wire: Any, *patterns: str) -> Listing | Outage:
    source, _ = make(wire)
    return await source.discover(STREAM, patterns, within=WITHIN)


ORDERS = [("orders_1", True), ("orders_2", True)]


async def test_a_listing_of_all_pages() -> None:
    """All pages are asked; drafts and what no pattern finds are left out; case counts."""
    pages = [ORDERS, [("orders_draft", False), ("Orders_3", True)], [("payments", True)]]
    shelf = Shelf(*pages)
    expected = Listing("prod", STREAM, ("orders_1", "orders_2", "payments"))
    assert expected == await discover(shelf, "orders_*", "pay?ents")
    assert [["1"], ["2"], ["3"]] == [query["pageIndex"] for query in shelf.asked]
    assert [["false"]] * 3 == [query["isShowFullField"] for query in shelf.asked]


async def test_an_empty_project() -> None:
    """A project without jobs is a whole listing of nothing."""
    assert Listing("prod", STREAM, ()) == await discover(Shelf([]), "*")


async def test_a_name_with_a_comma_is_left_out() -> None:
    """A job that cannot be asked for spoils nothing for the others."""
    listing = await discover(Shelf([("a,b", True), ("c", True)]), "*")
    assert Listing("prod", STREAM, ("c",)) == listing


@pytest.mark.parametrize(
    "shelf",
    [
        Shelf(ORDERS, totals=[3, 3]),
        Shelf([], totals=[5]),
        Shelf(ORDERS, [("orders_2", True), ("orders_3", True)]),
        Shelf(ORDERS, [("orders_3", True)], totals=[4, 3]),
    ],
    ids=["one lacks", "all lack", "one twice", "the total changed"],
)
async def test_a_listing_whose_count_is_wrong_is_none(shelf: Shelf) -> None:
    """A listing that does not hold what it counts is an outage of the listing."""
    reading = await discover(shelf, "*")
    assert isinstance(reading, Outage)
    assert (Cause.LISTING, True, ()) == (reading.cause, reading.listing, reading.asked)


@pytest.mark.parametrize(
    "replies, cause",
    [
        ((refused(403, "Forbidden"),), Cause.PERMISSION),
        ((lost(Cause.CONNECTION),), Cause.CONNECTION),
        ((HttpAnswer(200, JSON, b"{}"),), Cause.GARBLED),
    ],
)
async def test_a_listing_that_failed_says_why(replies: tuple[Reply, ...], cause: Cause) -> None:
    """The cause is the failure's own, and it is told that the listing failed."""
    reading = await discover(Script(*replies), "*")
    assert isinstance(reading, Outage)
    assert (cause, True) == (cause_of(reading), reading.listing)
    assert reading.detail.startswith("listing the jobs failed: ")


async def test_a_page_is_tried_again() -> None:
    """What may pass is retried for each page."""
    page = HttpAnswer(200, JSON, b'{"TotalCount": 1, "Jobs": {"Job": [{"JobName": "a"}]}}')
    reading = await discover(Script(refused(503, "ServiceUnavailable"), page), "*")
    assert Listing("prod", STREAM, ("a",)) == reading


def test_no_repr_shows_a_key() -> None:
    """A source shows its name only."""
    source, _ = make(Script(ok("a")))
    assert "FoasSource('prod')" == repr(source)
