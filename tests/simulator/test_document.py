"""What is wrong with a table is told with its line, its key and what was wanted."""

from __future__ import annotations

from datetime import timedelta

import pytest

from watcher.simulator.document import Document, Place, TableReader

TEXT = '''title = "x"
[[jobs]]
name = "a"
[[steps]]
at = "1s"
message = """
[[steps]]
at = "no key, but text"
"""
job = "a"
[[steps]]
"at" = "2s"
'''


def reader(**table: object) -> tuple[TableReader, list[str]]:
    problems: list[str] = []
    return TableReader(table, Place(Document("f.toml"), "steps", 1), problems), problems


@pytest.mark.parametrize(
    "table,index,key,line",
    [
        (None, 0, "title", 1),
        (None, 0, "jobs", 2),
        (None, 0, "nowhere", None),
        ("jobs", 0, "name", 3),
        ("steps", 0, "job", 10),
        ("steps", 0, "absent", 4),
        ("steps", 1, "at", 12),
        ("steps", 1, None, 11),
        ("steps", 2, "at", None),
    ],
)
def test_lines_are_found(table: str | None, index: int, key: str | None, line: int | None) -> None:
    """A key's line is found, else its table's; text in a multi-line string is no table."""
    assert line == Document("f.toml", TEXT).line_of(table, index, key)


def test_a_problem_says_where() -> None:
    """File, line, table and key come before the words."""
    place = Place(Document("f.toml", TEXT), "steps", 1)
    assert place.describe("at", "is wrong") == "f.toml:12: steps[2].at: is wrong"
    assert Place(Document("f.toml", TEXT)).describe(None, "is wrong") == "f.toml: is wrong"


@pytest.mark.parametrize(
    "text,seconds", [("500ms", 0.5), ("10s", 10), ("5m", 300), ("1h", 3600), ("1.5d", 129600)]
)
def test_spans_are_read(text: str, seconds: float) -> None:
    """Every unit of a span is known."""
    assert timedelta(seconds=seconds) == reader(at=text)[0].span("at")


@pytest.mark.parametrize("value", ["5", "s", "5 s", "-5s", 5, "", "5w"])
def test_what_is_no_span_is_told(value: object) -> None:
    """A span without a unit, or with an unknown one, is a problem."""
    table, problems = reader(at=value)
    assert table.span("at") is None
    assert [
        f'f.toml: steps[2].at: found {value!r}, wanted a span such as "500ms", "10s", "5m", "1h"'
    ] == problems


def test_wrong_kinds_of_value_are_told() -> None:
    """Each way of reading says what it wanted."""
    table, problems = reader(a="", b=1, c=True, d=-1, e="x", f=["x", 1], g="x")
    read = (
        table.text("a"),
        table.flag("b"),
        table.whole("c"),
        table.whole("d", least=0),
        table.texts("e"),
        table.texts("f"),
        tuple(table.tables("g")),
    )
    assert (None, None, None, None, None, None, ()) == read
    assert [
        "f.toml: steps[2].a: found '', wanted a string that is not empty",
        "f.toml: steps[2].b: found 1, wanted true or false",
        "f.toml: steps[2].c: found True, wanted a whole number",
        "f.toml: steps[2].d: found -1, wanted a whole number from 0",
        "f.toml: steps[2].e: found 'x', wanted a list of strings",
        "f.toml: steps[2].f: found ['x', 1], wanted a list of strings",
        "f.toml: steps[2].g: is written as [[g]], once for each",
    ] == problems


def test_absent_keys_are_no_problem() -> None:
    """A key that is not there reads as None everywhere."""
    table, problems = reader()
    read = (table.text("a"), table.flag("b"), table.whole("c"), table.span("d"), table.texts("e"))
    assert (None,) * 5 == read
    table.finish()
    assert [] == problems


def test_an_unknown_key_is_told_with_the_nearest() -> None:
    """A misspelt key names the one that was meant, and all that are known."""
    table, problems = reader(actual_stat="FAILED", zzz=1)
    table.text("actual_state")
    table.finish()
    known = "known are actual_state"
    assert [
        f"f.toml: steps[2].actual_stat: unknown key, did you mean 'actual_state'; {known}",
        f"f.toml: steps[2].zzz: unknown key; {known}",
    ] == problems


def test_an_unknown_word_is_told_with_the_nearest() -> None:
    """A misspelt word names the one that was meant."""
    table, problems = reader(fault="throtle")
    assert table.choice("fault", ("throttle", "hang")) is None
    meant = "did you mean 'throttle'; one of throttle, hang"
    assert [f"f.toml: steps[2].fault: 'throtle' is not known, {meant}"] == problems


def test_a_secret_of_the_wrong_kind_is_not_shown() -> None:
    """The value of a secret or a token stays out of the problem."""
    table, problems = reader(access_key_secret=4711)
    table.text("access_key_secret")
    assert "4711" not in problems[0]
