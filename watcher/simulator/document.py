"""Read the tables of a scenario key by key, and collect everything that is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches
from typing import Final, TypeAlias

Value: TypeAlias = object
_SPAN: Final = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_UNITS: Final = (("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600), ("d", 86400))
_LONGEST_SPAN: Final = timedelta(days=36_500)
_HEADER: Final = re.compile(r"\s*\[\[\s*([A-Za-z0-9_-]+)\s*\]\]")
_SECRET: Final = re.compile("secret|token")
_MULTILINE: Final = re.compile(r'"""|\'\'\'')


class ScenarioError(ValueError):
    """A scenario, or a request to the control endpoints, is not usable.

    `problems` are sentences with file, line and key; the error's text is all of them, a line each.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Document:
    """Where tables come from: a name for people, and the text if there is one to find lines in."""

    name: str
    text: str = ""

    def line_of(self, table: str | None, index: int, key: str | None) -> int | None:
        """Return the line of the key in the `index`-th [[table]] (or at the top), if it is found.

        That is else the table's header, or for a key at the top the first [[key]].
        """
        sections = _sections(self.text)
        of_table = [section for section in sections if section.table == table]
        if index >= len(of_table):
            return None
        section = of_table[index]
        for number, line in section.lines:
            if key and _begins_with_key(line, key):
                return number
        if table is None:
            return next((each.header for each in sections if each.table == key and key), None)
        return section.header


@dataclass(frozen=True, slots=True)
class Place:
    """One table of a document: the `index`-th of the array `table`, or the top level."""

    document: Document
    table: str | None = None
    index: int = 0

    def describe(self, key: str | None, words: str) -> str:
        """Return "file:line: steps[2].at: words"."""
        line = self.document.line_of(self.table, self.index, key)
        where = self.document.name if line is None else f"{self.document.name}:{line}"
        steps = f"{self.table}[{self.index + 1}]" if self.table else ""
        path = ".".join(part for part in (steps, key) if part)
        return f"{where}: {path}: {words}" if path else f"{where}: {words}"


class TableReader:
    """Reads one table: each method reads one key, and notes a problem if its value is not usable.

    A key that is absent or not usable reads as None. `finish` notes the keys that nobody read.
    """

    def __init__(self, table: Mapping[str, Value], place: Place, problems: list[str]) -> None:
        self._table = table
        self._place = place
        self._problems = problems
        self._known: dict[str, None] = {}
        self._noted = False

    def has(self, key: str) -> bool:
        """Return whether the table holds the key, with whatever value."""
        self._known[key] = None
        return key in self._table

    def note(self, key: str | None, words: str) -> None:
        """Note a problem with that key."""
        self._noted = True
        self._problems.append(self._place.describe(key, words))

    def text(self, key: str) -> str | None:
        """Read a string that is not empty."""
        value = self._get(key)
        if value is None or (isinstance(value, str) and value):
            return value
        self._wrong(key, "a string that is not empty")
        return None

    def choice(self, key: str, allowed: Sequence[str]) -> str | None:
        """Read a string that is one of these words."""
        value = self.text(key)
        if value is None or value in allowed:
            return value
        self.note(key, f"{value!r} is not known{_hint(value, allowed)}; one of {_listed(allowed)}")
        return None

    def flag(self, key: str) -> bool | None:
        """Read true or false."""
        value = self._get(key)
        if value is None or isinstance(value, bool):
            return value
        self._wrong(key, "true or false")
        return None

    def whole(self, key: str, least: int | None = None) -> int | None:
        """Read a whole number, not below `least`."""
        value = self._get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int):
            self._wrong(key, "a whole number")
            return None
        if least is not None and value < least:
            self._wrong(key, f"a whole number from {least}")
            return None
        return value

    def span(self, key: str) -> timedelta | None:
        """Read a span such as "500ms", "10s", "5m", "1h", "2d"."""
        value = self._get(key)
        if value is None:
            return None
        match = _SPAN.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            self._wrong(key, 'a span such as "500ms", "10s", "5m", "1h"')
            return None
        seconds = float(match[1]) * dict(_UNITS)[match[2]]
        if seconds > _LONGEST_SPAN.total_seconds():
            self._wrong(key, f"a span of at most {_LONGEST_SPAN.days}d")
            return None
        return timedelta(seconds=seconds)

    def texts(self, key: str) -> tuple[str, ...] | None:
        """Read a list of strings that are not empty."""
        value = self._get(key)
        if value is None:
            return None
        if not isinstance(value, list):
            self._wrong(key, "a list of strings")
            return None
        texts = tuple(item for item in value if isinstance(item, str) and item)
        if len(texts) == len(value):
            return texts
        self._wrong(key, "a list of strings")
        return None

    def inner(self, key: str) -> TableReader:
        """Return a reader of the table within this one, empty where there is none."""
        value = self._get(key)
        table = value if isinstance(value, dict) else {}
        return TableReader(table, self._place, self._problems)

    def tables(self, key: str) -> list[Mapping[str, Value]]:
        """Read an array of tables; none where it is absent."""
        value = self._get(key)
        if isinstance(value, list) and all(isinstance(item, dict) for item in value):
            return value
        if value is not None:
            self.note(key, f"is written as [[{key}]], once for each")
        return []

    def is_table(self, key: str) -> bool:
        """Return whether the key holds a table."""
        return isinstance(self._get(key), dict)

    def holds_true(self, key: str) -> bool:
        """Return whether the key holds true."""
        return self._get(key) is True

    def ignore_rest(self) -> None:
        """Do not note keys that nobody read."""
        self._known |= dict.fromkeys(self._table)

    @property
    def sound(self) -> bool:
        """Whether no problem was noted here so far and every key was read."""
        return not self._noted and self._table.keys() <= self._known.keys()

    def finish(self) -> None:
        """Note every key of the table that no method has asked for, with the nearest known one."""
        for key in sorted(self._table.keys() - self._known.keys()):
            hint = _hint(key, tuple(self._known))
            self.note(key, f"unknown key{hint}; known are {_listed(sorted(self._known))}")

    def _get(self, key: str) -> Value:
        self._known[key] = None
        return self._table.get(key)

    def _wrong(self, key: str, wanted: str) -> None:
        found = "a value (hidden)" if _SECRET.search(key) else repr(self._table[key])
        self.note(key, f"found {found}, wanted {wanted}")


@dataclass(frozen=True, slots=True)
class _Section:
    """The lines below one [[table]] header; the top of the text has none."""

    table: str | None
    header: int
    lines: list[tuple[int, str]]


def _sections(text: str) -> list[_Section]:
    sections = [_Section(None, 0, [])]
    for number, line in _lines_outside_strings(text):
        if match := _HEADER.match(line):
            sections.append(_Section(match[1], number, []))
        else:
            sections[-1].lines.append((number, line))
    return sections


def _lines_outside_strings(text: str) -> list[tuple[int, str]]:
    """Return the numbered lines that do not begin within a multi-line string."""
    outside, lines = True, []
    for number, line in enumerate(text.splitlines(), start=1):
        if outside:
            lines.append((number, line))
        if len(_MULTILINE.findall(line)) % 2:
            outside = not outside
    return lines


def _begins_with_key(line: str, key: str) -> bool:
    return re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*[=.]", line) is not None


def _hint(found: str, known: Sequence[str]) -> str:
    nearest = get_close_matches(found, known, n=1)
    return f", did you mean {str(nearest[0])!r}" if nearest else ""


def _listed(words: Sequence[str]) -> str:
    return ", ".join(words)
