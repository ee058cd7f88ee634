"""The root line of Java errors, what wraps it, and where the user's own code is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.core.trace import (
    MOST_CAUSES,
    MOST_CHARACTERS,
    bared,
    causes,
    class_of,
    deepest_cause,
    origin,
    own_frame,
)

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
    "line, expected",
    [
        ("java.lang.RuntimeException: java.io.IOException: full", "java.io.IOException: full"),
        (
            "org.apache.flink.util.SerializedThrowable: java.io.IOException: full",
            "java.io.IOException: full",
        ),
        (
            "java.util.concurrent.CompletionException: java.lang.RuntimeException: a.b.CError",
            "a.b.CError",
        ),
        ("java.lang.RuntimeException: see java.io.IOException", None),
        ("com.acme.Failed: java.io.IOException: full", None),
    ],
)
def test_what_only_carries_anothers_text_is_taken_off(line: str, expected: str | None) -> None:
    """A carrier without a `Caused by:` does not hide what it carries; words of a person stay."""
    assert (expected or line) == bared(line)


@pytest.mark.parametrize(
    "line, expected",
    [
        ("java.io.IOException: full", "java.io.IOException"),
        ("java.io.IOException", "java.io.IOException"),
        ("com.acme.Jobs$Rejected: no", "com.acme.Jobs$Rejected"),
        ("OrderRejectedException: no", "OrderRejectedException"),
        ("Error: no", "Error"),
        ("Job was cancelled by hand", ""),
        ("Reason: no", ""),
        ("磁盘已满", ""),
        ("", ""),
    ],
)
def test_the_class_is_read_off_the_head_of_the_line(line: str, expected: str) -> None:
    """What does not begin with a class has none."""
    assert expected == class_of(line)


def test_the_chain_is_told_from_its_root() -> None:
    """The deepest cause first, then what wraps it, at most eight of them."""
    wrapper = "java.lang.RuntimeException: Could not forward element to next operator"
    suppressed = "org.apache.flink.runtime.JobException: Recovery is suppressed by"
    assert (ROOT, wrapper, f"{suppressed} NoRestartBackoffTime") == causes(TRACE)
    assert (ROOT, wrapper) == causes(TRACE.replace("\n", " "))[:2]
    assert MOST_CAUSES == len(causes("\nCaused by: a.B: c" * 1000))


OWN = """a.Wrapper: x
\tat com.acme.Outer.map(Outer.java:7)
\t... 9 more
Caused by: java.io.IOException: full
\tat java.base/java.io.FileOutputStream.write(FileOutputStream.java:3)
\tat org.apache.flink.api.java.Foo.bar(Foo.java:9)
\tat com.sun.proxy.$Proxy17.run(Unknown Source)
\tat StreamExecCalc$31.processElement(Unknown Source)
\tat app//com.acme.Sink$Writer.lambda$open$3(Sink.java:42)
\tat com.acme.Sink.open(Sink.java:8)
"""


@pytest.mark.parametrize(
    "text, expected",
    [
        (OWN, "com.acme.Sink$Writer.lambda$open$3(Sink.java:42)"),
        (OWN.replace("\n", " "), "com.acme.Sink$Writer.lambda$open$3(Sink.java:42)"),
        (
            OWN.replace("\n", "\\n").replace("\t", "\\t"),
            "com.acme.Sink$Writer.lambda$open$3(Sink.java:42)",
        ),
        (OWN.partition("\tat app//")[0], "com.acme.Outer.map(Outer.java:7)"),
        ("a.B: " + "x" * 100_000 + "\n\tat com.acme.C.d(C.java:1)", "com.acme.C.d(C.java:1)"),
        ("a.B: c\n\tat DemoJob.map(DemoJob.java:5)", "DemoJob.map(DemoJob.java:5)"),
        ("a.B: c\n\tat java.lang.Thread.run(Thread.java:1)", ""),
        ("look at com.acme (it is down)", ""),
        ("", ""),
    ],
)
def test_the_users_own_code_is_found(text: str, expected: str) -> None:
    """The frame nearest to the root that is of no library and was written by a person."""
    assert expected == own_frame(text)


def test_an_error_comes_from_its_own_code_or_the_library_that_threw() -> None:
    """A method, without the line that the next version of the job moves."""
    assert "com.acme.Sink$Writer.lambda$open$3" == origin(OWN)
    bare = "a.B\n\tat java.util.List.of(List.java:1)\n\tat org.apache.flink.Foo.bar(Foo.java:9)"
    assert "org.apache.flink.Foo.bar" == origin(bare)
    assert "" == origin("a.B: c")
