"""`python -m tests.acceptance.crash N`: N kills at random moments, and some at every step.

Prints its table, then every fault in words; exit code 1 where there is one.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import anyio
import click
from anyio.abc import TaskGroup

from tests.acceptance.crash.judge import Verdict, judge
from tests.acceptance.crash.killing import STEPS
from tests.acceptance.crash.lives import End
from tests.acceptance.crash.report import Row, table
from tests.acceptance.crash.run import run

SIDE_BY_SIDE = 6
KILLS_A_WORLD = 15
STEPS_A_WORLD = 10
RANDOM = "at a random moment"
MOST = {
    "fetched": 8,
    "decided": 6,
    "committing": 6,
    "written": 6,
    "committed": 6,
    "sending": 40,
    "answered": 40,
    "settling": 15,
    "settled": 15,
    "migrating": 3,
    "migrated": 1,
    "released": 1,
    "reloading": 3,
    "reloaded": 3,
}
"""From one to which call of a step the process is killed; 2 where a step is not named."""
AT_A_START = ("migrating", "migrated", "released")
"""Steps of a start: between two of them a life is killed with sends under way."""

TROUBLES = (AssertionError, TimeoutError, OSError, ExceptionGroup)
"""What ends one world and leaves the others, such as a machine that is far too busy."""


class World(NamedTuple):
    """One run that is to be made."""

    row: Row
    ends: tuple[End, ...]
    seed: int


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.acceptance.crash", description=__doc__)
    parser.add_argument("number", type=int, help="kills at random moments")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--steps", nargs="*", choices=STEPS, default=list(STEPS))
    parser.add_argument("--keep", type=Path, help="leave every world's files in this folder")
    given = parser.parse_args()
    began = time.monotonic()
    rows = {name: Row(STEPS[name].words) for name in given.steps} | {RANDOM: Row(RANDOM)}
    worlds = list(_worlds(rows, given.number, random.Random(given.seed)))
    anyio.run(_run_all, worlds, given.keep)
    click.echo(table(row for row in rows.values() if row.verdicts))
    click.echo(
        f"\n{sum(row.kills for row in rows.values())} kills in {time.monotonic() - began:.0f} s; "
        f"Python {platform.python_version()}, {os.cpu_count()} CPUs; seed {given.seed}"
    )
    faults = [fault for row in rows.values() for fault in row.faults]
    for fault in faults:
        click.echo(fault)
    if faults:
        click.echo(
            f"to look closer: python -m tests.acceptance.crash {given.number} --seed "
            f"{given.seed} --keep FOLDER keeps every log, file and store"
        )
    whole = sum(len(row.verdicts) for row in rows.values()) == len(worlds)
    sys.exit(0 if whole and not faults else 1)


async def _run_all(worlds: list[World], keep: Path | None) -> None:
    """Run the worlds, some side by side, and put each verdict into its row."""
    limit, progress = anyio.CapacityLimiter(SIDE_BY_SIDE), Progress(worlds)

    async def one(world: World, folder: Path) -> None:
        async with limit:
            folder.mkdir(parents=True)
            try:
                evidence = await run(folder, world.ends, world.seed, progress.step)
            except TROUBLES as error:
                world.row.verdicts.append(Verdict(troubles=[f"broken off: {error!r}"]))
                return
            world.row.kills += len(evidence.kills)
            world.row.verdicts.append(judge(evidence))

    with (
        tempfile.TemporaryDirectory(prefix="watcher-crash-") as temporary,
        anyio.open_signal_receiver(signal.SIGTERM) as told_to_stop,
    ):
        async with anyio.create_task_group() as stopping:
            stopping.start_soon(_cancel_when_told, told_to_stop, stopping)
            async with anyio.create_task_group() as group:
                for place, world in enumerate(worlds):
                    group.start_soon(one, world, (keep or Path(temporary)) / str(place))
            stopping.cancel_scope.cancel()
    progress.end()


class Progress:
    """One line on a terminal that says how far it is."""

    def __init__(self, worlds: Sequence[World]) -> None:
        self._done, self._total = 0, sum(len(world.ends) for world in worlds)
        self._shown = sys.stderr.isatty()

    def step(self) -> None:
        """One more kill."""
        self._done += 1
        if self._shown:
            click.echo(f"\r{self._done} of {self._total} kills ", nl=False, err=True)

    def end(self) -> None:
        """Make room for the table."""
        if self._shown:
            click.echo(err=True)


async def _cancel_when_told(told: AsyncIterator[signal.Signals], group: TaskGroup) -> None:
    """End every process that was started here when this one is told to stop."""
    async for number in told:
        click.echo(f"\n{number.name}: not finished", err=True)
        group.cancel_scope.cancel()


def _worlds(rows: dict[str, Row], number: int, chance: random.Random) -> Iterator[World]:
    """The longest first, so that none is left to run alone at the end."""
    for begin in range(0, number, KILLS_A_WORLD):
        kills = min(KILLS_A_WORLD, number - begin)
        yield World(rows[RANDOM], (End(),) * kills, chance.getrandbits(32))
    for name, row in rows.items():
        if name == RANDOM:
            continue
        for begin in range(0, times := max(2, number // 50), STEPS_A_WORLD):
            numbers = [chance.randint(1, MOST.get(name, 2)) for _ in range(begin, times)]
            ends = [End(name, which) for which in numbers[:STEPS_A_WORLD]]
            if name in AT_A_START:
                ends = [end for one in ends for end in (one, End("answered", 3))]
            yield World(row, tuple(ends), chance.getrandbits(32))


if __name__ == "__main__":
    main()
