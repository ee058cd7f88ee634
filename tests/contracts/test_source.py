"""What every kind of source must do, over the real client, against the real simulator.

A reading is whole, or it is an outage with its cause; nothing that an API or a network does is
raised, and no secret is told.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import anyio
import pytest

from tests.contracts.source_bench import KEY, PROJECT, WITHIN, Bench, benched, build
from tests.leaping_clock import LeapingClock
from tests.raw_server import sending, serving, whole
from watcher.core.reading import Cause, Listing, Outage, Snapshot
from watcher.core.run_summary import RunSummary
from watcher.simulator import BATCH, STREAM, Credentials, Fault, FaultKind, JobChange, Simulator
from watcher.simulator.job import FieldValue
from watcher.transport import Http

BRIEFLY = timedelta(milliseconds=600)
ERROR_AT = 1548397575000

WAYS = [
    pytest.param({"signature": signature, "format": written}, id=f"foas-{signature}-{written}")
    for signature in ("v1", "v3")
    for written in ("json", "xml")
]


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask loopback servers directly, whatever the machine's proxies are."""
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(params=WAYS)
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    """The bench in every way of signing and answering."""
    async with benched(**request.param) as made:
        yield made


async def test_a_whole_answer(bench: Bench) -> None:
    """Every field of every job arrives as the API holds it."""
    change: dict[str, FieldValue] = {
        "actual_state": "PAUSED",
        "input_delay": 300,
        "last_error_message": "boom <&>\n\tat 作业",
        "last_error_time": ERROR_AT,
    }
    job = bench.api.change_job(PROJECT, "job2", JobChange(change))
    runs = await bench.snapshot()
    assert ["job1", "job2", "job3"] == sorted(runs)
    assert runs["job2"] == RunSummary(
        job_name="job2",
        expect_state="RUNNING",
        actual_state="PAUSED",
        instance_id=job.instance_id,
        engine_job_handler=job.engine_job_handler,
        input_delay_ms=300,
        last_error_message="boom <&>\n\tat 作业",
        last_error_at=ERROR_AT,
    )


async def test_jobs_that_the_api_does_not_know_are_just_not_there(bench: Bench) -> None:
    """Unknown jobs are dropped by the API; what it knows is a whole answer."""
    assert ["job1"] == list(await bench.snapshot("job1", "nowhere"))


async def test_each_type_is_asked_for_itself(bench: Bench) -> None:
    """Batch jobs are asked for as batch jobs."""
    bench.api.add_job(PROJECT, "nightly", BATCH)
    reading = await bench.read("nightly", job_type=BATCH)
    assert isinstance(reading, Snapshot)
    assert ["nightly"] == [run.job_name for run in reading.runs]


ODD = ("a b", "a+b", "a&b", "100%", "%20", "a=b", "a/b", "q?x=1", "h#1", "作业 一", "it's", "é*~")


async def test_odd_names(bench: Bench) -> None:
    """Names with spaces, +, &, %, Chinese and more are asked for, signed and found."""
    for name in ODD:
        bench.api.add_job(PROJECT, name)
    assert sorted(ODD) == sorted(await bench.snapshot(*ODD))


async def test_ten_thousand_names(bench: Bench) -> None:
    """Ten thousand long names are split into requests that all come back whole."""
    names = [f"orders_作业_{number:05}" for number in range(10_000)]
    for name in names:
        bench.api.add_job(PROJECT, name)
    requests = bench.source.requests(STREAM, names)
    assert names == [name for request in requests for name in request.names]
    for request in (*requests[:2], requests[-1]):
        reading = await bench.source.read(request, within=WITHIN)
        assert isinstance(reading, Snapshot)
        assert list(request.names) == [run.job_name for run in reading.runs]


def judged(run: RunSummary) -> tuple[str | None, str | None, int | None, str | None]:
    return run.expect_state, run.actual_state, run.input_delay_ms, run.engine_job_handler


QUIRKS: list[tuple[FaultKind, Callable[[RunSummary], object], object]] = [
    (FaultKind.NUMBERS_AS_STRINGS, lambda run: type(run.instance_id), int),
    (FaultKind.NULLS, judged, ("RUNNING", "RUNNING", None, None)),
    (FaultKind.EMPTY_STRINGS, judged, ("RUNNING", "RUNNING", None, None)),
    (FaultKind.ABSENT_FIELDS, judged, ("RUNNING", "RUNNING", None, None)),
    (FaultKind.LOWER_CAMEL, lambda run: (run.expect_state, run.input_delay_ms), ("RUNNING", 0)),
    (FaultKind.SINGLE_OBJECT, lambda run: run.job_name, "job1"),
    (FaultKind.BARE_LIST, lambda run: run.job_name, "job1"),
    (FaultKind.SENTINEL_DELAY, lambda run: run.input_delay_ms, -99_999_999),
    (FaultKind.UNKNOWN_STATE, lambda run: run.actual_state, "MIGRATING"),
    (FaultKind.GZIP, lambda run: run.job_name, "job1"),
    (FaultKind.FROZEN, lambda run: run.job_name, "job1"),
]


@pytest.mark.parametrize("kind, look, expected", QUIRKS, ids=[kind for kind, _, _ in QUIRKS])
async def test_a_quirk_is_carried(
    bench: Bench, kind: FaultKind, look: Callable[[RunSummary], object], expected: object
) -> None:
    """Each odd shape of a good answer is a good snapshot that means the same."""
    bench.api.add_fault(Fault(kind))
    runs = await bench.snapshot("job1")
    assert ["job1"] == list(runs)
    assert expected == look(runs["job1"])


async def test_all_quirks_together(bench: Bench) -> None:
    """Quirks may come all at once."""
    kinds = ("NUMBERS_AS_STRINGS", "EMPTY_STRINGS", "LOWER_CAMEL", "SINGLE_OBJECT", "GZIP")
    for kind in kinds:
        bench.api.add_fault(Fault(FaultKind[kind]))
    assert ["job1"] == list(await bench.snapshot("job1"))


@pytest.mark.parametrize("kind", [FaultKind.EMPTY_LIST, FaultKind.EMPTY_OBJECT])
async def test_an_answer_without_jobs(bench: Bench, kind: FaultKind) -> None:
    """No job in the answer is a whole answer; whether it can be believed is judged elsewhere."""
    bench.api.add_fault(Fault(kind))
    assert {} == await bench.snapshot()


async def test_half_an_answer_is_what_it_is(bench: Bench) -> None:
    """A well-formed answer that lacks jobs tells of those that it holds."""
    bench.api.add_fault(Fault(FaultKind.HALF))
    assert ["job1"] == list(await bench.snapshot())


def error(status: int, code: str, message: str = "m") -> Fault:
    return Fault(FaultKind.ERROR, status=status, code=code, message=message)


LASTING = [
    (Fault(FaultKind.FORBIDDEN), Cause.PERMISSION),
    (Fault(FaultKind.TOKEN_EXPIRED), Cause.CREDENTIALS),
    (Fault(FaultKind.REDIRECT), Cause.REDIRECT),
    (Fault(FaultKind.EMPTY_BODY), Cause.GARBLED),
    (Fault(FaultKind.NOT_JSON), Cause.GARBLED),
    (Fault(FaultKind.HUGE), Cause.TOO_LARGE),
    (error(400, "SignatureDoesNotMatch"), Cause.SIGNATURE),
    (error(404, "InvalidAccessKeyId.NotFound"), Cause.CREDENTIALS),
    (error(400, "InvalidTimeStamp.Expired"), Cause.CLOCK),
    (error(404, "InvalidApi.NotFound"), Cause.ADDRESS),
    (error(400, "MissingJobNames"), Cause.REFUSED),
]


@pytest.mark.parametrize("fault, cause", LASTING, ids=lambda value: str(getattr(value, "kind", "")))
async def test_what_lasts_is_an_outage_at_once(bench: Bench, fault: Fault, cause: Cause) -> None:
    """A failure that no retry mends is named after one request."""
    bench.api.add_fault(fault)
    assert cause == await bench.cause()
    assert (1, []) == (bench.asked(), bench.clock.slept)


PASSING = [
    (Fault(FaultKind.THROTTLE), Cause.THROTTLED),
    (Fault(FaultKind.UNAVAILABLE), Cause.UNAVAILABLE),
    (Fault(FaultKind.INTERNAL_ERROR), Cause.UNAVAILABLE),
    (Fault(FaultKind.XML_ERROR), Cause.UNAVAILABLE),
    (Fault(FaultKind.BAD_GATEWAY), Cause.UNAVAILABLE),
    (Fault(FaultKind.DISCONNECT), Cause.CONNECTION),
    (Fault(FaultKind.TRUNCATED), Cause.GARBLED),
    (error(403, "Throttling.Api"), Cause.THROTTLED),
    (error(200, "ServiceUnavailable"), Cause.UNAVAILABLE),
]


@pytest.mark.parametrize("fault, cause", PASSING, ids=lambda value: str(getattr(value, "kind", "")))
async def test_what_may_pass_is_tried_again(bench: Bench, fault: Fault, cause: Cause) -> None:
    """Such a failure is healed by a retry if it passes, and named if it does not."""
    number = bench.api.add_fault(fault)
    assert cause == await bench.cause()
    tried = bench.asked()
    assert tried > 3
    assert tried == len(bench.clock.slept) + 1
    bench.api.faults.remove(number)
    bench.api.add_fault(Fault(fault.kind, requests=1, status=fault.status, code=fault.code))
    assert ["job1", "job2", "job3"] == sorted(await bench.snapshot())


async def test_a_hanging_api_is_given_up_in_time(bench: Bench) -> None:
    """A request without an answer ends within the poll's time, as a time-out."""
    bench.api.add_fault(Fault(FaultKind.HANG))
    with anyio.fail_after(10):
        assert Cause.TIMEOUT == await bench.cause(within=BRIEFLY)


async def test_a_slow_api_is_waited_for(bench: Bench) -> None:
    """An answer that comes late but in time is a good one."""
    bench.api.add_fault(Fault(FaultKind.SLOW, delay=timedelta(milliseconds=50)))
    assert ["job1"] == list(await bench.snapshot("job1"))


async def test_a_redirect_is_never_followed(bench: Bench) -> None:
    """Credentials go nowhere else, whatever the answer says."""
    async with serving(sending(whole(b"{}"))) as other:
        bench.api.add_fault(Fault(FaultKind.REDIRECT, location=f"{other.url}/x"))
        assert Cause.REDIRECT == await bench.cause()
    assert 0 == other.connections


@pytest.mark.parametrize(
    "fault, wait",
    [
        (Fault(FaultKind.THROTTLE, requests=1, retry_after=timedelta(seconds=7)), 7.0),
        (Fault(FaultKind.THROTTLE, requests=1, acs_retry_after=timedelta(seconds=2.5)), 2.5),
        (Fault(FaultKind.UNAVAILABLE, requests=1, retry_after=timedelta(seconds=3)), 3.0),
    ],
)
async def test_a_wish_to_be_left_alone_is_obeyed(bench: Bench, fault: Fault, wait: float) -> None:
    """Retry-After and x-acs-retry-after, longer than the own wait, are waited for."""
    bench.api.add_fault(fault)
    await bench.snapshot()
    assert [wait] == [slept.total_seconds() for slept in bench.clock.slept]


@pytest.mark.parametrize("signature", ["v1", "v3"])
async def test_a_wrong_secret(signature: str) -> None:
    """A wrong secret is refused by the real check of the signature, and named."""
    api = Simulator(credentials=[Credentials(KEY.access_key_id, "another", KEY.security_token)])
    async with api.serve() as url, Http() as http:
        made = Bench(build(url, http, LeapingClock(), signature=signature), api, LeapingClock())
        assert Cause.SIGNATURE == await made.cause()


@pytest.mark.parametrize(
    "key",
    [Credentials("another", "another"), Credentials(KEY.access_key_id, KEY.access_key_secret, "x")],
)
async def test_a_wrong_key_or_token(key: Credentials) -> None:
    """An unknown AccessKey and a token of another key are named as credentials."""
    api = Simulator(credentials=[key])
    async with api.serve() as url, Http() as http:
        made = Bench(build(url, http, LeapingClock()), api, LeapingClock())
        assert Cause.CREDENTIALS == await made.cause()


@pytest.mark.parametrize("signature", ["v1", "v3"])
async def test_a_wrong_clock(signature: str) -> None:
    """A clock that is an hour off is named, with how far."""
    clock = LeapingClock(wall_ahead=timedelta(hours=1, milliseconds=500))
    async with benched(clock, signature=signature) as made:
        reading = await made.read()
    assert isinstance(reading, Outage)
    assert Cause.CLOCK == reading.cause
    assert "our clock is off by 360" in reading.detail
    assert reading.clock_ahead is not None
    assert timedelta(hours=1) < reading.clock_ahead < timedelta(hours=1, minutes=1)


async def test_a_wrong_clock_behind_a_wrong_signature() -> None:
    """A gateway that looks at the signature first does not hide that our clock is off."""
    clock = LeapingClock(wall_ahead=-timedelta(hours=1))
    api = Simulator(check_signatures=False)
    api.add_job(PROJECT, "job1")
    api.add_fault(error(400, "SignatureDoesNotMatch"))
    async with api.serve() as url, Http() as http:
        reading = await Bench(build(url, http, clock), api, clock).read()
    assert isinstance(reading, Outage)
    assert Cause.CLOCK == reading.cause
    assert reading.clock_ahead is not None
    assert reading.clock_ahead < -timedelta(minutes=59)


async def test_nobody_answers() -> None:
    """A refused connection is an outage with host and port in its words."""
    async with serving(sending(b"")) as gone:
        url = gone.url
    async with Http() as http:
        source = build(url, http, LeapingClock())
        reading = await source.read(source.requests(STREAM, ["a"])[0], within=WITHIN)
    assert isinstance(reading, Outage)
    assert Cause.CONNECTION == reading.cause
    assert url.removeprefix("http://") in reading.detail


async def test_each_try_is_signed_anew() -> None:
    """No nonce and no signature is ever sent twice."""
    busy = json.dumps({"Code": "ServiceUnavailable"}).encode()
    reply = whole(busy, "Content-Type: application/json", status="503 Busy")
    async with serving(sending(reply)) as server, Http() as http:
        source = build(server.url, http, LeapingClock())
        await source.read(source.requests(STREAM, ["a"])[0], within=WITHIN)
    lines = [line for head in server.heads for line in head.split("\r\n")]
    for header in ("x-acs-signature-nonce:", "Authorization:"):
        sent = [line for line in lines if line.startswith(header)]
        assert len(server.heads) == len(sent) == len(set(sent)) > 3


async def test_the_limit_of_the_request_line(bench: Bench) -> None:
    """The longest request that names are packed into is one that the API takes."""
    names = [f"{'长' * 40}{number}" for number in range(100)]
    for name in names:
        bench.api.add_job(PROJECT, name)
    requests = bench.source.requests(STREAM, names)
    assert len(requests) > 1
    for request in requests:
        reading = await bench.source.read(request, within=WITHIN)
        assert isinstance(reading, Snapshot)
        assert len(request.names) == len(reading.runs)


async def test_discovery(bench: Bench) -> None:
    """Patterns find the committed jobs of one type on all pages; drafts stay out."""
    for number in range(230):
        bench.api.add_job(PROJECT, f"orders_{number:03}")
    bench.api.add_job(PROJECT, "orders_draft", STREAM, JobChange({"committed": False}))
    bench.api.add_job(PROJECT, "orders_nightly", BATCH)
    listing = await bench.discover("orders_*")
    assert isinstance(listing, Listing)
    assert [f"orders_{number:03}" for number in range(230)] == sorted(listing.names)
    assert bench.asked("ListJob") > 2


@pytest.mark.parametrize(
    "fault, cause",
    [
        (Fault(FaultKind.EMPTY_LIST), Cause.LISTING),
        (Fault(FaultKind.HALF), Cause.LISTING),
        (Fault(FaultKind.EMPTY_OBJECT), Cause.GARBLED),
        (Fault(FaultKind.FORBIDDEN), Cause.PERMISSION),
        (Fault(FaultKind.TRUNCATED), Cause.GARBLED),
        (Fault(FaultKind.REDIRECT), Cause.REDIRECT),
        (Fault(FaultKind.BAD_GATEWAY), Cause.UNAVAILABLE),
    ],
    ids=lambda value: str(getattr(value, "kind", value)),
)
async def test_a_listing_that_is_not_whole_is_none(
    bench: Bench, fault: Fault, cause: Cause
) -> None:
    """A listing that failed or holds less than it counts is an outage of the listing."""
    bench.api.add_fault(fault)
    listing = await bench.discover("*")
    assert isinstance(listing, Outage)
    assert (cause, True, ()) == (listing.cause, listing.listing, listing.asked)


LISTING_QUIRKS = ["NUMBERS_AS_STRINGS", "LOWER_CAMEL", "SINGLE_OBJECT", "BARE_LIST", "GZIP"]


@pytest.mark.parametrize("kind", LISTING_QUIRKS)
async def test_a_listings_quirks_are_carried(bench: Bench, kind: str) -> None:
    """A listing comes in the same odd shapes and means the same."""
    bench.api.add_fault(Fault(FaultKind[kind]))
    listing = await bench.discover("job*")
    assert isinstance(listing, Listing)
    assert ["job1", "job2", "job3"] == sorted(listing.names)


async def test_one_lonely_job_is_listed(bench: Bench) -> None:
    """A project with a single job is listed, also where one object stands for the list."""
    bench.api.change_job(PROJECT, "job2", JobChange({"present": False}))
    bench.api.change_job(PROJECT, "job3", JobChange({"present": False}))
    bench.api.add_fault(Fault(FaultKind.SINGLE_OBJECT))
    listing = await bench.discover("job*")
    assert isinstance(listing, Listing)
    assert ("job1",) == tuple(listing.names)


async def test_no_repr_shows_a_secret(bench: Bench) -> None:
    """Neither the source nor its requests show keys."""
    requests = bench.source.requests(STREAM, ["a"])
    assert "planted" not in f"{bench.source!r} {requests!r}"
