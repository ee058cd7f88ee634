"""Where each key of a TOML document stands, so that every fault can name its line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from itertools import accumulate
from typing import Final, NamedTuple

import msgspec
import tree_sitter_toml
from tree_sitter import Language, Node, Parser

from watcher.config.faults import quoted

KeyPath = tuple[str | int, ...]
"""Keys of tables and indices of lists from the document's top down to a value."""

DEEPEST: Final = 32
"""How deeply a document may nest; nothing in the file goes deeper than six."""

_KEYS: Final = frozenset({"bare_key", "quoted_key", "dotted_key"})
_NOT_ITEMS: Final = frozenset({"comment", "ERROR"})
_BARE: Final = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)


class Place(NamedTuple):
    """A line and a column, both from 1; the column counts characters."""

    line: int
    column: int


class Twice(NamedTuple):
    """A key or table that is declared a second time, which TOML forbids."""

    path: KeyPath
    first: Place
    second: Place
    extent: tuple[int, int]
    """From where to where, in bytes of the text as UTF-8, the second declaration reaches."""


class Positions(msgspec.Struct, frozen=True):
    """The places of keys and list items; `too_deep` is the first thing that nests too far."""

    places: Mapping[KeyPath, Place]
    twice: tuple[Twice, ...] = ()
    too_deep: Place | None = None

    def of(self, path: KeyPath) -> Place:
        """Where `path` stands; what is absent stands where the table that should hold it does."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.places:
                return self.places[path[:length]]
        return Place(1, 1)

    def line(self, path: KeyPath) -> int:
        """The line of `path`."""
        return self.of(path).line


def write_path(path: KeyPath) -> str:
    """A path as people read it: `rules[0].severity`, `channels."on call".url`."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{_written_key(step)}" for step in path)
    return "".join(steps).removeprefix(".")


def _written_key(key: str) -> str:
    return key if _BARE.fullmatch(key) else quoted(key)


def locate(text: str) -> Positions:
    """The places of everything in `text`; of a broken document as much as can be made out."""
    source = text.encode(errors="replace")
    tree = Parser(Language(tree_sitter_toml.language())).parse(source)
    survey = _Survey(source)
    survey.walk(tree.root_node)
    return Positions(survey.places, tuple(survey.twice), survey.too_deep)


class _Survey:
    """One walk over a syntax tree; it keeps its own stack, as a hostile file may nest deeply."""

    def __init__(self, source: bytes) -> None:
        self.places: dict[KeyPath, Place] = {}
        self.twice: list[Twice] = []
        self.too_deep: Place | None = None
        self._lines = source.split(b"\n")
        self._declared: dict[KeyPath, Place] = {}
        self._lengths: dict[KeyPath, int] = {}
        self._waiting: list[tuple[Node, KeyPath]] = []

    def walk(self, root: Node) -> None:
        for node in root.children:
            if _nests_too_far(node):
                self.too_deep = self.too_deep or self._place(node)
            elif node.type == "pair":
                self._pair(node, ())
            elif node.type == "table":
                self._table(node)
            elif node.type == "table_array_element":
                self._element(node)

    def _table(self, node: Node) -> None:
        keys = _keys_of(node)
        if keys is not None:
            path = self._in_lists(keys)
            self._declare(path, node)
            self._pairs(node, path)

    def _element(self, node: Node) -> None:
        keys = _keys_of(node)
        if keys is not None:
            head = (*self._in_lists(keys[:-1]), keys[-1])
            number = self._lengths.get(head, 0)
            self._lengths[head] = number + 1
            self._record((*head, number), self._place(node))
            self._pairs(node, (*head, number))

    def _in_lists(self, keys: tuple[str, ...]) -> KeyPath:
        """`keys` with the index of the latest element after each array of tables."""

        def extend(path: KeyPath, key: str) -> KeyPath:
            longer = (*path, key)
            number = self._lengths.get(longer)
            return longer if number is None else (*longer, number - 1)

        start: KeyPath = ()
        *_, path = accumulate(keys, extend, initial=start)
        return path

    def _pairs(self, node: Node, path: KeyPath) -> None:
        for child in node.children:
            if child.type == "pair":
                self._pair(child, path)

    def _pair(self, node: Node, table: KeyPath) -> None:
        self._queue_pair(node, table)
        while self._waiting:
            value, path = self._waiting.pop()
            if len(path) > DEEPEST:
                self.too_deep = self.too_deep or self._place(value)
            else:
                self._value(value, path)

    def _queue_pair(self, node: Node, table: KeyPath) -> None:
        keys = _keys_of(node)
        if keys is None:
            return
        path = (*table, *keys)
        self._declare(path, node)
        self._waiting.append((node.children[-1], path))

    def _value(self, node: Node, path: KeyPath) -> None:
        if node.type == "inline_table":
            for child in node.children:
                if child.type == "pair":
                    self._queue_pair(child, path)
        elif node.type == "array":
            for number, item in enumerate(_items_of(node)):
                self._record((*path, number), self._place(item))
                self._waiting.append((item, (*path, number)))

    def _declare(self, path: KeyPath, node: Node) -> None:
        place = self._place(node)
        first = self._declared.setdefault(path, place)
        if first is not place:
            extent = (node.start_byte, node.end_byte)
            self.twice.append(Twice(path, first, place, extent))
        self._record(path, place)

    def _record(self, path: KeyPath, place: Place) -> None:
        if len(path) > DEEPEST:
            self.too_deep = self.too_deep or place
            return
        # What is declared itself stands there, whatever implied it before.
        self.places[path] = self._declared.get(path, place)
        for length in range(1, len(path)):
            self.places.setdefault(path[:length], place)

    def _place(self, node: Node) -> Place:
        row, column = node.start_point
        before = self._lines[row][:column]
        return Place(row + 1, len(before.decode(errors="replace")) + 1)


def _key_in(node: Node) -> Node | None:
    return next((child for child in node.children if child.type in _KEYS), None)


def _nests_too_far(node: Node) -> bool:
    """Whether a declaration's key has so many parts that tomllib takes a minute to read it."""
    key, parts = _key_in(node), 1
    while key is not None and key.type == "dotted_key" and parts <= DEEPEST:
        key, parts = key.children[0], parts + 1
    return parts > DEEPEST


def _items_of(array: Node) -> Iterator[Node]:
    return (child for child in array.children if child.is_named and child.type not in _NOT_ITEMS)


def _keys_of(node: Node) -> tuple[str, ...] | None:
    """The keys that a pair or a table's header declares; `None` where they are broken."""
    key = _key_in(node)
    if key is None or key.text is None:
        return None
    try:
        value: object = tomllib.loads(f"{key.text.decode()} = 0")
    except (ValueError, RecursionError):
        return None
    keys: list[str] = []
    while isinstance(value, dict) and value:
        name, value = next(iter(value.items()))
        keys.append(name)
    return tuple(keys)
