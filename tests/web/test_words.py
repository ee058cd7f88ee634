"""Both languages say the same."""

from __future__ import annotations

import re

from watcher.messages.wording import Language
from watcher.web.words import TABLES

PLACE = re.compile(r"{(\w+)")


def test_both_languages_have_the_same_words_with_the_same_places() -> None:
    """A word that one language lacks, or a value that it leaves out, is found here."""
    english, chinese = TABLES[Language.ENGLISH], TABLES[Language.CHINESE]
    places = [
        {key: sorted(PLACE.findall(text)) for key, text in table.items()}
        for table in (english, chinese)
    ]
    assert places[0] == places[1]
