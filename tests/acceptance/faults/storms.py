"""Two thousand jobs at once while every channel is down for an hour, its time being sped up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import partial
from itertools import pairwise

from tests.acceptance.faults.case import Case
from tests.acceptance.faults.faked import QuickClock
from tests.acceptance.faults.stage import PATIENCE, Stage, proxied, type_of
from tests.acceptance.faults.throttles import sent_at
from tests.acceptance.receiver import MINUTE, Manner, Taken
from tests.acceptance.waiting import eventually_so
from tests.acceptance.world import QUICK, World, job_down

FACTOR = 30
"""An hour is two minutes; a busy machine follows."""
MANY = 2_000
HOUR = 3600.0
RETURN_WITHIN = 60.0
SLACK = 3.0 * FACTOR
"""Seconds of its time that a busy machine may add: three of ours."""
DIGESTED_WITHIN = 900.0 + 30 * FACTOR
"""A quarter of an hour, and half a minute of ours that a busy machine may add."""
MOST_IN_A_MINUTE = 20
MOST_MESSAGES = 100
MOST_ON_DISK = 96 * 2**20
SINGLY = "storm = 0"
"""What is judged is what many messages do, not that many jobs are one."""
PATIENT = 'timeout = "30s"'
CHANNELS = {"hook": "webhook", "robot": "dingtalk", "chat": "slack"}
NAMES = tuple(f"job_{number:04}" for number in range(MANY))
ERROR = "java.io.IOException: disk full"


async def play(stage: Stage) -> None:
    """All fail when the hour begins and recover half-way; at its end everything is told."""
    clock = QuickClock(FACTOR)
    async with stage.world(*NAMES, now=clock.now) as here, proxied(here, "hook") as proxy:
        here.receiver.minute = 0.9 * MINUTE / FACTOR
        more = dict.fromkeys(CHANNELS, PATIENT)
        more["robot"] += '\nsecret = "SECstorm"'
        here.write(*_rules(), channels=CHANNELS, more=more, interval="30s", top=SINGLY)
        here.receiver.answer("robot", Manner(status=503, body=""))
        here.receiver.answer("chat", Manner(reset=True))
        proxy.refuse()
        async with stage.watching(here, env=clock.env, most_on_disk=MOST_ON_DISK) as service:
            stage.begin()
            began = clock.now()
            _change(here, "FAILED")
            await service.decided(3 * MANY)
            await stage.until(lambda: clock.now() - began > HOUR / 2, "half an hour")
            _change(here, "RUNNING")
            await stage.until(lambda: clock.now() - began > HOUR, "an hour", within=200)
            before = {name: len(here.receiver.of(name)) for name in CHANNELS}
            here.receiver.manners.clear()
            await proxy.listen()
            back = stage.after()
            await _judge_return(stage, here, before, back)
            await _judge_hook(stage, here)
            await _judge_chats(stage, here, back)
            times = [sent_at(one) for one in here.receiver.of("robot")]
            _judge_tries(stage, times[: before["robot"] + 1])
            _judge_robot(stage, times)


def _rules() -> list[str]:
    """So many that a bundle each is more than a robot takes in two minutes."""
    globs = [f"job_{n:02}[{digits}]*" for n in range(MANY // 100) for digits in ("0-4", "5-9")]
    rules = [job_down(*CHANNELS, more=f'match = {{ job = "{glob}" }}\n{QUICK}') for glob in globs]
    name = 'name = "state-mismatch"'
    return [text.replace(name, f'name = "down-{n}"') for n, text in enumerate(rules)]


def _change(here: World, state: str) -> None:
    for name in NAMES:
        here.change(name, actual_state=state, last_error_message=ERROR)


async def _judge_return(stage: Stage, here: World, before: dict[str, int], back: float) -> None:
    for name, skip in before.items():
        await stage.until(partial(_more_than, here, name, skip), f"a first one on {name}")
        waited = (stage.after(here.receiver.of(name)[skip].at) - back) * FACTOR
        stage.note_over(f"first on {name}", max(waited, 0.0))
        stage.expect(waited <= RETURN_WITHIN + SLACK, f"{name} was first told after {waited:.0f} s")


def _more_than(here: World, name: str, number: int) -> bool:
    return len(here.receiver.of(name)) > number


async def _judge_hook(stage: Stage, here: World) -> None:
    """The webhook gets each beginning and each end, a job's in their order."""
    await stage.until(lambda: len(_of_jobs(here)) >= 2 * MANY, f"{2 * MANY:,} on hook")
    taken = _of_jobs(here)
    counts = Counter(map(type_of, taken))
    wanted = {"state-mismatch began": MANY, "state-mismatch recovered": MANY}
    stage.expect(counts == wanted, f"hook was told {dict(counts)}")
    orders: dict[str, list[int]] = {}
    for one in taken:
        orders.setdefault(one.data["job"], []).append(one.data["sequence"])
    wrong = [job for job, order in orders.items() if order != [1, 2]]
    stage.expect(not wrong, f"out of order or twice: {wrong[:5]}")


def _of_jobs(here: World) -> list[Taken]:
    """What hook was told of jobs, not of channels."""
    return [one for one in here.receiver.taken("hook") if one.data["job"] is not None]


async def _judge_chats(stage: Stage, here: World, back: float) -> None:
    """Everything is told, and nothing of it given up."""

    async def settled() -> bool:
        return not any(one.waiting for one in (await here.ledger()).accounts)

    await eventually_so(settled, within=PATIENCE)
    lost = [one for one in (await here.ledger()).accounts if one.dead or one.dropped]
    stage.expect(not lost, f"given up: {lost}")
    took = (stage.after() - back) * FACTOR
    stage.row.over.append(f"all told after {took / 60:.0f} min")
    stage.expect(took <= DIGESTED_WITHIN, f"all was told after {took:.0f} s only")
    for name in ("robot", "chat"):
        number = len(here.receiver.taken(name))
        stage.expect(number <= MOST_MESSAGES, f"{name} took {number} messages")


def _judge_tries(stage: Stage, times: Sequence[float]) -> None:
    """While the robot fails it is tried each minute at least, so that its return is seen soon."""
    longest = max(later - earlier for earlier, later in pairwise(times))
    stage.row.when.append(f"robot: tried after {longest:.0f} s at most")
    stage.expect(longest <= RETURN_WITHIN + SLACK, f"the robot was not tried for {longest:.0f} s")


def _judge_robot(stage: Stage, times: Sequence[float]) -> None:
    """By the sender's own clock, which every message bears."""
    most = max(sum(at <= other < at + MINUTE for other in times) for at in times)
    stage.row.when.append(f"robot: {most} at most in 60 s")
    stage.expect(most <= MOST_IN_A_MINUTE, f"the robot was sent {most} in 60 s")


CASES = (
    Case(
        "storm",
        f"{MANY:,} jobs fail and recover while all channels are down for an hour (time × {FACTOR})",
        "webhook, DingTalk, Slack",
        "the first within 60 s of the return; the webhook gets 2,000 + 2,000 in order; chats get "
        "bundles, the robot never over 20 in 60 s; memory and file stay bounded",
        play,
        share=2,
        limit=280,
    ),
)
