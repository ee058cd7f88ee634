"""The root line of an error's text and its fingerprint, of any text, in linear time."""

from __future__ import annotations

from typing import Final
from zlib import crc32

from hypothesis import strategies as st

from tests.fuzz.target import Target
from watcher.core.fingerprint import MOST_CHARACTERS, deepest_cause, fingerprint

LARGE: Final = 1_000_000
ONE_IN: Final = 16
"""Of so many inputs one is tried at that length too, always the same."""
OTHER_DIGITS: Final = str.maketrans("123456789", "234567891")
"""Another number of the same length; a 0 stays, because 0x begins a number in hex."""


def check(written: bytes) -> None:
    text = written.decode("utf-8", "surrogateescape")
    line = deepest_cause(text)
    assert [line] == (line.splitlines() or [""])
    assert len(line) <= MOST_CHARACTERS
    assert line == line.strip()
    assert set(line) <= set(text) | {" "}
    check_fingerprint(text)
    if crc32(written) % ONE_IN == 0:
        # A megabyte of it must not take longer than libFuzzer gives one input.
        deepest_cause(text * (LARGE // (len(text) or 1)))


def check_fingerprint(text: str) -> None:
    name = fingerprint(text)
    assert 16 == len(name)
    assert name == fingerprint(text.translate(OTHER_DIGITS))
    wrapped = f"a.Wrapper: x\n\tat a.B.c(B.java:5)\nCaused by: {deepest_cause(text)}\n\t... 3 more"
    line = deepest_cause(text)
    if line and line == deepest_cause(wrapped):
        assert name == fingerprint(wrapped)


PIECES: Final = st.sampled_from(
    (
        *(
            "Caused by:",
            "\nCaused by: ",
            " ",
            "\n",
            "\t",
            "\\n",
            "\\t",
            ":",
            "a.B: ",
            "0x7f",
            "@1a",
        ),
        *(
            "at a.B.c(B.java:5)",
            "... 9 more",
            "Suppressed: ",
            "[CIRCULAR REFERENCE: x]",
            "\r",
            "--",
        ),
        *("6150954a90852814", "123e4567-e89b-12d3-a456-426614174000", "磁盘", "\u2028", "x", "7"),
        *("\\n" * 7000, " at" * 3000, "a" * 5000, "0" * 5000, "f" * 5000),
    )
)
TARGET: Final = Target(
    check,
    (st.lists(PIECES, max_size=20).map("".join) | st.text()).map(
        lambda text: text.encode("utf-8", "replace")
    ),
    words=("Caused by:", "[CIRCULAR REFERENCE", "\\n", "\\t", " at a.b(", "... 9 more", "0x", "@"),
)
