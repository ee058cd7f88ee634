"""What an address or a form asks for: bounded, and what it asks for in vain counts as not asked."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, TypeVar

LONGEST_TEXT: Final = 200
"""Characters of one value that are looked at; names are shorter."""
FURTHEST: Final = 2**53
"""Greater numbers are meant to break something."""

Choice = TypeVar("Choice", bound=StrEnum)


def text_of(query: Mapping[str, object], name: str, most: int = LONGEST_TEXT) -> str:
    """A value without blanks around it; "" where there is none."""
    found = query.get(name, "")
    return found.strip()[:most] if isinstance(found, str) else ""


def choice_of(query: Mapping[str, object], name: str, choices: type[Choice]) -> Choice | None:
    """One of some words."""
    try:
        return choices(text_of(query, name))
    except ValueError:
        return None


def number_of(query: Mapping[str, object], name: str) -> int | None:
    """A whole number that is not negative."""
    written = text_of(query, name)
    if not (written.isascii() and written.isdecimal()):
        return None
    return min(int(written), FURTHEST)
