"""What a terminal may be shown."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.terminal import printable, printable_json, printable_line

ANY = st.text(st.characters())
JOINERS = "\u200c\u200d"
STEERING = ("Cc", "Cs", "Zl", "Zp")


@given(ANY)
def test_nothing_that_steers_is_left(text: str) -> None:
    """Escape sequences, half characters and foreign line ends come out as text."""
    shown = printable(text)
    assert [] == [c for c in shown if unicodedata.category(c) in STEERING and c not in "\t\n"]
    assert shown == printable(shown)
    assert shown.count("\n") == text.count("\n")


@given(ANY)
def test_a_line_is_one_line_for_every_program(text: str) -> None:
    """No name can forge a second line, nor move to another column."""
    line = printable_line(text)
    assert len(line.splitlines()) <= 1
    assert "\t" not in line
    assert "" == "".join(c for c in line.encode().decode() if unicodedata.category(c) == "Cc")


@pytest.mark.parametrize(
    "sign",
    [*"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c\u200b\ufeff\u00ad"],
)
def test_direction_and_invisible_marks_are_spelt_out(sign: str) -> None:
    """A name that reads otherwise than it is written is shown as it is written."""
    assert f"a{sign.encode('unicode_escape').decode()}b" == printable(f"a{sign}b")


@given(st.text(st.characters(exclude_categories=["C", "Zl", "Zp"])))
def test_plain_text_stays_as_it_is(text: str) -> None:
    """Words of any script, emoji and their joiners steer nothing."""
    assert text == printable(text)
    assert "می\u200cخواهم 👩\u200d🚀" == printable("می\u200cخواهم 👩\u200d🚀")


@given(st.dictionaries(ANY, ANY))
def test_json_means_the_same(value: dict[str, str]) -> None:
    """Only its writing changes, and nothing in it steers a terminal."""
    document = printable_json(json.dumps(value, ensure_ascii=False))
    assert value == json.loads(document)
    assert [] == [c for c in document if unicodedata.category(c) in STEERING]
