"""Text within a bound: never longer, never less than could be, never half a character or escape."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from hypothesis import strategies as st

from tests.fuzz.target import Target
from watcher.messages.cut import ELLIPSIS, cut_bytes, cut_chars, cut_units

ESCAPE: Final = re.compile(r"&(?:amp|lt|gt|quot|#\d{1,7});|\\u[0-9a-fA-F]{4}|\\.")
LONGEST_ESCAPE: Final = 10

Measure = Callable[[str], int]


def check(written: bytes) -> None:
    """A first line with the bound, then the text."""
    first, _, rest = written.partition(b"\n")
    bound = int(first[:6]) if first.isdigit() else len(first)
    text = rest.decode("utf-8", "surrogateescape")
    check_cut(text, bound, cut_chars, len)
    check_cut(text, bound, cut_bytes, lambda t: len(t.encode("utf-8", "surrogatepass")))
    check_cut(text, bound, cut_units, lambda t: len(t.encode("utf-16-le", "surrogatepass")) // 2)


def check_cut(text: str, most: int, cut: Callable[[str, int], str], measure: Measure) -> None:
    short = cut(text, most)
    assert measure(short) <= most
    assert short == cut(short, most)
    if measure(text) <= most:
        assert short == text
    elif most < measure(ELLIPSIS):
        assert short == ""
    else:
        assert short.endswith(ELLIPSIS)
        check_kept(text, short[: -len(ELLIPSIS)], most - measure(ELLIPSIS), measure)


def check_kept(text: str, keep: str, room: int, measure: Measure) -> None:
    """It is a beginning; it splits no escape; only to spare one it is shorter than it could be."""
    assert text.startswith(keep)
    at = len(keep)
    spans = [found.span() for found in ESCAPE.finditer(text)]
    assert not any(start < at < end for start, end in spans)
    following = next((end for start, end in spans if start == at), at + 1)
    assert measure(text[:following]) > room


ESCAPED: Final = st.lists(
    st.sampled_from(
        (
            *("&amp;", "&lt;", "&#1234567;", "&#", "\\\\", "\\n", "\\u78c1", "\\", "&", ";", "\n"),
            *("a", "磁", "😀", "e\u0301", "0123456789"),
        )
    ),
    max_size=30,
).map("".join)
TARGET: Final = Target(
    check,
    st.builds(
        lambda most, text: f"{most}\n{text}".encode("utf-8", "replace"),
        st.integers(0, 80),
        ESCAPED | st.text(),
    ),
)
