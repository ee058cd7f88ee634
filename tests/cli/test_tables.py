"""How commands print: nothing from elsewhere steers the terminal, nothing is cut."""

from __future__ import annotations

import json
import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.cli.tables import print_json, print_table, printable, show_message

LINES = "\t\n"


@given(st.text())
def test_no_control_character_is_printed(text: str) -> None:
    """Escape sequences in a job's name or an error come out as text."""
    shown = printable(text)
    assert [] == [c for c in shown if unicodedata.category(c) == "Cc" and c not in LINES]


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"])))
def test_plain_text_is_printed_as_it_is(text: str) -> None:
    """Chinese, emoji and everything else that steers nothing stays."""
    assert text == printable(text)


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
