"""The wall clock stepped while everything that counts time is under way: none of it notices."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise

import anyio

from tests.acceptance.faults.case import Case
from tests.acceptance.faults.faked import SteppedClock
from tests.acceptance.faults.stage import PATIENCE, Stage, type_of
from tests.acceptance.receiver import GOOD, Manner, Taken
from tests.acceptance.waiting import eventually_so
from tests.acceptance.world import World, job_down, rule

HOUR, DAY = 3600, 86_400
PENDING = 30.0
"""`for` of the alert that is pending, and how long it has lasted when the clock is stepped."""
LASTED = 14.0
REMINDED = 15.0
TRIES_BEFORE = 4
"""Attempts at a receiver that fails, after which the next one is 8 s away (±20 %), then 16 s."""
CLEARED = 66.0
"""Seconds after which the store has been cleared of what is too old, once since the step."""
CROWD = 50
EACH = 0.6
"""Seconds from one beginning for the robot to the next: more than it takes, each on its own."""
MOST_IN_A_MINUTE = 20
MINUTE = 55.0
"""What a robot counts in: a busy machine holds single requests back by some seconds."""
SLACK = 12.0
"""Seconds that a busy machine may add: less than `LASTED`, or a clock begun anew would pass."""
NAMED = "the clock was set meanwhile"
"""Where a message says so, it also says how late that makes it by the wall."""
LONG_SPAN = re.compile(r"\b\d+ (?:h|d)\b")
CHANNELS = {"audit": "webhook", "hook": "webhook", "chat": "slack", "robot": "dingtalk"}


def _rules() -> list[str]:
    quick = 'for = "0s"\nkeep_firing_for = "0s"'
    rules = [
        _about("slow", "audit", "chat", more=f'for = "{PENDING:g}s"\nkeep_firing_for = "0s"'),
        _about("lasting", "audit", "hook", more=f'{quick}\nremind_every = "{REMINDED:g}s"'),
    ]
    # A rule each, so that they are no bundle.
    return rules + [_about(f"crowd_{n:02}", "robot", more=quick) for n in range(CROWD)]


def _about(job: str, *notify: str, more: str) -> str:
    text = rule(job, *notify, more=f'match = {{ job = "{job}" }}\n{more}')
    return text.replace(f'on = "{job}"', 'on = "state-mismatch"')


async def play(seconds: int, stage: Stage) -> None:
    """The clock is set, and the API's with it: a pending alert, reminders, a backoff, a limit."""
    clock = SteppedClock(stage.folder)
    crowd = [f"crowd_{n:02}" for n in range(CROWD)]
    async with stage.world("slow", "lasting", *crowd, now=clock.now) as here:
        # Single messages measure the waits; a storm of them would be one incident.
        here.write(*_rules(), channels=CHANNELS, top="storm = 0")
        here.receiver.answer("hook", Manner(status=503, body=""))
        here.receiver.minute = MINUTE
        async with (
            stage.watching(here, env=clock.env) as service,
            anyio.create_task_group() as aside,
        ):
            aside.start_soon(_fail_one_by_one, here, crowd)
            here.change("lasting", actual_state="FAILED")
            here.change("slow", actual_state="FAILED")
            changed = time.monotonic()
            await service.polled_again()
            pending = time.monotonic()
            await _attempts(stage, here, TRIES_BEFORE)
            await stage.until(lambda: time.monotonic() - pending >= LASTED, "time to pass")
            tries = len(_tries(here))
            stage.begin()
            clock.step(seconds)
            await _judge_pending(stage, here, (changed, pending), clock)
            await _judge_backoff(stage, here, tries)
            await _judge_reminders(stage, here)
            await _judge_end(stage, here)
            await _judge_limit(stage, here)
            await _judge_kept(stage, here, changed)
            await _judge_status(stage, here)
            _judge_words(stage, here)


async def _fail_one_by_one(here: World, jobs: Iterable[str]) -> None:
    for job in jobs:
        here.change(job, actual_state="FAILED")
        await anyio.sleep(EACH)


async def _attempts(stage: Stage, here: World, number: int) -> None:
    await stage.until(lambda: len(_tries(here)) >= number, f"{number} attempts on hook")


def _tries(here: World) -> list[Taken]:
    """The attempts at the first message for hook."""
    requests = here.receiver.of("hook")
    return [one for one in requests if one.id == requests[0].id]


async def _judge_pending(
    stage: Stage, here: World, began: tuple[float, float], clock: SteppedClock
) -> None:
    """It began between two times, and fires once it has lasted; neither at once nor anew."""
    await stage.until(lambda: _of(here, "slow", "began"), "the pending alert")
    fired = _of(here, "slow", "began")[0]
    stage.note_when(f"the pending alert (due after {PENDING:g} s)", fired.at)
    stage.expect(stage.after(fired.at) > 0, "the machine is too busy: it fired before the step")
    early, late = (fired.at - at for at in began)
    stage.expect(early >= PENDING, f"a pending alert fired after {early:.1f} s")
    stage.expect(late <= PENDING + SLACK, f"a pending alert fired after {late:.1f} s")
    detected = datetime.fromisoformat(fired.data["detected_at"]).timestamp()
    stage.expect(abs(detected - clock.now()) < 60, f"detected_at is {fired.data['detected_at']}")


async def _judge_backoff(stage: Stage, here: World, tries: int) -> None:
    """The wait after so many tries is as long as it would have been."""
    await _attempts(stage, here, tries + 1)
    last, following = _tries(here)[tries - 1 : tries + 1]
    gap, wanted = following.at - last.at, 2.0 ** (tries - 1)
    good = 0.7 * wanted <= gap <= 1.3 * wanted + SLACK
    stage.expect(good, f"the backoff of {wanted:g} s took {gap:.1f} s")
    stage.row.when.append(f"the next try {gap:.1f} s after the last (due after {wanted:g} s)")


async def _judge_reminders(stage: Stage, here: World) -> None:
    await stage.until(lambda: len(_of(here, "lasting", "reminder")) >= 3, "three reminders")
    told = [*_of(here, "lasting", "began"), *_of(here, "lasting", "reminder")]
    gaps = [later.at - earlier.at for earlier, later in pairwise(told)]
    good = all(REMINDED / 2 <= gap <= REMINDED + SLACK for gap in gaps)
    stage.expect(good, f"reminders came {', '.join(f'{gap:.1f}' for gap in gaps)} s apart")
    stage.row.when.append(f"reminders {gaps[0]:.0f}, {gaps[1]:.0f}, {gaps[2]:.0f} s apart")


async def _judge_end(stage: Stage, here: World) -> None:
    here.change("slow", actual_state="RUNNING")
    await stage.until(lambda: _of(here, "slow", "recovered"), "the end")
    stage.row.told.append(f"“{_of(here, 'slow', 'recovered')[0].data['summary']}”")


async def _judge_limit(stage: Stage, here: World) -> None:
    """The robot is never asked too often, and what waited for it is told in the end."""

    async def told_all() -> bool:
        book = await here.ledger()
        (robot,) = [one for one in book.accounts if one.channel == "robot"]
        return robot.notifications >= CROWD and robot.waiting == 0

    await eventually_so(told_all, within=PATIENCE)
    times = [one.at for one in here.receiver.of("robot")]
    most = max(sum(at <= other < at + MINUTE for other in times) for at in times)
    stage.expect(most <= MOST_IN_A_MINUTE, f"the robot was sent {most} in 60 s")
    stage.row.when.append(f"robot: {most} at most in 60 s")


async def _judge_kept(stage: Stage, here: World, began: float) -> None:
    """What waits for a receiver that fails is not given up, though the wall makes it look old."""
    await stage.until(lambda: time.monotonic() - began > CLEARED, "time to pass")
    here.receiver.answer("hook", GOOD)
    await stage.until(lambda: here.receiver.taken("hook"), "a message on hook")
    dead = {one.channel: one.dead for one in (await here.ledger()).accounts if one.dead}
    stage.expect(not dead, f"given up: {dead}")


async def _judge_status(stage: Stage, here: World) -> None:
    """`status` shows the step."""
    said = await here.call("status")
    stage.expect("clock" in said.out.lower(), "status says nothing of the clock")


def _judge_words(stage: Stage, here: World) -> None:
    texts = [one.data["summary"] for one in here.receiver.taken("audit")]
    texts += [one.text for name in ("chat", "robot") for one in here.receiver.taken(name)]
    for line in (line for text in texts for line in text.splitlines()):
        lived = NAMED in line or not LONG_SPAN.search(line)
        stage.expect(lived, f"a span that was never lived: {line}")
    for job in ("slow", "lasting"):
        stage.expect(len(_of(here, job, "began")) == 1, f"the beginning of {job} was told twice")
    kinds = {type_of(one) for one in here.receiver.taken("audit")}
    strange = kinds - {f"state-mismatch {why}" for why in ("began", "recovered", "reminder")}
    stage.expect(not strange, f"told because of the step: {strange}")


def _of(here: World, job: str, reason: str) -> list[Taken]:
    taken = here.receiver.taken("audit")
    return [one for one in taken if (one.data["job"], one.data["reason"]) == (job, reason)]


async def play_wrong(stage: Stage) -> None:
    """The machine's clock goes wrong by an hour, the API's does not; then it is right again."""
    clock = SteppedClock(stage.folder)
    async with stage.world("payments") as here:
        here.write(job_down(), rule("blind", more='for = "4s"'), interval="1s")
        async with stage.watching(here, env=clock.env):
            stage.begin()
            clock.step(HOUR)
            blind = (await here.told("audit", 1))[0]
            stage.note_when("blind", blind.at)
            stage.expect(type_of(blind) == "blind began", f"told {type_of(blind)}")
            summary = blind.data["summary"]
            stage.expect(re.search(r"off by 3(59|60)\d s", summary), f"not how far off: {summary}")
            stage.row.told.append(f"“{summary}”")
            clock.step(0)
            back = time.monotonic()
            _, seen = (await here.told("audit", 2))[:2]
            stage.note_over("sees again", seen.at - back)
            here.change("payments", actual_state="FAILED")
            await stage.until(
                lambda: type_of(here.receiver.taken("audit")[-1]) == "state-mismatch began",
                "the job's failure",
            )
            kinds = [type_of(one) for one in here.receiver.taken("audit")]
            wanted = ["blind began", "blind recovered", "state-mismatch began"]
            stage.expect(kinds == wanted, f"told {kinds}")


def _case(seconds: int) -> Case:
    by = timedelta(seconds=abs(seconds))
    name = f"{'plus' if seconds > 0 else 'minus'}-{'day' if by.days else 'hour'}"
    return Case(
        f"clock-{name}",
        f"wall clock {seconds:+d} s, monotonic untouched",
        "watcher",
        f"an alert pending for {LASTED:g} of {PENDING:g} s fires {PENDING - LASTED:g} s later; "
        "reminders, a backoff and the robot's minute go on; nothing is given up; spans are those "
        "that were lived; `status` shows the step",
        partial(play, seconds),
        limit=240,
    )


CASES = (
    *(_case(seconds) for seconds in (HOUR, -HOUR, DAY, -DAY)),
    Case(
        "clock-wrong",
        "the machine's clock an hour fast, the API's right",
        "API",
        "`blind` with how far the clock is off, its end once it is right",
        play_wrong,
    ),
)
