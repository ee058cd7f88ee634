"""The parts of an error's text and its fingerprint, of any text, in linear time."""

from __future__ import annotations

from typing import Final
from zlib import crc32

from hypothesis import strategies as st

from tests.fuzz.target import Target
from watcher.core.constant import MOST_CHARACTERS as MOST_OF_CONSTANT
from watcher.core.constant import constant_part
from watcher.core.fingerprint import CLASS_CHARACTERS, fingerprint, is_called, short_name
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

LARGE: Final = 1_000_000
ONE_IN: Final = 16
"""Of so many inputs one is tried at that length too, always the same."""
CODES: Final = "⓪①②③④⑤⑥⑦⑧⑨"
"""How digits that mean something stand in what is constant."""
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
    check_parts(text)
    if crc32(written) % ONE_IN == 0:
        # A megabyte of it must not take longer than libFuzzer gives one input.
        large = text * (LARGE // (len(text) or 1))
        fingerprint(large)
        check_parts(large)


def check_fingerprint(text: str) -> None:
    name = fingerprint(text)
    head, _, digits = name.rpartition("-")
    assert 0 < len(head) <= CLASS_CHARACTERS
    assert 16 == len(digits)
    assert is_called(name, short_name(name))
    line = deepest_cause(text)
    constant = constant_part(line)
    assert len(constant) <= MOST_OF_CONSTANT
    if not set(constant) & set(CODES):
        assert name == fingerprint(text.translate(OTHER_DIGITS))
    said = bared(line)
    wrapped = f"a.Wrapper: x\n\tat a.B.c(B.java:5)\nCaused by: {line}\n\t... 3 more"
    if said.removeprefix(class_of(said)).strip(": ") and line == deepest_cause(wrapped):
        assert name == fingerprint(wrapped)


def check_parts(text: str) -> None:
    chain = causes(text)
    assert len(chain) <= MOST_CAUSES
    assert all(len(line) <= MOST_CHARACTERS for line in chain)
    frame = own_frame(text)
    assert [frame] == (frame.splitlines() or [""])
    assert not frame or origin(text) == frame.partition("(")[0]


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
        *(
            "key=",
            "'",
            '"',
            "user ",
            "://",
            "/a/b7/",
            "$$Lambda$",
            "$Proxy",
            "a.b.com",
            ":80",
            "ms",
        ),
        *("at a.b.C$D.e(F.java:7)", "\tat ", "java.lang.RuntimeException: ", "[Source: ", "code 5"),
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
