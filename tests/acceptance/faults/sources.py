"""An API that is odd: `blind` once with the cause in words, one recovery, then `reconciled`."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import formatdate
from functools import partial

from tests.acceptance.faults.case import Case
from tests.acceptance.faults.stage import Stage, proxied_api, type_of
from tests.acceptance.receiver import Taken
from tests.acceptance.world import World, job_down, rule
from tests.raw_server import whole
from tests.tcp_proxy import FINE, TcpProxy, Trouble
from watcher.simulator import Fault, FaultKind

LATE = 4.0
"""`for` of `blind` where it is told only then."""
NEVER = 3600.0
"""`for` of `blind` where it is told at once: sooner than anyone waits."""
CLOSE = "Connection: close"
RETURN_WITHIN = 70.0
"""A source that refuses us is polled once a minute."""
HTML = b"<html><head><title>Sign in</title></head><body>Welcome to the network</body></html>"
AFTERWARDS = {
    "blind began": 1,
    "blind recovered": 1,
    "reconciled began": 1,
    "state-mismatch began": 1,
    "new-error began": 1,
    "restart began": 1,
}
"""What is told in all: the outage, its end, and what happened meanwhile, each once."""


@dataclass(frozen=True)
class Oddity:
    """One way in which the API is odd, the words of its cause, and whether they come at once."""

    name: str
    fault: str
    words: str
    trouble: Callable[[], Trouble] | None = None
    simulated: Fault | None = None
    refuses_connections: bool = False
    at_once: bool = False
    asks: float = 0.0
    """Seconds for which the API wants to be left alone, and is taken at its word."""


def _answer(status: str, body: bytes = b"", *headers: str) -> Callable[[], Trouble]:
    return lambda: Trouble(answer=whole(body, CLOSE, *headers, status=status))


def _answer_later(status: str, after: float) -> Callable[[], Trouble]:
    def trouble() -> Trouble:
        at = formatdate(time.time() + after, usegmt=True)
        return Trouble(answer=whole(b"", CLOSE, f"Retry-After: {at}", status=status))

    return trouble


def _status(status: str, words: str, *, at_once: bool = False, name: str = "") -> Oddity:
    number = status[:3]
    return Oddity(name or number, f"HTTP {status}", words, _answer(status), at_once=at_once)


ODDITIES = (
    Oddity("hang", "never answers", "no answer in time", lambda: Trouble(hangs=True)),
    Oddity(
        "reset",
        "RST after 40 bytes of the answer",
        "no connection, or it broke",
        lambda: Trouble(resets_after=40),
    ),
    Oddity(
        "truncate",
        "ends inside the body",
        "the answer cannot be understood",
        lambda: Trouble(ends_after=400),
    ),
    Oddity("drip", "1 byte of the answer a second", "no answer in time", lambda: Trouble(rate=1)),
    Oddity("gone", "connection refused", "no connection, or it broke", refuses_connections=True),
    Oddity(
        "301",
        "HTTP 301",
        "redirects us, which is never followed",
        _answer("301 Moved Permanently", b"", "Location: /elsewhere"),
    ),
    _status("401 Unauthorized", "the credentials are not accepted", at_once=True),
    _status("403 Forbidden", "these credentials may not do this", at_once=True),
    _status("404 Not Found", "the address is wrong or not allowed", at_once=True),
    _status("410 Gone", "refuses our requests", at_once=True),
    Oddity(
        "429-seconds",
        "HTTP 429, Retry-After as seconds",
        "too many requests",
        _answer("429 Too Many Requests", b"", "Retry-After: 14"),
        asks=14,
    ),
    Oddity(
        "429-date",
        "HTTP 429, Retry-After as date",
        "too many requests",
        _answer_later("429 Too Many Requests", 15),
        asks=14,
    ),
    _status("500 Internal Server Error", "cannot serve now"),
    _status("503 Service Unavailable", "cannot serve now"),
    Oddity(
        "html",
        "an HTML page with 200",
        "the answer cannot be understood",
        _answer("200 OK", HTML, "Content-Type: text/html"),
    ),
    Oddity(
        "throttled",
        "400 Throttling.User",
        "too many requests",
        simulated=Fault(FaultKind.THROTTLE),
    ),
    Oddity(
        "signature",
        "400 SignatureDoesNotMatch",
        "the signature is not accepted",
        simulated=Fault(
            FaultKind.ERROR, status=400, code="SignatureDoesNotMatch", message="it does not fit"
        ),
        at_once=True,
    ),
    Oddity(
        "empty",
        "200 without any of the jobs",
        "holds none of the jobs that were there before",
        simulated=Fault(FaultKind.EMPTY_LIST),
    ),
    Oddity(
        "too-large",
        "an answer of 50 MB",
        "larger than allowed",
        simulated=Fault(FaultKind.HUGE),
    ),
)
NAMES = ("payments", "orders", "clicks", "views", "carts", "users")


async def play(oddity: Oddity, stage: Stage) -> None:
    """While the API is odd a job restarts and another fails; afterwards both are told, once."""
    async with stage.world(*NAMES) as here, proxied_api(here) as proxy:
        here.write(
            job_down(),
            *(rule(kind) for kind in ("new-error", "restart", "reconciled")),
            rule("missing", more='for = "0s"'),
            rule("blind", more=f'for = "{NEVER if oddity.at_once else LATE:.0f}s"'),
            interval="1s",
        )
        async with stage.watching(here) as service:
            stage.begin()
            await _worsen(here, oddity, proxy)
            blind = (await _told(stage, here, 1))[0]
            _judge_blind(stage, oddity, blind)
            here.change("payments", restart=True)
            here.change("orders", actual_state="FAILED", last_error_message="disk full")
            if not oddity.at_once:
                await service.polled_again(1)
            stage.expect(len(here.receiver.taken("audit")) == 1, "more than `blind` was told")
            await _recover(stage, here, oddity, proxy)


async def _worsen(here: World, oddity: Oddity, proxy: TcpProxy) -> None:
    if oddity.refuses_connections:
        proxy.refuse()
    if oddity.trouble is not None:
        proxy.trouble = oddity.trouble()
    if oddity.simulated is not None:
        here.simulator.add_fault(oddity.simulated)


def _judge_blind(stage: Stage, oddity: Oddity, blind: Taken) -> None:
    stage.note_when("blind", blind.at)
    stage.expect(type_of(blind) == "blind began", f"the first told was {type_of(blind)}")
    stage.expect_words(oddity.words, blind.data["summary"])
    if not oddity.at_once:
        stage.expect(stage.after(blind.at) >= 0.9 * LATE, "blind came too early")
    stage.row.told.append(f"“{oddity.words}”")


async def _recover(stage: Stage, here: World, oddity: Oddity, proxy: TcpProxy) -> None:
    cured = time.monotonic()
    if oddity.refuses_connections:
        await proxy.listen()
    proxy.trouble = FINE
    proxy.break_off()
    here.simulator.faults.clear()
    told = await _told(stage, here, sum(AFTERWARDS.values()))
    stage.note_over("sees again", told[1].at - cured)
    stage.expect(told[1].at - cured <= RETURN_WITHIN, "it saw again too late")
    stage.expect(stage.after(told[1].at) >= oddity.asks, "it did not leave the API alone")
    counts = {what: [type_of(one) for one in told].count(what) for what in map(type_of, told)}
    stage.expect(counts == AFTERWARDS, f"told {counts}")
    listed = [one.data["summary"] for one in told if one.json["type"].startswith("reconciled")]
    stage.row.told += [f"“{summary}”" for summary in listed]


async def _told(stage: Stage, here: World, number: int) -> list[Taken]:
    found = await stage.until(
        lambda: taken if len(taken := here.receiver.taken("audit")) >= number else None,
        f"{number} messages on audit",
    )
    return found or []


CASES = tuple(
    Case(
        f"api-{oddity.name}",
        oddity.fault,
        "API",
        f"`blind` once, {'at once' if oddity.at_once else f'after {LATE:.0f} s'}, "
        f"with “{oddity.words}”; its end once; what happened meanwhile once, and `reconciled`",
        partial(play, oddity),
        limit=170,
    )
    for oddity in ODDITIES
)
