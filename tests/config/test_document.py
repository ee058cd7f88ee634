"""TOML that cannot be read, or only in part."""

from __future__ import annotations

import pytest

from watcher.config.complaints import Written
from watcher.config.document import read_document


@pytest.mark.parametrize(
    "text, line",
    [
        ("a = 1\nb = \n", 2),
        ("a = 1\n\n[b\n", 3),
        ("a = 1\nb\n", 2),
        ("a = 2026-13-45\n", 1),
        ('a = "open\n', 1),
        ('a = """open\n\n', 3),
        ("a = 1\n\x00\n", 2),
        ("a = " + "9" * 5000, 1),
        ("a = " + "[" * 900 + "]" * 900, 1),
    ],
)
def test_broken_text_is_one_fault_with_its_line(text: str, line: int) -> None:
    """What is no TOML is told once, with the line where reading stopped."""
    document = read_document(text)
    assert None is document.values
    assert [line] == [fault.line for fault in document.faults]


def test_second_table_names_both_lines_and_the_rest_is_read() -> None:
    """Two channels of one name do not hide the file's other faults."""
    text = '[channels.a]\nkind = "x"\n[channels.a]\nkind = "y"\n[channels.b]\n'
    document = read_document(text)
    (fault,) = document.faults
    assert (
        "f:3: channels.a: found a second channels.a; the first one is in line 1; "
        "rename one, or make them one"
    ) == fault.describe("f")
    assert {"channels": {"a": {"kind": "x"}, "b": {}}} == document.values


def test_second_key_keeps_the_first() -> None:
    """A key that is given twice is told with both lines, also over several lines."""
    document = read_document('a = 1\na = """\nx\n"""\nb = 2\n')
    assert [(2, "a")] == [(fault.line, fault.key) for fault in document.faults]
    assert {"a": 1, "b": 2} == document.values


def test_repr_shows_no_value() -> None:
    """A file may hold its secrets in plain; a traceback with its values would show them."""
    document = read_document('secret = "planted"\n')
    written = Written(document.values or {}, document.positions)
    assert "Document(1 keys, 0 faults) Written(1 keys)" == f"{document!r} {written!r}"
