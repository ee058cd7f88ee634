"""By which name errors that say the same are known.

A fingerprint is the simple name of the deepest cause's class and 16 hex digits,
`ConnectException-3f9c51d2a7b0c4e8`.  Everything that is decided is decided by that whole: among
errors of one class four digits would meet by chance once in 65,536.  People read and write the
short name, `ConnectException-3f9c`, which is its beginning.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Final

from watcher.core.constant import constant_part
from watcher.core.trace import MOST_CHARACTERS, bared, class_of, deepest_cause, origin

CLASS_CHARACTERS: Final = 60
"""A simple class name longer than this is cut: it is kept in memory for many jobs."""
NAMELESS: Final = "Error"
"""Stands for the class where a text begins with none."""
DIGITS: Final = 16
DIGITS_SHOWN: Final = 4

_NO_NAME = re.compile(r"[\d_]+$")


def fingerprint(text: str) -> str:
    """The name of what an error says: class and what is constant in its message.

    An error that has no message is told from others by the method that it comes from.
    """
    line = bared(deepest_cause(text))
    if len(line) == MOST_CHARACTERS:
        line = _without_cut_word(line)
    name = class_of(line)
    constant = constant_part(line)
    if name and not line[len(name) :].strip(": "):
        constant = f"{constant} at {constant_part(origin(text))}"
    said = sha256(constant.encode("utf-8", "replace")).hexdigest()[:DIGITS]
    return f"{_simple(name)}-{said}"


def _without_cut_word(line: str) -> str:
    """Where a word was cut depends on the lengths of the values before it."""
    whole = line.rpartition(" ")[0]
    return whole if len(whole) > MOST_CHARACTERS // 2 else line


def short_name(whole: str) -> str:
    """What people read of a fingerprint: `ConnectException-3f9c`."""
    if not is_current(whole):
        return whole
    head, dash, digits = whole.rpartition("-")
    return f"{head}{dash}{digits[:DIGITS_SHOWN]}"


def is_called(whole: str, written: str) -> bool:
    """Whether a person's word means this fingerprint: the whole of it, or a beginning of it.

    A beginning has the class and at least four digits.
    """
    return whole == written or (
        len(written) >= len(short_name(whole)) and whole.startswith(written)
    )


def is_same(known: str, found: str, text: str) -> bool:
    """Whether a fingerprint that was kept is that of an error that is found now.

    One kept by a version before this one is compared with what that version would have made.
    """
    return known == found or (not is_current(known) and known == _before(text))


def is_current(name: str) -> bool:
    """Whether a fingerprint is one of this version's kind; those before had no class."""
    return "-" in name


def _simple(name: str) -> str:
    """A class's name without its package, its outer classes and numbers; `Error` where none is."""
    parts = re.split(r"[./$]", name)
    named = next((part for part in reversed(parts) if not _NO_NAME.match(part) and part), "")
    return re.sub(r"\d+", "", named)[:CLASS_CHARACTERS] or NAMELESS


_VARIABLE_BEFORE = re.compile(
    r"0x[0-9a-f]+"
    r"|(?<![0-9a-z])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-z])"
    r"|(?<![0-9a-z])(?=[0-9a-f]*\d)[0-9a-f]{4,}(?![0-9a-z])"
    r"|(?<![0-9a-z])[0-9a-f]{8,}(?![0-9a-z])"
    r"|(?<=@)[0-9a-f]+(?![0-9a-z])"
    r"|\d+",
    re.IGNORECASE,
)


def _before(text: str) -> str:
    """The fingerprint that the version before gave: a store that it left holds them."""
    constant = " ".join(_VARIABLE_BEFORE.sub("", deepest_cause(text)).split())
    return sha256(constant.encode("utf-8", "replace")).hexdigest()[:16]
