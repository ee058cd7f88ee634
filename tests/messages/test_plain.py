"""Untrusted text becomes one harmless line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.messages.samples import TRACE
from watcher.messages.plain import (
    ERROR_CHARACTERS,
    NAME_CHARACTERS,
    name,
    one_line,
    root_line,
    writable,
)


@pytest.mark.parametrize(
    "text, expected",
    [
        ("a\r\n\tb", "a b"),
        ("a\x00\x1b[31mb", "a [31mb"),
        ("\u202egnp.exe", "gnp.exe"),
        ("a\u200bb", "ab"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("half \ud83d", "half \ufffd"),
        ("磁盘  已满", "磁盘 已满"),
        ("", ""),
    ],
)
def test_a_line_has_no_controls_breaks_or_direction_marks(text: str, expected: str) -> None:
    """What would break a layout or turn a name around is gone; words of any script stay."""
    assert expected == one_line(text)


@given(st.text(st.characters()))
def test_one_line_is_always_one_writable_line(text: str) -> None:
    """Whatever an API sends, the line can be encoded and stays a line."""
    line = one_line(text)
    assert len(line.encode().splitlines()) <= 1
    assert line == one_line(line)


def test_names_and_errors_are_bounded() -> None:
    """A name of megabytes does not fill a message."""
    assert NAME_CHARACTERS == len(name("x" * 10_000_000))
    assert ERROR_CHARACTERS == len(root_line("x" * 10_000_000))
    assert "" == name(None) == root_line(None)


def test_the_root_line_is_the_deepest_cause() -> None:
    """Of a stack trace, one line is shown: what went wrong."""
    expected = "java.sql.SQLTransientConnectionException: pool-1 timed out after 30000ms"
    assert expected == root_line(TRACE)


def test_only_what_cannot_be_written_is_replaced() -> None:
    """Text that UTF-8 can write stays as it is, line breaks too."""
    assert "a\n磁😀" == writable("a\n磁😀")
    assert "a\ufffd" == writable("a\udfff")
