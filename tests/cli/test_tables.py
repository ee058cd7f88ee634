"""How commands print: nothing from elsewhere steers the terminal, nothing is cut."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime

import click
import pytest
from rich.cells import cell_len

from watcher.cli.tables import print_json, print_line, print_table, say, show_message


def test_a_table_is_plain_columns_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Columns are aligned, nothing is cut, what is absent is a dash."""
    long = "x" * 300
    print_table("jobs", ("name", "state"), [("orders\x1b[31m", None), (long, "FAILED")])
    out = capsys.readouterr().out
    title, head, first, second = out.rstrip("\n").split("\n")
    assert "# jobs" == title
    assert head.startswith("name ")
    assert "orders\\x1b[31m" == first.split()[0]
    assert "–" == first.split()[1]
    assert f"{long}  FAILED" == second


def test_an_empty_table_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing to show is shown."""
    print_table("alerts", ("phase",), [])
    assert "# alerts\n(none)\n\n" == capsys.readouterr().out


def test_json_is_one_document(capsys: pytest.CaptureFixture[str]) -> None:
    """Times, texts of all kinds and what JSON does not know come out readable."""
    at = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
    print_json({"at": at, "job": "订单", "zone": UTC})
    read = json.loads(capsys.readouterr().out)
    assert {"at": "2026-11-22T08:00:00Z", "job": "订单", "zone": "UTC"} == read


def test_a_message_is_shown_with_its_channel(capsys: pytest.CaptureFixture[str]) -> None:
    """What a receiver would see, under the channel's name and kind."""
    show_message("oncall", "DingTalk", "### orders\x07 has failed")
    assert "--- DingTalk · oncall ---\n### orders\\x07 has failed\n\n" == capsys.readouterr().out


HOSTILE = "a\x1b]0;pwned\x07\x9b31m\u202egnp\u2066\u2028[red]b[/red]\ud83d\nforged  FAILED"
HARMLESS = "a\\x1b]0;pwned\\x07\\x9b31m\\u202egnp\\u2066\\u2028[red]b[/red]\\ud83d\\nforged  FAILED"


def test_a_cell_forges_no_row_and_steers_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """Line ends, escapes, direction marks and half characters are spelt out, markup is text."""
    print_table("jobs", ("name",), [(HOSTILE,)])
    assert f"# jobs\nname\n{HARMLESS}\n\n" == capsys.readouterr().out


def test_a_terminal_is_not_steered_either(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With borders and colours, rich's markup in a name is text, and nothing else gets through."""
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    print_table("jobs", ("name",), [(HOSTILE,)])
    show_message("[blink]c", "k", HOSTILE.replace("\n", ""))
    out = capsys.readouterr().out
    assert HARMLESS in out
    assert "[blink]c" in out
    assert "\x1b]" not in out
    assert [] == [sign for sign in "\x07\x9b\u202e\u2066\u2028\ud83d" if sign in out]


def test_what_is_said_keeps_its_lines(capsys: pytest.CaptureFixture[str]) -> None:
    """Faults stand a line each; what they quote steers nothing."""
    say("one\ntwo \x1b[31m", error=True)
    assert "one\ntwo \\x1b[31m\n" == capsys.readouterr().err


def test_json_on_a_terminal_steers_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """What a terminal obeys and JSON need not escape is escaped too, and means the same."""
    name = "a\x1b\x9b\u202e\U000e0041\x7fb订单\n"
    print_json({"job": name})
    out = capsys.readouterr().out
    assert {"job": name} == json.loads(out)
    assert out.replace("\n", "").isprintable()
    assert "订单" in out


def on_a_terminal(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)


@pytest.mark.parametrize("width", [40, 60, 80, 132])
def test_a_table_fits_the_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    """However narrow, no line is wider, and every character of every cell is there."""
    on_a_terminal(monkeypatch, width)
    row = ("2026-11-24 10:00:00", "dead", "prod/订单_" + "x" * 70, "refused: no such robot", "ab12")
    print_table("deliveries", ("made", "state", "about", "last", "id"), [row])
    out = click.unstyle(capsys.readouterr().out)
    assert width >= max(cell_len(line) for line in out.splitlines())
    for cell in row:
        missing = Counter(cell.replace(" ", "")) - Counter(out)
        assert not missing


def test_a_table_too_narrow_for_columns_is_cards(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each row as a list of its columns' names and cells, so that nothing is broken to pieces."""
    on_a_terminal(monkeypatch, 40)
    names = ("first column", "second column", "third column", "fourth column")
    print_table("jobs", names, [("one", "two", "three", "four")])
    lines = click.unstyle(capsys.readouterr().out).splitlines()
    assert ["first column   one", "second column  two"] == [line.rstrip() for line in lines[1:3]]


def test_a_line_of_json_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever is in it, for who reads a stream."""
    print_line({"text": "a\nb\x1b"})
    out = capsys.readouterr().out
    assert {"text": "a\nb\x1b"} == json.loads(out)
    assert 1 == out.count("\n")
