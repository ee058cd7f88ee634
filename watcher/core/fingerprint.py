"""What an error's text says at its root, and a short name for errors that say the same."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Final

MOST_CHARACTERS: Final = 2000
"""A root line longer than this is cut: nobody reads it, and it is kept for many jobs."""

_MARK: Final = "Caused by:"
_FRAME = re.compile(r"(?: |\\n|\\t)at [\w.$/<>@]+\(")
# A run is tried from its beginning only: from each of its members would take quadratic time.
_FLATTENED = re.compile(r"(?<! )(?<!\\n)(?<!\\t)(?: |\\n|\\t)++$")
_NO_ROOT = re.compile(r"(?:at [\w.$/<>@]+\(|\.\.\. \d+ (?:more|common frames)|-+$)")
_CIRCLE: Final = "[CIRCULAR REFERENCE"
_VARIABLE = re.compile(
    r"0x[0-9a-f]+"
    r"|(?<![0-9a-z])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-z])"
    r"|(?<![0-9a-z])(?=[0-9a-f]*\d)[0-9a-f]{4,}(?![0-9a-z])"
    r"|(?<![0-9a-z])[0-9a-f]{8,}(?![0-9a-z])"
    r"|(?<=@)[0-9a-f]+(?![0-9a-z])"
    r"|\d+",
    re.IGNORECASE,
)


def deepest_cause(text: str) -> str:
    """The class and message of the deepest `Caused by:` of a Java stack trace, on one line.

    Causes of suppressed exceptions, which Java indents, count only where no other is there.  A text
    without any cause gives its first line that says something; an empty one gives "".
    """
    return _first_line(text[_root_begin(text) :])


def fingerprint(text: str) -> str:
    """16 hex digits, equal for texts whose deepest causes differ only in digits and hex runs."""
    constant = " ".join(_VARIABLE.sub("", deepest_cause(text)).split())
    return sha256(constant.encode("utf-8", "replace")).hexdigest()[:16]


def _root_begin(text: str) -> int:
    """The place behind the last mark that begins a line, else behind the last one at all."""
    begin = _after_last(text, f"\n{_MARK}")
    if begin is None and text.startswith(_MARK):
        begin = len(_MARK)
    if begin is None:
        begin = _after_last(text, _MARK)
    return begin or 0


def _after_last(text: str, mark: str) -> int | None:
    """The place behind the last mark that does not only point back to an earlier exception."""
    found = text.rfind(mark)
    while found >= 0:
        begin = found + len(mark)
        if not text[begin : begin + 40].lstrip().startswith(_CIRCLE):
            return begin
        found = text.rfind(mark, 0, found)
    return None


def _first_line(text: str) -> str:
    """The first line that says something, with the next one where it ends in a colon."""
    said = ""
    for line in text[: 8 * MOST_CHARACTERS].splitlines():
        words = _before_frames(" ".join(line.split()))
        if not words or _NO_ROOT.match(words):
            if said:
                break
            continue
        said = f"{said} {words}".strip()
        if not said.endswith(":"):
            break
    return said[:MOST_CHARACTERS].rstrip()


def _before_frames(line: str) -> str:
    """The line without stack frames that stand on it because line breaks were lost."""
    frame = _FRAME.search(line)
    return line if frame is None else _FLATTENED.sub("", line[: frame.start()])
