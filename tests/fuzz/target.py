"""What is fuzzed: a property over bytes, and how to make bytes that reach deep into it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from hypothesis.strategies import SearchStrategy

CORPUS: Final = Path(__file__).with_name("corpus")
"""A folder for each target: inputs that are worth keeping, and each that once broke something."""


class Target(NamedTuple):
    """A property, and what to try it on.

    `check` raises where any input whatever breaks the property.  `shaped` makes inputs that look
    like the real thing.  `words` are pieces that libFuzzer puts into what it changes; `longest` is
    how many bytes it may try.
    """

    check: Callable[[bytes], None]
    shaped: SearchStrategy[bytes]
    words: tuple[str, ...] = ()
    longest: int = 4096


def kept(name: str) -> list[Path]:
    """The corpus of a target, in order."""
    return sorted(path for path in (CORPUS / name).iterdir() if path.is_file())
