"""Receivers that are odd: each oddity at once on a webhook, a robot and a Slack webhook."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import formatdate
from functools import partial

from tests.acceptance.faults.case import Case
from tests.acceptance.faults.stage import Stage, proxied, type_of
from tests.acceptance.process import Running
from tests.acceptance.receiver import GOOD, Manner, Taken
from tests.acceptance.world import World, job_down, rule
from tests.tcp_proxy import FINE, TcpProxy, Trouble

KINDS = {"hook": "webhook", "robot": "dingtalk", "chat": "slack"}
"""The channels that suffer; `audit` is a webhook that takes everything."""
LATE = 6.0
"""`for` of `undeliverable` where it is told only then."""
NEVER = 3600.0
"""`for` of `undeliverable` where it is told at once: sooner than anyone waits."""
RETURN_WITHIN = 60.0
SLACK_OF_MACHINE = 10.0
"""What a busy machine may add to a wait."""
ROBOT_OK = Manner(body='{"errcode": 0, "errmsg": "ok"}')
HTML = "<html><head><title>Sign in</title></head><body>Welcome to the network</body></html>"


@dataclass(frozen=True)
class Fare:
    """What an oddity means to a channel: the fate of an attempt, and the words of its reason.

    A fate of `refused` is told at once, another one when it has been waiting for too long, and one
    of `delivered` not at all.
    """

    fate: str
    words: str = ""


@dataclass(frozen=True)
class Oddity:
    """One way to be odd, what it means to those who suffer, and whether it ends by itself.

    `manner` is made when the fault begins.  `asks` is how many seconds the receiver wants to be
    left alone, and is taken at its word.
    """

    name: str
    fault: str
    fares: Mapping[str, Fare]
    manner: Callable[[], Manner] | None = None
    trouble: Trouble = FINE
    refuses_connections: bool = False
    asks: float = 0.0

    @property
    def patience(self) -> float:
        """`for` of `undeliverable`."""
        refused = any(fare.fate == "refused" for fare in self.fares.values())
        return NEVER if refused else LATE


def _alike(fate: str, words: str, **others: Fare) -> dict[str, Fare]:
    return {channel: others.get(channel, Fare(fate, words)) for channel in KINDS}


def _status(status: int, fate: str, words: str, **headers: str) -> Oddity:
    pairs = tuple((name.replace("_", "-"), text) for name, text in headers.items())
    return Oddity(
        f"{status}",
        f"HTTP {status}",
        _alike(fate, words),
        lambda: Manner(status=status, body="", headers=pairs),
    )


def _asking(form: str, retry_after: Callable[[], str], seconds: float) -> Oddity:
    return Oddity(
        f"429-{form}",
        f"HTTP 429, Retry-After as {form}",
        _alike("throttled", "the receiver is asked too often"),
        lambda: Manner(status=429, body="", headers=(("Retry-After", retry_after()),)),
        asks=seconds,
    )


GARBLED = Fare("retry", "the answer is not one of this receiver's")
TAKEN = Fare("delivered")
KEYWORD = '{"errcode": 310000, "errmsg": "keywords not in content"}'

ODDITIES = (
    Oddity(
        "hang",
        "takes the request, never answers",
        _alike("retry", "no answer from"),
        trouble=Trouble(hangs=True),
    ),
    Oddity(
        "reset",
        "RST after 20 bytes of the answer",
        _alike("retry", "broke the connection off before it answered"),
        trouble=Trouble(resets_after=20),
    ),
    Oddity(
        "truncate",
        "ends inside the body",
        _alike("retry", "broke off"),
        trouble=Trouble(
            answer=b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\nConnection: close\r\n\r\nok"
        ),
    ),
    Oddity(
        "drip",
        "1 byte of the answer a second",
        _alike("retry", "no answer from"),
        trouble=Trouble(rate=1),
    ),
    Oddity(
        "gone",
        "connection refused",
        _alike("retry", "no connection to"),
        refuses_connections=True,
    ),
    _status(301, "refused", "redirects us, which is never followed", Location="/elsewhere"),
    _status(401, "refused", "does not accept our credentials"),
    _status(403, "refused", "the receiver forbids it"),
    _status(404, "refused", "nothing takes messages at this address"),
    _status(410, "refused", "the receiver is gone for good"),
    _asking("seconds", lambda: "9", 9),
    _asking("date", lambda: formatdate(time.time() + 10, usegmt=True), 9),
    _status(500, "retry", "the receiver could not take it now"),
    _status(503, "retry", "the receiver could not take it now"),
    Oddity(
        "html",
        "an HTML page with 200",
        _alike("retry", "the answer is not one of this receiver's", hook=TAKEN),
        lambda: Manner(body=HTML, headers=(("X-From", "a gateway"),)),
    ),
    Oddity(
        "errcode",
        "errcode 310000 with 200",
        {"hook": TAKEN, "robot": Fare("refused", "keyword is not in our text")},
        lambda: Manner(body=KEYWORD),
    ),
)


async def play(oddity: Oddity, stage: Stage) -> None:
    """A job fails while the receivers are odd, recovers, and then they are good again."""
    async with stage.world("payments") as here, proxied(here, *KINDS) as proxy:
        here.write(
            job_down("audit", *KINDS),
            rule("undeliverable", more=f'for = "{oddity.patience:.0f}s"'),
            channels={"audit": "webhook", **KINDS},
            more=dict.fromkeys(KINDS, 'timeout = "1s"'),
        )
        async with stage.watching(here) as service:
            await _suffer(stage, here, service, oddity, proxy)
            await _recover(stage, here, oddity, proxy)


async def _suffer(
    stage: Stage, here: World, service: Running, oddity: Oddity, proxy: TcpProxy
) -> None:
    stage.begin()
    _worsen(here, oddity, proxy)
    here.change("payments", actual_state="FAILED", last_error_message="disk full")
    await _told(stage, here, "audit", "state-mismatch began", 1)
    bad = {name: fare for name, fare in oddity.fares.items() if fare != TAKEN}
    complaints = await stage.until(
        lambda: (
            found if len(found := _of(here, "audit", "undeliverable began")) == len(bad) else None
        ),
        f"`undeliverable` for {', '.join(bad)}",
    )
    for name, fare in bad.items():
        one = next(one for one in complaints or () if name in one.data["summary"].split(",")[0])
        stage.expect_words(fare.words, one.data["summary"])
        stage.note_when(f"undeliverable {name} ({fare.fate})", one.at)
        if fare.fate != "refused":
            early = stage.after(one.at) < 0.9 * LATE
            stage.expect(not early, f"undeliverable for {name} came too early")
    for name, fare in oddity.fares.items():
        tries = [line for line in service.log("attempt") if line["channel"] == name]
        said = {line["outcome"] for line in tries}
        stage.expect(said == {fare.fate}, f"attempts on {name} were {said}, not {fare.fate}")


def _worsen(here: World, oddity: Oddity, proxy: TcpProxy) -> None:
    if oddity.refuses_connections:
        proxy.refuse()
    proxy.trouble = oddity.trouble
    if oddity.manner is None:
        return
    for name, fare in oddity.fares.items():
        bad = oddity.manner()
        answer = Manner(bad.status, bad.body, bad.headers, takes=fare == TAKEN)
        then = (_good(name),) if oddity.asks else ()
        here.receiver.answer(name, answer, *then)


def _good(name: str) -> Manner:
    return ROBOT_OK if name == "robot" else GOOD


async def _recover(stage: Stage, here: World, oddity: Oddity, proxy: TcpProxy) -> None:
    """The job recovers while nothing gets through; then everything does, in order."""
    here.change("payments", actual_state="RUNNING")
    await _told(stage, here, "audit", "state-mismatch recovered", 1)
    cured = time.monotonic()
    if oddity.refuses_connections:
        await proxy.listen()
    proxy.trouble = FINE
    proxy.break_off()
    for name in KINDS:
        if not oddity.asks:
            here.receiver.answer(name, _good(name))
    bad = [name for name, fare in oddity.fares.items() if fare != TAKEN]
    for name in KINDS:
        await stage.until(partial(_has_ended, here, name), f"the end on {name}")
    for name in bad:
        first = here.receiver.taken(name)[0].at
        stage.note_over(name, max(first - cured, 0.0))
        late = first - cured > RETURN_WITHIN + SLACK_OF_MACHINE
        stage.expect(not late, f"{name} was told {first - cured:.1f} s after its return")
        _judge_order(stage, here, name, oddity)
    await _told(stage, here, "audit", "undeliverable recovered", len(bad))
    stage.expect(
        len(_of(here, "audit", "undeliverable began")) == len(bad), "undeliverable was told twice"
    )


def _judge_order(stage: Stage, here: World, name: str, oddity: Oddity) -> None:
    requests, taken = here.receiver.of(name), _once(stage, here.receiver.taken(name))
    if oddity.asks:
        # A date is counted from when it was written, a span from when it was read.
        since = stage.at(0) if oddity.name.endswith("date") else requests[0].at
        waited = requests[1].at - since
        stage.expect(waited >= oddity.asks, f"{name} was asked again after {waited:.1f} s")
    if requests and name != "chat":
        stage.expect(requests[0].id == taken[0].id, f"another message came first on {name}")
    stage.expect(len(taken) <= 2, f"{name} took {len(taken)} messages, not 2 at most")
    if name == "hook":
        stage.expect(
            [1, 2] == [one.data["sequence"] for one in taken], f"{name} was not told in order"
        )


def _once(stage: Stage, taken: list[Taken]) -> list[Taken]:
    """Each message once: where an answer was lost it comes again, with its id and its body."""
    first: dict[str, Taken] = {}
    for one in taken:
        known = first.setdefault(one.id if "text" not in one.json else one.body.hex(), one)
        stage.expect(known.body == one.body, f"{one.channel} got one id with two bodies")
    return list(first.values())


def _has_ended(here: World, name: str) -> bool:
    """Whether the last message that a channel took says that the job runs again."""
    taken = here.receiver.taken(name)
    if not taken:
        return False
    if name == "hook":
        return type_of(taken[-1]) == "state-mismatch recovered"
    return "runs again" in taken[-1].text


def _of(here: World, channel: str, what: str) -> list[Taken]:
    return [one for one in here.receiver.taken(channel) if type_of(one) == what]


async def _told(stage: Stage, here: World, channel: str, what: str, number: int) -> None:
    await stage.until(
        lambda: len(_of(here, channel, what)) >= number, f"{number} × {what} on {channel}"
    )


def _expected(oddity: Oddity) -> str:
    fates = dict.fromkeys(fare.fate for fare in oddity.fares.values())
    told = "at once" if "refused" in fates else f"after {LATE:.0f} s"
    return (
        f"{', '.join(fates)}; `undeliverable` elsewhere {told} with the reason in words; "
        "all in order within 60 s of the return"
    )


CASES = tuple(
    Case(
        f"receiver-{oddity.name}",
        oddity.fault,
        "webhook, DingTalk, Slack",
        _expected(oddity),
        partial(play, oddity),
        limit=170,
    )
    for oddity in ODDITIES
)
