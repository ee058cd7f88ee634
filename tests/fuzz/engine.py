"""Runs one target under libFuzzer; started by `python -m tests.fuzz`, in a process of its own.

`python -m tests.fuzz.engine raw|shaped TARGET SCRATCH [libFuzzer's flags and folders]`
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

import atheris

WATCHED = ["watcher", "tomllib", "email", "urllib", "defusedxml"]
"""Packages whose every branch guides the search; they must not be imported before."""

with atheris.instrument_imports(include=WATCHED, enable_loader_override=False):
    from hypothesis import HealthCheck, given, settings

    from tests.fuzz.target import Target
    from tests.fuzz.targets import load


def main() -> None:
    mode, name, scratch, *flags = sys.argv[1:]
    with atheris.instrument_imports(include=WATCHED, enable_loader_override=False):
        target = load(name)
    property_of = target.check if mode == "raw" else shaped(target, scratch)
    atheris.Setup([sys.argv[0], *flags], property_of)
    atheris.Fuzz()


def shaped(target: Target, scratch: str) -> Callable[[bytes], object]:
    """The property over choices, from which hypothesis makes an input of the right shape.

    Each input stands in the file `scratch` while it is tried, so that one which never ends is kept
    too.
    """
    descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)

    @settings(database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(target.shaped)
    def tried(written: bytes) -> None:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, written, 0)
        target.check(written)

    handle: Any = tried
    one_input: Callable[[bytes], object] = handle.hypothesis.fuzz_one_input
    return one_input


if __name__ == "__main__":
    main()
