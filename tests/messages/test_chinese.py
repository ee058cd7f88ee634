"""The Chinese words are Chinese."""

from __future__ import annotations

import re

from watcher.messages.chinese import WORDS

PLACE = re.compile(r"\{\w+\}")
SIGN = re.compile(r"[\W_]+")


def test_every_phrase_has_chinese_characters() -> None:
    """A word left in English is seen; templates of names and signs alone need none."""
    left = {key: SIGN.sub("", PLACE.sub("", text)) for key, text in WORDS.items()}
    without = {key for key, text in left.items() if text and text.isascii()}
    assert {"look.yarn", "subject.watcher"} == without
