"""Sentences of ours within what others said, told again in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from string import Formatter
from types import MappingProxyType
from typing import Final

from watcher.core.span import parse_span
from watcher.messages.wording import TABLES, Language, Wording

OURS: Final = ("said.", "refusal.", "throttle", "retry.", "rejected", "too-long")
"""Beginnings of the keys of sentences that a detail may hold: those of transport, sources and the
store are always English, a channel's in the channel's own language."""

MOST_READ: Final = 1000
"""Characters that are looked at: some patterns take time in the square of a hostile text."""

_SPANS: Final = frozenset({"span", "within"})


def retell(detail: str, words: Wording) -> str:
    """The detail with each sentence of ours in the reader's language; the rest stays as it is.

    What an API, a receiver or the system said is theirs: it can be searched for as it stands.
    What lies behind the first thousand characters is not read.
    """
    told, rest = detail[:MOST_READ], detail[MOST_READ:]
    for key, pattern in _PATTERNS[words.language]:
        told = pattern.sub(partial(_again, key, words), told)
    return told + rest


def _again(key: str, words: Wording, found: re.Match[str]) -> str:
    values = {name: _value(name, text, words) for name, text in found.groupdict().items()}
    return words.say(key, **values)


def _value(name: str, text: str, words: Wording) -> str:
    if name not in _SPANS:
        return text
    try:
        return words.span(parse_span(text))
    except ValueError:
        return text


def _patterns(reader: Language) -> Iterator[tuple[str, re.Pattern[str]]]:
    """What others may have written, the longest sentence first: it may hold a shorter one."""
    written = [
        (key, text)
        for language, table in TABLES.items()
        if language is not reader
        for key, text in table.items()
        if key.startswith(OURS)
    ]
    for key, text in sorted(written, key=lambda pair: -len(pair[1])):
        yield key, re.compile("".join(_parts(text)))


def _parts(template: str) -> Iterator[str]:
    for literal, field, _, _ in Formatter().parse(template):
        yield re.escape(literal)
        if field:
            yield rf"(?P<{field}>[^\s;；，]+)"


_PATTERNS: Final = MappingProxyType({language: tuple(_patterns(language)) for language in Language})
