"""The root line of Java errors, and which errors count as the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.core.fingerprint import MOST_CHARACTERS, deepest_cause, fingerprint

TRACE = """org.apache.flink.runtime.JobException: Recovery is suppressed by NoRestartBackoffTime
\tat org.apache.flink.runtime.executiongraph.failover.ExecutionFailureHandler.handle(E.java:138)
\tat org.apache.flink.runtime.executiongraph.failover.ExecutionFailureHandler.get(E.java:82)
Caused by: java.lang.RuntimeException: Could not forward element to next operator
\tat org.apache.flink.streaming.runtime.tasks.OperatorChain.push(OperatorChain.java:654)
\t... 9 more
Caused by: java.sql.SQLTransientConnectionException: pool-1 - request timed out after 30000ms.
\tat com.zaxxer.hikari.pool.HikariPool.createTimeoutException(HikariPool.java:695)
\t... 14 more
"""
ROOT = "java.sql.SQLTransientConnectionException: pool-1 - request timed out after 30000ms."


@pytest.mark.parametrize(
    "text, expected",
    [
        (TRACE, ROOT),
        (TRACE.replace("\n", "\r\n"), ROOT),
        (TRACE.replace("\n", " "), ROOT),
        (TRACE.replace("\n", "\\n").replace("\t", "\\t"), ROOT),
        ("java.lang.NullPointerException", "java.lang.NullPointerException"),
        ("java.lang.NullPointerException\n\tat a.B.c(B.java:1)", "java.lang.NullPointerException"),
        ("\n\n  磁盘已满  \nmore", "磁盘已满"),
        ("Caused by: a.B: c", "a.B: c"),
        (
            "a.A: x\nCaused by: a.V: \n  Table not found\n\tat a.B.c(B.java:1)",
            "a.V: Table not found",
        ),
        ("a.A: x\nCaused by: a.V:\n\tat a.B.c(B.java:1)", "a.V:"),
        ("a.A: x\n\tSuppressed: b.B: y\n\tCaused by: c.C: z\nCaused by: d.D: w", "d.D: w"),
        ("a.A: x\nCaused by: d.D: w\n\tSuppressed: b.B: y\n\t\tCaused by: c.C: z", "d.D: w"),
        ("a.A: x\n  Caused by: d.D: w", "d.D: w"),
        ("a.A: x\nCaused by: d.D: w\nCaused by: [CIRCULAR REFERENCE: a.A: x]", "d.D: w"),
        ("", ""),
        (" \n\t", ""),
    ],
)
def test_the_root_line_is_class_and_message_of_the_deepest_cause(text: str, expected: str) -> None:
    """Whatever form the trace comes in, the reader sees the one line that says what went wrong."""
    assert expected == deepest_cause(text)


@given(st.text())
def test_the_root_is_always_one_bounded_line(text: str) -> None:
    """No text, however odd, breaks the line or the bound."""
    line = deepest_cause(text)
    assert [line] == (line.splitlines() or [""])
    assert len(line) <= MOST_CHARACTERS


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


@given(st.text(st.characters()))
def test_a_fingerprint_is_sixteen_hex_digits(text: str) -> None:
    """Every text has a name of one fixed size, also one that UTF-8 cannot write."""
    assert 16 == len(fingerprint(text))
    assert int(fingerprint(text), 16) >= 0


def test_a_long_text_is_handled_in_time_proportional_to_its_length() -> None:
    """A hostile text of megabytes costs no more than reading it once."""
    assert (
        "a.B: c" == deepest_cause("x " * 2_000_000 + "\nCaused by: a.B: c" + " at" * 1_000_000)[:6]
    )
    assert 16 == len(fingerprint(" \\n" * 1_000_000 + "a" * 1_000_000))
