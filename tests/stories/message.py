"""One message as a page of a story writes it: when it came, what it is about, what it says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

_FOLDED = re.compile(r"(.*)\{(\d+)\.\.(\d+)\}")
_NUMBERED = re.compile(r"(.*?)(\d+)")
_FEW = 2
_PART = re.compile(r"(?P<type>\S+?)(?: \((?P<reason>[^)]+)\))?: (?P<who>.+)")


@dataclass(frozen=True)
class Part:
    """One thing that a message tells: `KIND.STATUS`, why it is told now, and of whom.

    `who` are names of jobs, or @source, @channel:NAME, @watcher.
    """

    type: str
    reason: str
    who: tuple[str, ...]

    @property
    def kind(self) -> str:
        return self.type.partition(".")[0]

    def written(self) -> str:
        return f"{self.type} ({self.reason}): {', '.join(fold(self.who))}"


@dataclass(frozen=True)
class Message:
    """One message that came, so many seconds after the story's first request."""

    at: int
    parts: tuple[Part, ...]
    text: str

    def head(self) -> str:
        return f"{self.at} s · " + "; ".join(part.written() for part in self.parts)


def read_head(line: str) -> tuple[int, tuple[Part, ...]]:
    """What `Message.head` wrote."""
    when, _, about = line.partition(" · ")
    return int(when.removesuffix(" s")), tuple(_read_part(one) for one in about.split("; "))


def _read_part(written: str) -> Part:
    found = _PART.fullmatch(written)
    assert found, f"no part of a message: {written!r}"
    who = tuple(name for one in found["who"].split(", ") for name in unfold(one))
    return Part(found["type"], found["reason"] or "", who)


def fold(names: Iterable[str]) -> list[str]:
    """The names in order; three and more that differ in their last number alone as one."""
    folded: list[str] = []
    for stem, group in groupby(sorted(names, key=_by_number), key=lambda name: _by_number(name)[0]):
        folded += _fold_run(stem, list(group))
    return folded


def _fold_run(stem: str, names: list[str]) -> Iterator[str]:
    numbers = [_by_number(name)[1] for name in names]
    first, last = numbers[0], numbers[-1]
    if len(names) > _FEW and numbers == list(range(first, last + 1)):
        yield f"{stem}{{{first}..{last}}}"
    else:
        yield from names


def _by_number(name: str) -> tuple[str, int]:
    found = _NUMBERED.fullmatch(name)
    return (found[1], int(found[2])) if found else (name, -1)


def unfold(written: str) -> Iterator[str]:
    """The names that `fold` wrote as one."""
    found = _FOLDED.fullmatch(written)
    if found is None:
        yield written
        return
    for number in range(int(found[2]), int(found[3]) + 1):
        yield f"{found[1]}{number}"
