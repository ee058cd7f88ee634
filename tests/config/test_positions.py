"""Where keys stand."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.config.positions import DEEPEST, KeyPath, Place, locate, write_path

SAMPLE = """\
# a comment
store = "x"
"listen to" = { a = 1, b.c = [1, { d = 2 }] }

[accounts.main]
text = \"\"\"
[not.a.table]
key = 1
\"\"\"
after = 1

[[rules]]
name = "one"
[rules.match]
job = "x"
[[rules]]
name = "two"
notify = [
  "a",   # comment, with a comma
  "b",
]
"""


@pytest.mark.parametrize(
    "path, place",
    [
        (("store",), (2, 1)),
        (("listen to",), (3, 1)),
        (("listen to", "a"), (3, 17)),
        (("listen to", "b", "c"), (3, 24)),
        (("listen to", "b", "c", 1, "d"), (3, 36)),
        (("accounts",), (5, 1)),
        (("accounts", "main"), (5, 1)),
        (("accounts", "main", "after"), (10, 1)),
        (("rules", 0), (12, 1)),
        (("rules", 0, "match", "job"), (15, 1)),
        (("rules", 1, "name"), (17, 1)),
        (("rules", 1, "notify", 1), (20, 3)),
        (("rules", 1, "severity"), (16, 1)),
        (("nothing",), (1, 1)),
    ],
)
def test_places(path: KeyPath, place: tuple[int, int]) -> None:
    """Keys stand where they are written, and absent ones where their table begins."""
    assert Place(*place) == locate(SAMPLE).of(path)


def test_column_counts_characters() -> None:
    """A line in Chinese has the column that an editor shows."""
    assert Place(1, 18) == locate('"订" = { "单" = 1, b = 1 }').of(("订", "b"))


def test_second_declarations_name_both_places() -> None:
    """TOML's parser names only the second; people need both."""
    text = "[a.b]\nx = 1\n[c]\n[a.b]\n[d]\ny = 1\ny = 2\n"
    twice = [(again.path, again.first.line, again.second.line) for again in locate(text).twice]
    assert [(("a", "b"), 1, 4), (("d", "y"), 6, 7)] == twice


def test_elements_of_a_list_are_no_second_declaration() -> None:
    """The same key in two elements of an array of tables is two keys."""
    assert () == locate("[[r]]\nx = 1\n[r.m]\n[[r]]\nx = 1\n[r.m]\n").twice


@pytest.mark.parametrize("text", ["[" * 5000, "a = " + "[" * 5000, "a = " + "{b = " * 5000])
def test_hostile_nesting_is_survived(text: str) -> None:
    """A document that nests without end does not exhaust the stack."""
    assert locate(text).places is not None


def test_too_deep_is_named() -> None:
    """The first thing that nests too far is told by its place."""
    deep = "\na = " + "[" * (DEEPEST + 2) + "]" * (DEEPEST + 2)
    assert Place(2, 4 + DEEPEST + 1) == locate(deep).too_deep


@pytest.mark.parametrize(
    "path, expected",
    [
        (("rules", 0, "severity"), "rules[0].severity"),
        (("channels", "on call", "url"), 'channels."on call".url'),
        (("channels", 'a"b'), 'channels."a\\"b"'),
        ((), ""),
    ],
)
def test_write_path(path: KeyPath, expected: str) -> None:
    """Paths read as people would write them."""
    assert expected == write_path(path)


KEYS = st.text(
    st.characters(codec="utf-8", exclude_characters="\r\n"), min_size=1, max_size=4
) | st.sampled_from(["a", "b", "c-d", "1", "a.b", "订单"])
SCALARS = st.integers(-9, 9) | st.booleans() | st.sampled_from(["x", "two words", "[a]", "# no"])
INLINE = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)
TABLE = st.dictionaries(KEYS, INLINE, max_size=4)
DOCUMENTS = st.dictionaries(
    KEYS,
    INLINE.filter(lambda value: not isinstance(value, dict))
    | TABLE
    | st.lists(TABLE, min_size=1, max_size=3),
    max_size=5,
)


class _Writer:
    """Writes a document as TOML, a scalar of a list to each line, and notes the line of each."""

    def __init__(self) -> None:
        self.lines: list[str] = [""]
        self.noted: dict[KeyPath, int] = {}

    def document(self, document: dict[str, Any]) -> str:
        plain = {k: v for k, v in document.items() if not _is_section(v)}
        self.pairs(plain, ())
        for key, value in document.items():
            if isinstance(value, dict):
                self.say(f"[{_quote(key)}]\n")
                self.pairs(value, (key,))
            elif _is_section(value):
                for number, table in enumerate(value):
                    self.say(f"# next\n\n[[{_quote(key)}]]  # comment\n")
                    self.pairs(table, (key, number))
        return "\n".join(self.lines)

    def pairs(self, table: dict[str, Any], path: KeyPath) -> None:
        for key, value in table.items():
            self.say(f"{_quote(key)} = ")
            self.value(value, (*path, key))
            self.say("\n")

    def value(self, value: Any, path: KeyPath) -> None:
        if isinstance(value, list):
            self.say("[")
            for number, item in enumerate(value):
                self.say("\n  ")
                self.value(item, (*path, number))
                self.say(", # and\n")
            self.say("]")
        elif isinstance(value, dict):
            self.say("{ ")
            for number, (key, inner) in enumerate(value.items()):
                self.say(", " if number else "")
                self.say(f"{_quote(key)} = ")
                self.value(inner, (*path, key))
            self.say(" }")
        else:
            self.noted[path] = len(self.lines)
            self.say(_quote(value) if isinstance(value, str) else str(value).lower())

    def say(self, text: str) -> None:
        first, *rest = text.split("\n")
        self.lines[-1] += first
        self.lines.extend(rest)


def _is_section(value: Any) -> bool:
    if isinstance(value, dict):
        return True
    return isinstance(value, list) and bool(value) and all(isinstance(v, dict) for v in value)


def _quote(text: str) -> str:
    return '"' + "".join(_escaped(text)) + '"'


def _escaped(text: str) -> Iterator[str]:
    for sign in text:
        plain = sign.isprintable() and sign not in '"\\'
        yield sign if plain else f"\\U{ord(sign):08X}"


@given(DOCUMENTS)
def test_every_scalar_has_its_line(document: dict[str, Any]) -> None:
    """Whatever tables, lists and inline tables a document nests, each value's line is right."""
    writer = _Writer()
    text = writer.document(document)
    assert document == tomllib.loads(text)
    positions = locate(text)
    found = {path: positions.line(path) for path in writer.noted}
    assert writer.noted == found
    assert set(writer.noted) <= set(positions.places)
    assert () == positions.twice
