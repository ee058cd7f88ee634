"""A source that cannot be seen, for every cause, and what is told once it can be seen again."""

from __future__ import annotations

import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.acceptance.process import Running
from tests.acceptance.receiver import Taken
from tests.acceptance.waiting import eventually
from tests.acceptance.world import HUP, World, job_down, rule, world
from tests.authority import make_authority
from tests.raw_server import sending, serving, whole
from watcher.simulator import Credentials, Fault, FaultKind, Simulator

pytestmark = pytest.mark.slow

HOUR = 3600
NAMES = ("a", "b", "c", "d", "e")
"""So many that an answer without any of them is not believed."""

CALM = "2s"
"""Here `blind` is told at once: a busy machine's slow answer must not be a failed one."""

GOOD = Credentials("testAccessKeyId", "testAccessKeySecret")
AT_ONCE = rule("blind", more='for = "0s"')


@dataclass(frozen=True)
class Case:
    """Why a source of its own is not seen, and what is said of it.

    What `keys` or `endpoint` cause is there from the start and mended by a reload.
    """

    words: str
    fault: Fault | None = None
    keys: Credentials = GOOD
    endpoint: str = "{api}"


def failing(kind: FaultKind, words: str) -> Case:
    return Case(words, Fault(kind))


CASES = {
    "throttled": failing(FaultKind.THROTTLE, "too many requests, the API holds us back"),
    "unavailable": failing(FaultKind.UNAVAILABLE, "the server says that it cannot serve now"),
    "gateway": failing(FaultKind.BAD_GATEWAY, "the server says that it cannot serve now"),
    "permission": failing(FaultKind.FORBIDDEN, "these credentials may not do this"),
    "token": failing(FaultKind.TOKEN_EXPIRED, "the credentials are not accepted"),
    "empty": failing(FaultKind.EMPTY_LIST, "holds none of the jobs that were there before"),
    "redirect": failing(FaultKind.REDIRECT, "the server redirects us"),
    "html": Case("the answer cannot be understood", endpoint="{html}"),
    "truncated": failing(FaultKind.TRUNCATED, "the answer cannot be understood"),
    "huge": failing(FaultKind.HUGE, "the answer is larger than allowed"),
    "hang": failing(FaultKind.HANG, "no answer in time"),
    "disconnect": failing(FaultKind.DISCONNECT, "no connection, or it broke"),
    "signature": Case("the signature is not accepted", keys=Credentials("testAccessKeyId", "x")),
    "credentials": Case("the credentials are not accepted", keys=Credentials("unknown", "x")),
    "slow": Case(" slow); set it right", endpoint="{ahead}"),
    "fast": Case(" fast); set it right", endpoint="{behind}"),
    "dns": Case("the host's name cannot be resolved", endpoint="http://nowhere.invalid"),
    "tls": Case("no trusted TLS connection can be made", endpoint="{tls}"),
    "nobody": Case("no connection, or it broke", endpoint="http://127.0.0.1:1"),
}


def source(name: str, endpoint: str, keys: Credentials) -> str:
    names = ", ".join(f'"{one}"' for one in NAMES)
    return f"""
[sources.{name}]
kind = "foas"
project = "{name}"
endpoint = "{endpoint}"
region = "cn-hangzhou"
access_key_id = "{keys.access_key_id}"
access_key_secret = "{keys.access_key_secret}"
interval = "2s"
jobs = [{{ type = "FLINK_STREAM", names = [{names}] }}]
"""


def off(seconds: int) -> Simulator:
    """An API whose clock is off; behind a gateway that looks at the signature before the time."""
    api = Simulator(now=lambda: time.time() + seconds, check_signatures=False)
    words = "The request signature does not conform to Aliyun standards."
    api.add_fault(Fault(FaultKind.ERROR, status=400, code="SignatureDoesNotMatch", message=words))
    for name in ("slow", "fast"):
        api.add_job(name, "a")
    return api


async def elsewhere(stack: AsyncExitStack, here: World) -> dict[str, str]:
    """The addresses that sources are sent to."""
    context = make_authority(here.folder).server()
    page = whole(b"<html>Please log in.</html>", "Content-Type: text/html")
    html = await stack.enter_async_context(serving(sending(page)))
    tls = await stack.enter_async_context(serving(sending(whole(b"{}")), tls=context))
    return {
        "api": here.api,
        "ahead": await stack.enter_async_context(off(HOUR).serve()),
        "behind": await stack.enter_async_context(off(-HOUR).serve()),
        "html": html.url,
        "tls": f"https://127.0.0.1:{tls.port}",
    }


async def polled_by_all(service: Running) -> None:
    """Wait until every source has been asked once."""
    await eventually(
        lambda: {line["source"] for line in service.log("poll")} == {"prod", *CASES},
        shown=lambda: service.err[-4000:],
    )


def of_source(messages: list[Taken], kind: str) -> dict[str, Taken]:
    """The messages of one type by source; each source must have one only."""
    told = [one for one in messages if one.json["type"] == kind]
    found = {one.data["source"]: one for one in told}
    assert len(told) == len(found)
    return found


async def test_every_cause_is_told_once_in_words_and_ends_once(tmp_path: Path) -> None:
    """Each of many sources fails for its own reason: one alert that says it, and one end."""
    async with world(tmp_path, "orders") as here, AsyncExitStack() as stack:
        addresses = await elsewhere(stack, here)
        for name in CASES:
            for job in NAMES:
                here.simulator.add_job(name, job)
        here.write(
            AT_ONCE,
            *(source(n, c.endpoint.format(**addresses), c.keys) for n, c in CASES.items()),
        )
        async with here.run() as service:
            await polled_by_all(service)
            for name, case in CASES.items():
                if case.fault is not None:
                    here.simulator.add_fault(Fault(case.fault.kind, project=name))
            await here.told("audit", len(CASES))
            await service.polled_again(2 * len(CASES))
            here.simulator.faults.clear()
            here.write(AT_ONCE, *(source(name, here.api, GOOD) for name in CASES))
            await service.send(HUP)
            messages = await here.told("audit", 2 * len(CASES))
            await service.polled_again(2 * len(CASES))
            await here.settle(service)
        began = of_source(messages, "blind.firing")
        ended = of_source(messages, "blind.resolved")
        assert set(CASES) == set(began) == set(ended)
        assert 2 * len(CASES) == len(here.receiver.taken("audit"))
        said = {name: one.data["summary"] for name, one in began.items()}
        assert {} == {n: said[n] for n, case in CASES.items() if case.words not in said[n]}
        assert {"recovered"} == {one.data["reason"] for one in ended.values()}


async def test_a_person_reads_how_many_since_when_and_why(tmp_path: Path) -> None:
    """In either language: how many of how many, the last good answer, the cause, what was said."""
    chats = {"english": "slack", "chinese": "dingtalk"}
    async with world(tmp_path, "orders", "payments") as here:
        here.write(
            rule("blind", *chats, more='for = "0s"'),
            channels=chats,
            more={"chinese": 'language = "zh"'},
            top='timezone = "UTC"',
            interval=CALM,
        )
        async with here.run() as service:
            await service.logged("poll")
            here.simulator.add_fault(Fault(FaultKind.THROTTLE))
            (english,) = await here.told("english", 1)
            (chinese,) = await here.told("chinese", 1)
            here.simulator.faults.clear()
            _, seen = await here.told("english", 2)
            _, again = await here.told("chinese", 2)
            await here.settle(service)
        assert "source prod cannot be seen (all 2 jobs)" in english.text
        for words in (
            "Last good answer",
            "too many requests, the API holds us back",
            "HTTP 400 Throttling.User",
            "Since",
        ):
            assert words in english.text
        for words in (
            "全部 2 个作业无法获取状态",
            "最近一次正常",
            "被 API 限流",
            "Throttling.User",
            "开始于",
        ):
            assert words in chinese.text
        assert "can be seen again, after" in seen.text
        assert "too many requests" in seen.text
        assert "已恢复可见，历时" in again.text


async def test_a_restart_in_the_midst_is_one_alert_and_one_end(tmp_path: Path) -> None:
    """Stopped while blind: the next process tells the end of that alert, and nothing twice."""
    async with world(tmp_path, "orders") as here:
        here.write(AT_ONCE, interval=CALM)
        async with here.run() as service:
            await service.logged("poll")
            here.simulator.add_fault(Fault(FaultKind.UNAVAILABLE))
            await here.told("audit", 1)
            assert 0 == await service.terminate()
        async with here.run() as service:
            await service.polled_again()
            here.simulator.faults.clear()
            began, ended = await here.told("audit", 2)
            await service.polled_again()
            await here.settle(service)
        assert (began.data["alert"], "recovered") == (ended.data["alert"], ended.data["reason"])
        assert 2 == len(here.receiver.requests)


async def test_a_source_that_never_answers_is_told_of(tmp_path: Path) -> None:
    """From the very first start without an answer `blind` comes, and says that there was none."""
    async with world(tmp_path, "orders") as here:
        chats = {"chat": "slack"}
        here.write(rule("blind", "chat", more='for = "1s"'), channels=chats)
        here.simulator.add_fault(Fault(FaultKind.HANG))
        async with here.run() as service:
            (told,) = await here.told("chat", 1)
            await here.settle(service)
        assert "none yet since watching began" in told.text
        assert "no answer in time" in told.text


async def test_a_discovery_that_fails_alone_is_told_of(tmp_path: Path) -> None:
    """While all known jobs are seen, that new ones would not be is said, and that it is over."""
    async with world(tmp_path, "orders_1") as here:
        here.write(AT_ONCE, interval=CALM)
        often = '[sources.prod]\ndiscover_interval = "500ms"'
        text = here.file.read_text().replace("[sources.prod]", often)
        here.file.write_text(text.replace('"orders_1"', '"orders_*"'))
        async with here.run() as service:
            await service.logged("poll")
            here.simulator.add_fault(Fault(FaultKind.FORBIDDEN, operation="ListJob"))
            await here.told("audit", 1)
            here.simulator.faults.clear()
            began, ended = await here.told("audit", 2)
            await here.settle(service)
        assert "cannot list its jobs" in began.data["summary"]
        assert "these credentials may not do this" in began.data["summary"]
        assert ("blind.resolved", "recovered") == (ended.json["type"], ended.data["reason"])


async def test_one_of_many_requests_that_fails_is_told_of(tmp_path: Path) -> None:
    """A part that is not seen is counted, with its own last good answer; the rest is watched on."""
    async with world(tmp_path, "dark", "seen") as here:
        here.write(AT_ONCE, job_down(), interval=CALM)
        text = here.file.read_text()
        alone = "[sources.prod]\nbatch_size = 1"
        here.file.write_text(text.replace("[sources.prod]", alone))
        async with here.run() as service:
            await service.logged("poll")
            here.simulator.add_fault(Fault(FaultKind.UNAVAILABLE, job="dark"))
            await here.told("audit", 1)
            here.change("seen", actual_state="FAILED")
            here.change("dark", actual_state="FAILED")
            await here.told("audit", 2)
            await service.polled_again()
            here.simulator.faults.clear()
            messages = await here.told("audit", 4)
            await here.settle(service)
        blind, seen = messages[:2]
        assert "source prod has 1 of 2 jobs out of sight" in blind.data["summary"]
        assert ("state-mismatch.firing", "seen") == (seen.json["type"], seen.data["job"])
        later = sorted(
            (one.json["type"], one.data["job"]) for one in messages[2:] if one.data["job"]
        )
        assert [("state-mismatch.firing", "dark")] == later
