"""The facts of a message, whatever its language: numbers, times, spans and names."""

from __future__ import annotations

import re
from collections import Counter
from types import MappingProxyType
from typing import Final

from tests.messages.samples import CHINESE, ENGLISH

UNITS: Final = MappingProxyType({"d": "天", "h": "小时", "min": "分钟", "s": "秒", "ms": "毫秒"})
"""English units beside the Chinese."""

_WORD: Final = re.compile(r"[A-Za-z0-9_][\w.:/@|=*-]*", re.ASCII)
_BOTH_NAMES: Final = re.compile(r"AccessKey|Secret|IP|URL|failover|Flink|YARN|Slack|API|DNS|TLS")
"""Terms that Chinese readers use in English; the English table may word them otherwise."""


def facts_in(text: str) -> Counter[str]:
    """Everything with a digit in it: what both languages must tell alike."""
    words = (word.rstrip(".:") for word in _WORD.findall(_alike(text)))
    return Counter(word for word in words if re.search(r"\d", word))


def names_in(text: str) -> set[str]:
    """Every word in Latin letters, in lower case, without those that are terms."""
    return {word.lower().strip(".:") for word in _WORD.findall(_BOTH_NAMES.sub("", _alike(text)))}


def _alike(text: str) -> str:
    """Dates and spans as numbers with one sign for each unit, whatever the language."""
    for number in range(12, 0, -1):
        month = ENGLISH.say(f"month.{number}")
        text = re.sub(rf"\b(\d+) {month}\b", rf"\1@{number}", text)
        text = text.replace(CHINESE.say(f"month.{number}"), f"{number}@")
    text = re.sub(r"(\d+)@(\d+)日", r"\2@\1", text)
    for number in range(1, 8):
        text = re.sub(rf"\b{ENGLISH.say(f'weekday.{number}')}\b", f"day{number}", text)
        text = text.replace(CHINESE.say(f"weekday.{number}"), f" day{number} ")
    text = re.sub(r"(day\d) (\d+@\d+)", r"\2 \1", text)
    for english, chinese in UNITS.items():
        text = re.sub(rf"(\d) {english}\b", rf"\1{english} ", text)
        text = re.sub(rf"(\d) ?{chinese}", rf"\1{english} ", text)
    return text
