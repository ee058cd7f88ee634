"""The words of the pages, in the languages that messages speak."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from watcher.messages.wording import Language
from watcher.web.words import (
    chinese,
    chinese_jobs,
    chinese_work,
    english,
    english_jobs,
    english_work,
)

ENGLISH: Final = (english.WORDS, english_jobs.WORDS, english_work.WORDS)
CHINESE: Final = (chinese.WORDS, chinese_jobs.WORDS, chinese_work.WORDS)
"""The tables of each language: the frame's first, then one for each group of pages."""


def _whole(tables: tuple[Mapping[str, str], ...]) -> Mapping[str, str]:
    return MappingProxyType({key: text for table in tables for key, text in table.items()})


TABLES: Final = MappingProxyType(
    {Language.ENGLISH: _whole(ENGLISH), Language.CHINESE: _whole(CHINESE)}
)


class Words(msgspec.Struct, frozen=True):
    """The words of one language."""

    language: Language

    def say(self, key: str, **values: object) -> str:
        """The words of `key` with the values in place; values are never read as templates.

        Where there are none (a store may hold a word of a newer version), `key` itself without
        what stands before its first dot: a page with one strange word is better than none.
        """
        found = TABLES[self.language].get(key)
        return found.format(**values) if found is not None else key.partition(".")[2] or key
