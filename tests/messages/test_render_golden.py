"""Every message as a page that a person can read, and the same facts in both languages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

import pytest

from tests.messages.bundles import BUNDLES
from tests.messages.facts import facts_in, names_in
from tests.messages.golden import (
    FOLDER,
    REASONS,
    bundle_lines,
    dingtalk,
    late_lines,
    lines_of,
    pages,
    slack,
)
from tests.messages.sample import Sample
from tests.messages.samples import BOTH, CHINESE, ENGLISH, parcel
from tests.messages.scenes import SCENES, every_sample
from watcher.channels.chat import chat_message
from watcher.channels.dingtalk import neutralise
from watcher.channels.slack import escape
from watcher.core.deferral import Deferral
from watcher.core.event import Kind
from watcher.messages import wording
from watcher.messages.retold import OURS
from watcher.messages.wording import TABLES, Language, Wording

PAGES = pages()
SAMPLES = [pytest.param(one, id=f"{one.told.event.kind}, {one.name}") for one in every_sample()]

# Words that other tests read: `test_retold.py`, `test_wording.py`, `test_message.py`.
ELSEWHERE = (
    *OURS,
    "month.",
    "weekday.",
    "date",
    "moment",
    "outcome.detail",
    "bundle.more",
    "what.incident",
)


@pytest.mark.parametrize("name", sorted(PAGES))
def test_every_message_reads_as_it_was_read_last(name: str) -> None:
    """A changed word is seen in the page; `python -m tests.messages.golden` writes it anew."""
    assert PAGES[name] == (FOLDER / name).read_text(encoding="utf-8")


def test_no_page_is_left_behind() -> None:
    """A page that nothing makes any more would be read for nothing."""
    assert set(PAGES) == {path.name for path in FOLDER.iterdir()}


def test_every_kind_has_its_scene() -> None:
    """A new kind needs samples of its messages."""
    assert set(Kind) == set(SCENES)


def compare(english: list[str], chinese: list[str]) -> None:
    assert len(english) == len(chinese)
    for one, other in zip(english, chinese, strict=True):
        assert facts_in(one) == facts_in(other)
        assert set() == names_in(other) - names_in(one)


@pytest.mark.parametrize("sample", SAMPLES)
def test_both_languages_tell_the_same_facts(sample: Sample) -> None:
    """Every number, time, span and name of the one stands in the same line of the other."""
    compare(lines_of(sample, ENGLISH), lines_of(sample, CHINESE))


@pytest.mark.parametrize("name", list(BUNDLES))
def test_both_languages_tell_the_same_of_many(name: str) -> None:
    """Counts, names and times of a bundle."""
    compare(bundle_lines(BUNDLES[name], ENGLISH), bundle_lines(BUNDLES[name], CHINESE))


@pytest.mark.parametrize("reason", REASONS, ids=lambda reason: reason.text)
def test_both_languages_tell_the_same_of_lateness(reason: Deferral) -> None:
    """When it was decided, when it is told, and why not at once."""
    compare(late_lines(reason, ENGLISH), late_lines(reason, CHINESE))


@pytest.mark.parametrize("words", BOTH, ids=["en", "zh"])
@pytest.mark.parametrize("sample", SAMPLES)
def test_each_chat_gets_every_line(sample: Sample, words: Wording) -> None:
    """What the page shows is what goes out, but for the signs that mean something there."""
    whole = parcel(sample.told, made_at=sample.at)
    message = chat_message(whole, sample.at, words)
    said = [line.text for line in message.lines]
    markdown, blocks = dingtalk(whole, words), slack(whole, words)
    assert [] == [text for text in said if neutralise(text) not in markdown]
    assert [] == [text for text in said if escape(text) not in blocks]


@pytest.mark.parametrize(
    "english, chinese, same",
    [
        ("12 min, at Sat 21 Nov 23:09", "12 分钟，于 11月21日 周六 23:09", True),
        ("12 min, at Sat 21 Nov 23:09", "12 秒，于 11月21日 周六 23:09", False),
        ("12 min, at Sat 21 Nov 23:09", "12 分钟，于 11月21日 周日 23:09", False),
        ("on 2 Jan 2025 11:04", "2025年1月2日 11:04", True),
        ("on 2 Jan 2025 11:04", "2025年2月1日 11:04", False),
        ("40 of 100", "40/100", False),
        ("3 h 5 min behind", "延迟 3 小时 5 分钟", True),
    ],
)
def test_the_comparison_of_facts_can_fail(english: str, chinese: str, *, same: bool) -> None:
    """Another unit, day or number is another fact."""
    assert same == (facts_in(english) == facts_in(chinese))


class Listening(Mapping[str, str]):
    """A table of words that remembers which were asked for."""

    def __init__(self, words: Mapping[str, str]) -> None:
        self.words, self.asked = words, set[str]()

    def __getitem__(self, key: str) -> str:
        self.asked.add(key)
        return self.words[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.words)

    def __len__(self) -> int:
        return len(self.words)

    def __contains__(self, key: object) -> bool:
        return key in self.words


@pytest.mark.parametrize("words", BOTH, ids=["en", "zh"])
def test_every_word_is_in_some_page(words: Wording, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new verdict, cause or reason whose words no page shows is seen, and so are dead words."""
    listening = Listening(TABLES[words.language])
    others = {language: TABLES[language] for language in Language}
    tables = MappingProxyType({**others, words.language: listening})
    monkeypatch.setattr(wording, "TABLES", tables)
    pages()
    unread = {key for key in TABLES[words.language] if not key.startswith(ELSEWHERE)}
    assert [] == sorted(unread - listening.asked)
