"""One run: a world in which the watcher is killed again and again, and then may finish."""

from __future__ import annotations

import random
import signal
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import anyio
from anyio.abc import Process

from tests.acceptance.crash import chat
from tests.acceptance.crash.aging import age
from tests.acceptance.crash.changing import JOBS, PROJECT, SLOW, Changing
from tests.acceptance.crash.counting import counting
from tests.acceptance.crash.evidence import CHAT, WEBHOOK, Evidence, Kill, Reading, Seen
from tests.acceptance.crash.judge import unsaved_attempts
from tests.acceptance.crash.lives import End, World, end_at_random, end_at_step, living
from tests.acceptance.waiting import eventually, eventually_so
from watcher.ports import StoreError
from watcher.simulator import Answer, Job, Simulator
from watcher.simulator.history import History
from watcher.store.open import open_reader

FINISHES_WITHIN = 240.0
"""Seconds in which everything must be told once all is calm: a chat's limit is 18 a minute."""
STOPS_WITHIN = 20.0
MADE = "migrated"
"""The step at whose end a store is whole, one that was made anew too."""
MIGRATIONS = ("migrating", MADE)
SPANS = ("3s", "20s", "1h")
"""Spans for which the ledger must balance, besides for ever."""

Told = Callable[[], None]


async def run(folder: Path, ends: Sequence[End], seed: int, killed: Told) -> Evidence:
    """Kill the watcher in each of these ways, let it finish, and give back what there is to judge.

    `killed` is called after each kill.  Equal seeds give equal chances, but not equal moments.
    """
    chance = random.Random(seed)
    simulator = Simulator()
    jobs = {name: simulator.add_job(PROJECT, name) for name in JOBS}
    async with simulator.serve() as api, counting(chance) as receivers:
        here = World(folder, api, simulator, receivers, chance)
        here.write()
        if ends[0].step == MADE:
            # The file is not there yet, so that its making is what is cut off.
            await _kill(here, ends[0], killed)
            ends = ends[1:]
        await _first_look(here)
        async with _changes(here, ends):
            for end in ends:
                if end.step in MIGRATIONS:
                    age(here.store)
                await _kill(here, end, killed)
        receivers.calm = True
        await _finish(here)
        here.books += await _books(here)
    return _evidence(here, jobs)


@asynccontextmanager
async def _changes(here: World, ends: Sequence[End]) -> AsyncIterator[None]:
    for_chat = any((end.step or "").endswith(("-chat", "bundling")) for end in ends)
    changing = Changing(here.simulator, here.chance, cluster_every=3.0 if for_chat else 6.0)
    async with anyio.create_task_group() as group:
        group.start_soon(changing.fast)
        group.start_soon(changing.slow)
        yield
        group.cancel_scope.cancel()


async def _first_look(here: World) -> None:
    """A first life that ends well: what its reading shows is the baseline of all that follows."""
    async with living(here) as process:
        await _good_polls(here, process, 1)
        await _stop(here, process)


async def _kill(here: World, end: End, killed: Told) -> None:
    async with living(here, end) as process:
        await (end_at_step(here, process, end) if end.step else end_at_random(here, process))
    if process.returncode == -signal.SIGKILL:
        # One that was told to stop may have ended well before.
        await here.note_death()
    killed()


async def _finish(here: World) -> None:
    """Nothing changes or fails any more: everything is read once more, and told."""
    async with living(here) as process:
        try:
            await _good_polls(here, process, 2)
            await eventually_so(lambda: _is_over(here, process), within=FINISHES_WITHIN)
        except (AssertionError, StoreError) as error:
            here.troubles.append(f"not all was told at the end: {error}")
        await _stop(here, process)
    here.troubles += [
        f"life {life}: {line}"
        for life in range(1, here.life + 1)
        for line in here.log_of(life)
        if line["event"] in ("loop_broke", "attempt_broke")
    ]


async def _good_polls(here: World, process: Process, number: int) -> None:
    def over() -> bool:
        return process.returncode is not None or len(_good(here, here.life)) >= number

    await eventually(over, within=FINISHES_WITHIN)


async def _stop(here: World, process: Process) -> None:
    if process.returncode is None:
        process.terminate()
    with anyio.move_on_after(STOPS_WITHIN):
        await process.wait()
    if process.returncode != 0:
        here.note_end(process)


async def _is_over(here: World, process: Process) -> bool:
    """Whether nothing waits any more; a process that ended by itself has nothing more to tell."""
    if process.returncode is not None:
        return True
    reader = await open_reader(here.store)
    try:
        book = await reader.ledger()
    finally:
        await reader.close()
    await anyio.sleep(0.2)
    return not any(account.waiting for account in book.accounts)


async def _books(here: World) -> list[str]:
    """What `watcher ledger` does not balance, ever and for some time; attempts never saved."""
    found: list[str] = []

    async def balance(*since: str) -> None:
        done = await here.call("ledger", "--json", *since)
        if done.code != 0:
            found.append(f"watcher ledger {' '.join(since)}: {done.code} {done.out} {done.err}")

    async with anyio.create_task_group() as group:
        group.start_soon(balance)
        group.start_soon(balance, "--since", here.chance.choice(SPANS))
    try:
        saved = await here.saved_attempts()
    except StoreError as error:
        return [*found, str(error)]
    return found + unsaved_attempts(saved, here.receivers.arrivals)


def _evidence(here: World, jobs: Mapping[str, Job]) -> Evidence:
    if not here.simulator.history.complete:
        here.troubles.append("the simulated API has forgotten what it did")
    arrivals = here.receivers.arrivals
    here.troubles += chat.too_many([one for one in arrivals if one.channel == CHAT])
    return Evidence(
        readings=tuple(_readings(here, jobs)),
        arrivals=tuple(arrivals),
        kills=tuple(
            Kill(life, {name: here.receivers.ids_of(life, name) & ids for name in (WEBHOOK, CHAT)})
            for life, ids in here.leased.items()
        ),
        chat_jobs=frozenset(SLOW),
        troubles=tuple(here.troubles),
        books=tuple(here.books),
    )


def _readings(here: World, jobs: Mapping[str, Job]) -> Iterator[Reading]:
    answers = [one for one in here.simulator.history.answers() if one.returned]
    completed = {
        number for life in range(1, here.life + 1) for number in _completed(here, life, answers)
    }
    for answer, seen in _states(here.simulator.history, jobs, answers):
        yield Reading(answer.number, answer.at, seen, answer.number in completed)


def _states(
    history: History, jobs: Mapping[str, Job], answers: Sequence[Answer]
) -> Iterator[tuple[Answer, dict[str, Seen]]]:
    """What each answer said of every job, from the record of all changes."""
    now, seen = dict(jobs), {name: _seen(job) for name, job in jobs.items()}
    changes = iter(history.changes(after_revision=len(jobs)))
    upcoming = next(changes, None)
    for answer in answers:
        while upcoming is not None and upcoming.revision <= answer.revision:
            after = {name: pair[1] for name, pair in upcoming.fields.items()}
            now[upcoming.job] = replace(now[upcoming.job], **after)  # type: ignore[arg-type]
            seen = {**seen, upcoming.job: _seen(now[upcoming.job])}
            upcoming = next(changes, None)
        yield answer, seen


def _seen(job: Job) -> Seen:
    return Seen(
        job.expect_state or "",
        job.actual_state or "",
        job.instance_id or 0,
        job.engine_job_handler or "",
        job.last_error_time or 0,
    )


def _good(here: World, life: int) -> list[float]:
    """When a process logged a poll that read every job."""
    polls = (line for line in here.log_of(life) if line["event"] == "poll")
    return [
        datetime.fromisoformat(str(line["timestamp"])).timestamp()
        for line in polls
        if line["jobs"] == len(JOBS) and not line["failed"]
    ]


def _completed(here: World, life: int, answers: Sequence[Answer]) -> Iterator[int]:
    """The answers that a process has taken in: the last one before each of its good polls."""
    for before, at in pairwise([0.0, *_good(here, life)]):
        found = [one.number for one in answers if before < one.at <= at]
        if found:
            yield found[-1]
