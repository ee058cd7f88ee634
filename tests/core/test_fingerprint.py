"""Which errors count as the same, and by which name people know them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.test_trace import TRACE
from watcher.core.fingerprint import fingerprint, is_called, is_same, short_name


@pytest.mark.parametrize(
    "one, other",
    [
        ("a.B: timed out after 30000ms", "a.B: timed out after 12ms"),
        ("a.B: task 0x7f3a failed", "a.B: task 0x11 failed"),
        ("a.B: job 6150954a90852814ce0c6eace9868691", "a.B: job 00cafe54a90852814ce0c6eace98aaaa"),
        ("a.B: c.D@1a2b3c is closed", "a.B: c.D@ffe is closed"),
        (
            "a.B: id 123e4567-e89b-12d3-a456-426614174000",
            "a.B: id 99999999-abcd-abcd-abcd-aaaaaaaaaaaa",
        ),
        ("x\nCaused by: a.B: c", "other.Wrapper: y\n\tat z.Z.z(Z.java:5)\nCaused by: a.B: c"),
    ],
)
def test_numbers_and_hex_do_not_make_an_error_new(one: str, other: str) -> None:
    """Time-outs, ids and addresses change at each failure; the error is the same."""
    assert fingerprint(one) == fingerprint(other)


@pytest.mark.parametrize(
    "one, other",
    [
        ("a.B: no such table", "a.B: no such column"),
        ("a.B: dead", "a.C: dead"),
        ("x\nCaused by: a.B: c", "x\nCaused by: a.B: d"),
        ("a.B: cafe is closed", "a.B: bead is closed"),
    ],
)
def test_other_words_make_an_error_new(one: str, other: str) -> None:
    """Only digits and hex runs are ignored; a word that happens to be of hex letters counts."""
    assert fingerprint(one) != fingerprint(other)


@pytest.mark.parametrize(
    "text, head",
    [
        (TRACE, "SQLTransientConnectionException"),
        ("com.acme.Jobs$Sink1$Failed: x", "Failed"),
        ("com.acme.Jobs$1: x", "Jobs"),
        ("磁盘已满", "Error"),
        ("", "Error"),
        ("a." + "B" * 500 + "Exception: x", "B" * 60),
    ],
)
def test_a_fingerprint_says_its_class(text: str, head: str) -> None:
    """Whoever reads the name knows what kind of error it is."""
    assert head == fingerprint(text).rpartition("-")[0]


@given(st.text(st.characters()))
def test_a_fingerprint_is_a_class_and_sixteen_hex_digits(text: str) -> None:
    """Every text has a name of bounded size, also one that UTF-8 cannot write."""
    head, _, digits = fingerprint(text).rpartition("-")
    assert 16 == len(digits)
    assert int(digits, 16) >= 0
    assert 0 < len(head) <= 60


def test_people_read_and_write_the_short_name() -> None:
    """The class and four digits; whoever needs more of them writes more."""
    whole = fingerprint(TRACE)
    short = short_name(whole)
    assert len("SQLTransientConnectionException-") + 4 == len(short)
    assert is_called(whole, short)
    assert is_called(whole, whole)
    assert is_called(whole, whole[:-3])
    assert not is_called(whole, short[:-1])
    assert not is_called(whole, "SQLTransientConnectionException")
    assert not is_called(whole, "")
    assert not is_called(whole, f"{whole}0")


def test_two_errors_that_share_a_short_name_stay_two() -> None:
    """Four digits are for people; what is decided is decided by all sixteen."""
    one, other = "IOException-3f9c51d2a7b0c4e8", "IOException-3f9c51d2a7b0c4e9"
    assert short_name(one) == short_name(other)
    assert not is_same(one, other, "java.io.IOException: x")


OLD_NAME = "e2246f695ab3afb0"
"""What the version before called the error of `TRACE`."""


def test_a_name_kept_by_the_version_before_is_still_known() -> None:
    """After an upgrade an error that stands in the store is not taken for another one."""
    old = "c6b3f9a7e5e4e5a7"
    assert is_same(OLD_NAME, fingerprint(TRACE), TRACE)
    assert not is_same(OLD_NAME, fingerprint("a.B: c"), "a.B: c")
    assert not is_same(old, fingerprint(TRACE), TRACE)


def test_an_error_without_a_message_is_known_by_where_it_comes_from() -> None:
    """Two bare null pointers in two methods are two errors; another line or lambda is none."""
    bare = "java.lang.NullPointerException\n\tat com.acme.A.lambda$map$0(A.java:5)"
    assert fingerprint(bare) == fingerprint(bare.replace(":5", ":7").replace("$0", "$12"))
    assert fingerprint(bare) != fingerprint(bare.replace("map", "open"))
    said = bare.replace("Exception", "Exception: customerId")
    assert fingerprint(said) == fingerprint(said.replace("map", "open"))


def test_a_long_text_is_handled_in_time_proportional_to_its_length() -> None:
    """A hostile text of megabytes costs no more than reading it once."""
    assert fingerprint("a.B: c") == fingerprint("x " * 2_000_000 + "\nCaused by: a.B: c")
    assert fingerprint(" \\n" * 1_000_000 + "a" * 1_000_000).startswith("Error-")
