"""A robot that throttles: nothing at all is sent to it for ten minutes, its time being sped up."""

from __future__ import annotations

from functools import partial

from tests.acceptance.faults.case import Case
from tests.acceptance.faults.faked import QuickClock
from tests.acceptance.faults.receivers import ROBOT_OK
from tests.acceptance.faults.stage import Stage, type_of
from tests.acceptance.receiver import Manner, Taken
from tests.acceptance.world import job_down, rule

FACTOR = 20
MINUTES = 10
PUNISH = '{"status": 1111, "punish": "deny", "wait": 5, "source": "gateway"}'
TOO_FAST = '{"errcode": 130101, "errmsg": "send too fast, exceed 20 times per minute"}'
WORDS = "the receiver is asked too often"
SECRET = 'secret = "SECthrottled"'


def sent_at(one: Taken) -> float:
    """When a robot's message was sent by the sender's clock, in seconds since 1970."""
    return int(one.query["timestamp"]) / 1000


async def play(body: str, stage: Stage) -> None:
    """The first message is throttled; the job recovers; after ten minutes all is told."""
    clock = QuickClock(FACTOR)
    async with stage.world("payments", now=clock.now) as here:
        here.write(
            job_down("audit", "robot"),
            rule("undeliverable", more='for = "2m"'),
            channels={"audit": "webhook", "robot": "dingtalk"},
            more={"robot": f'{SECRET}\ntimeout = "30s"', "audit": 'timeout = "30s"'},
            interval="20s",
        )
        here.receiver.answer("robot", Manner(body=body, takes=False), ROBOT_OK)
        async with stage.watching(here, env=clock.env):
            stage.begin()
            here.change("payments", actual_state="FAILED")
            await stage.until(lambda: here.receiver.of("robot"), "the first attempt")
            here.change("payments", actual_state="RUNNING")
            await stage.until(lambda: len(here.receiver.taken("audit")) >= 3, "undeliverable")
            said = _complaints(here.receiver.taken("audit"))
            stage.expect(len(said) == 1, f"undeliverable was told {len(said)} times")
            stage.expect_words(WORDS, "; ".join(one.data["summary"] for one in said))
            stage.row.told.append(f"“{WORDS}”")
            await stage.until(lambda: len(here.receiver.of("robot")) >= 2, "the probe")
            await stage.until(lambda: len(here.receiver.taken("audit")) >= 4, "its end")
            first, probe = here.receiver.of("robot")[:2]
            waited = sent_at(probe) - sent_at(first)
            stage.row.when.append(f"the first probe after {waited / 60:.1f} min")
            good = MINUTES * 60 <= waited <= (MINUTES + 2) * 60
            stage.expect(good, f"the probe came after {waited:.0f} s")
            stage.expect(probe.taken, "the probe was not taken")


def _complaints(taken: list[Taken]) -> list[Taken]:
    return [one for one in taken if type_of(one) == "undeliverable began"]


CASES = tuple(
    Case(
        f"receiver-{name}",
        fault,
        "DingTalk",
        "throttled: nothing is sent for 10 minutes; `undeliverable` only after its `for`; "
        "then everything",
        partial(play, body),
    )
    for name, fault, body in (
        ("punish", "200 with the gateway's throttle body, without errcode", PUNISH),
        ("too-fast", "errcode 130101 with 200", TOO_FAST),
    )
)
