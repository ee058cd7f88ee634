"""The text of a file read as TOML: its values, their places, and what cannot be read."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from typing import Final

import msgspec

from watcher.config.faults import Fault
from watcher.config.positions import Place, Positions, Twice, locate, write_path

_AT: Final = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


class Document(msgspec.Struct, frozen=True):
    """What could be read; `values` is `None` where the faults left nothing to judge."""

    values: dict[str, object] | None
    positions: Positions
    faults: tuple[Fault, ...] = ()

    def __repr__(self) -> str:
        """How much was read; the values may be secrets."""
        return f"Document({len(self.values or ())} keys, {len(self.faults)} faults)"


def read_document(text: str) -> Document:
    """Read TOML; a second table of one name is a fault, and the rest is read all the same."""
    positions = locate(text)
    if positions.too_deep is not None:
        return Document(None, positions, (_too_deep(positions.too_deep),))
    outermost = _outermost(positions.twice)
    twice = tuple(_declared_twice(again) for again in outermost)
    blanked = _blank(text, (again.extent for again in outermost))
    try:
        values = tomllib.loads(blanked)
    except (ValueError, RecursionError) as error:
        return Document(None, positions, (*twice, _broken(error, text)))
    return Document(values, positions, twice)


def _too_deep(place: Place) -> Fault:
    return Fault(place.line, "", found="tables or lists that nest too deeply")


def _outermost(all_twice: Iterable[Twice]) -> list[Twice]:
    """Those that lie in no other one; of what is declared inside them nothing need be said."""
    found: list[Twice] = []
    for again in sorted(all_twice, key=lambda each: (each.extent[0], -each.extent[1])):
        if not found or again.extent[1] > found[-1].extent[1]:
            found.append(again)
    return found


def _declared_twice(again: Twice) -> Fault:
    key = write_path(again.path)
    hint = f"the first one is in line {again.first.line}; rename one, or make them one"
    return Fault(again.second.line, key, found=f"a second {key}", hint=hint)


def _blank(text: str, extents: Iterable[tuple[int, int]]) -> str:
    """`text` with blanks in place of what lies between, so that every line stays where it was."""
    source = bytearray(text, "utf-8", "replace")
    for start, end in extents:
        source[start:end] = bytes(
            sign if sign in b"\r\n" else ord(" ") for sign in source[start:end]
        )
    return source.decode()


def _broken(error: Exception, text: str) -> Fault:
    said = str(error)
    at = _AT.search(said)
    if at is None:
        return Fault(1, "", found="no TOML", hint=said)
    line = int(at[1]) if at[1] else text.count("\n") + 1
    return Fault(line, "", found="no TOML", hint=said[: at.start()])
