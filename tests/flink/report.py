"""`make corpus-report`: how well fingerprints group the corpus, and what they get wrong."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

from tests.flink.corpus import Entry, load
from watcher.core.fingerprint import fingerprint

Group = Callable[[str], str]


class Score(NamedTuple):
    """Pairs of errors: grouped and alike, grouped but not alike, alike but not grouped."""

    right: int
    merged: int
    split: int

    @property
    def precision(self) -> float:
        """Of the pairs that are grouped, how many are alike."""
        return self.right / (self.right + self.merged)

    @property
    def recall(self) -> float:
        """Of the pairs that are alike, how many are grouped."""
        return self.right / (self.right + self.split)


class Pair(NamedTuple):
    """Two errors that are grouped wrongly."""

    one: Entry
    other: Entry
    together: bool


def score(entries: Sequence[Entry], group: Group = fingerprint) -> Score:
    """How a way of grouping does."""
    grouped = [(entry.label, group(entry.text)) for entry in entries]
    right = merged = split = 0
    for (label, name), (other_label, other_name) in combinations(grouped, 2):
        if label == other_label:
            right += name == other_name
            split += name != other_name
        else:
            merged += name == other_name
    return Score(right, merged, split)


def wrong(entries: Sequence[Entry], group: Group = fingerprint) -> Iterator[Pair]:
    """The pairs that a way of grouping gets wrong, one for each two jobs."""
    told = set()
    grouped = [(entry, group(entry.text)) for entry in entries]
    for (one, name), (other, other_name) in combinations(grouped, 2):
        if (one.label == other.label) == (name == other_name):
            continue
        if (jobs := frozenset({one.name, other.name})) not in told:
            told.add(jobs)
            yield Pair(one, other, name == other_name)


def line_of(name: str, entries: Sequence[Entry]) -> str:
    """One line of the report."""
    found = score(entries)
    labels = len({entry.label for entry in entries})
    return (
        f"{name:24} {len(entries):4} errors of {labels:3} labels: precision {found.precision:.4f}, "
        f"recall {found.recall:.4f} (pairs: {found.right} right, {found.merged} merged, "
        f"{found.split} split)"
    )


def report(entries: Sequence[Entry], *, with_held_out: bool) -> Iterator[str]:
    """The lines of the report; the held-out labels only where they are asked for."""
    seen = [entry for entry in entries if not entry.held_out]
    yield line_of("labels that were seen", seen)
    if with_held_out:
        yield line_of("labels held out", [entry for entry in entries if entry.held_out])
        yield line_of("all", entries)
        for version in sorted({entry.flink for entry in entries}):
            yield line_of(f"Flink {version}", [one for one in entries if one.flink == version])
    for one, other, together in wrong(entries if with_held_out else seen):
        yield f"{'merged' if together else 'split'}: {one.name} {one.run}, {other.name} {other.run}"


if __name__ == "__main__":
    print("\n".join(report(load(), with_held_out="--seen" not in sys.argv)))
