"""`python -m tests.acceptance.crash N`: N kills at random moments, and some at every step.

Prints its table, then every fault in words; exit code 1 where there is one.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import anyio
import click

from tests.acceptance.crash.judge import judge
from tests.acceptance.crash.killing import STEPS
from tests.acceptance.crash.lives import End
from tests.acceptance.crash.report import Row, table
from tests.acceptance.crash.run import run

SIDE_BY_SIDE = 5
KILLS_A_WORLD = 20
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
    rows = anyio.run(_run_all, given.number, given.steps, given.seed, given.keep)
    click.echo(table(rows))
    click.echo(
        f"\n{sum(row.kills for row in rows)} kills in {time.monotonic() - began:.0f} s; "
        f"Python {platform.python_version()}, {os.cpu_count()} CPUs; seed {given.seed}"
    )
    faults = [fault for row in rows for fault in row.faults]
    for fault in faults:
        click.echo(fault)
    sys.exit(1 if faults else 0)


async def _run_all(number: int, steps: list[str], seed: int, keep: Path | None) -> list[Row]:
    chance = random.Random(seed)
    rows = {name: Row(STEPS[name].words) for name in steps} | {RANDOM: Row(RANDOM)}
    worlds = list(_worlds(rows, number, chance))
    total, limit = sum(len(world.ends) for world in worlds), anyio.CapacityLimiter(SIDE_BY_SIDE)
    done = [0]

    def killed() -> None:
        done[0] += 1
        if sys.stderr.isatty():
            click.echo(f"\r{done[0]} of {total} kills ", nl=False, err=True)

    async def one(world: World, folder: Path) -> None:
        async with limit:
            folder.mkdir(parents=True)
            evidence = await run(folder, world.ends, world.seed, killed)
            world.row.kills += len(world.ends)
            world.row.verdicts.append(judge(evidence))

    with tempfile.TemporaryDirectory(prefix="watcher-crash-") as temporary:
        async with anyio.create_task_group() as group:
            for place, world in enumerate(worlds):
                group.start_soon(one, world, (keep or Path(temporary)) / str(place))
    if sys.stderr.isatty():
        click.echo("\r", nl=False, err=True)
    return [row for row in rows.values() if row.kills]


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
