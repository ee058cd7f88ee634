"""`python -m tests.bench [NAME…] [--profile]`: measures everything, or what is named."""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from collections.abc import Awaitable, Callable
from functools import partial
from subprocess import SubprocessError
from types import MappingProxyType
from typing import Final, NamedTuple

import anyio

from tests.bench import alertmanager, burst, history, latency, memory, page, start, steady
from tests.bench.disk import filesystem_of, folder_on_disk, seconds_of_fsync
from tests.bench.figure import BenchError, Figure
from tests.bench.table import print_table
from watcher.ports import StoreError

LONGEST: Final = 175.0
"""Seconds for everything; what has not been measured by then is not."""

TROUBLES: Final = (BenchError, StoreError, SubprocessError, TimeoutError, ExceptionGroup, OSError)
"""What keeps one bench from being measured, and leaves the others."""


class Bench(NamedTuple):
    """What measures, whether it takes `profile`, and after how many seconds it is given up."""

    measure: Callable[..., Awaitable[list[Figure]]]
    limit: float
    profiles: bool = False


BENCHES: Final = MappingProxyType(
    {
        "start": Bench(start.measure, 60),
        "steady": Bench(steady.measure, 90, profiles=True),
        "memory": Bench(memory.measure, 60),
        "latency": Bench(latency.measure, 60),
        "page": Bench(page.measure, 90),
        "history": Bench(history.measure, 60),
        "burst": Bench(burst.measure, 80, profiles=True),
        "alertmanager": Bench(alertmanager.measure, 30),
    }
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHES))
    parser.add_argument(
        "--profile", action="store_true", help="also print where the time goes (steady, burst)"
    )
    given = parser.parse_args()
    if unknown := set(given.names) - set(BENCHES):
        parser.error(f"no such bench: {', '.join(sorted(unknown))}; there is {', '.join(BENCHES)}")
    began = time.monotonic()
    figures, whole = anyio.run(_measure_all, given.names or list(BENCHES), given.profile)
    print_table(figures, f"{_machine()}; {time.monotonic() - began:.0f} s in all")
    sys.exit(0 if whole else 1)


async def _measure_all(names: list[str], profile: bool) -> tuple[list[Figure], bool]:
    """The figures, and whether all could be measured; one that could not leaves the others."""
    figures: list[Figure] = []
    whole, ends_at = True, time.monotonic() + LONGEST
    for name in names:
        print(f"measuring {name} …", file=sys.stderr, flush=True)
        bench = BENCHES[name]
        measure = partial(bench.measure, profile=profile) if bench.profiles else bench.measure
        try:
            with anyio.fail_after(min(bench.limit, ends_at - time.monotonic())):
                figures += await measure()
        except TROUBLES as error:
            figures.append(Figure(name, "not measured", f"{type(error).__name__}: {error}"))
            whole = False
    return figures, whole


def _machine() -> str:
    with folder_on_disk() as folder:
        fsync = seconds_of_fsync(folder) * 1e3
        kind = filesystem_of(folder)
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg()[:2])
    return (
        f"Python {platform.python_version()}, {os.cpu_count()} CPUs, load {load}, "
        f"{kind} with {fsync:.2f} ms a durable 4 KiB write"
    )


if __name__ == "__main__":
    main()
