"""Both languages say the same."""

from __future__ import annotations

import re
from enum import StrEnum

import pytest

from tests.tree import ROOT
from watcher.core.alert import Phase
from watcher.core.blindness import PARTLY, WHOLLY
from watcher.core.delivery import Disposition
from watcher.core.event import Kind
from watcher.core.notification import Reason
from watcher.core.outcome import Fate
from watcher.core.outlook import Ahead
from watcher.core.rule import Severity
from watcher.core.until import Fault
from watcher.core.verdict import BatchVerdict, DelayVerdict, Verdict
from watcher.core.why import Why
from watcher.messages.wording import Language
from watcher.store.aim import Flaw
from watcher.store.by_hand import Verb
from watcher.store.views.deliveries import Part
from watcher.web.pages.silences import NOTICES
from watcher.web.silence_form import Wrong
from watcher.web.words import TABLES, Words

PLACE = re.compile(r"{(\w+)")
SAID = re.compile(r"""\bt\((["'])([a-z0-9_.-]+)\1[,)]""")


def test_both_languages_have_the_same_words_with_the_same_places() -> None:
    """A word that one language lacks, or a value that it leaves out, is found here."""
    english, chinese = TABLES[Language.ENGLISH], TABLES[Language.CHINESE]
    places = [
        {key: sorted(PLACE.findall(text)) for key, text in table.items()}
        for table in (english, chinese)
    ]
    assert places[0] == places[1]


@pytest.mark.parametrize(
    "prefix, values",
    [
        ("kind", Kind),
        ("verdict", (*Verdict, *DelayVerdict, *BatchVerdict, PARTLY, WHOLLY)),
        ("phase", Phase),
        ("severity", [severity.word for severity in Severity]),
        ("outbox", (*Disposition, *Part)),
        ("reason", Reason),
        ("fate", (*Fate, "doubt")),
        ("ahead", Ahead),
        ("why", Why),
        ("hush", (Why.SILENCED, Why.WINDOW, Why.INCIDENT, Why.FLAPPING)),
        ("wrong", (*Wrong, *Flaw)),
        ("wrong.end", Fault),
        ("did", NOTICES),
        ("order.title", Verb),
        ("order.would", Verb),
        ("order.explain", Verb),
        ("order.do", Verb),
        ("order.did", Verb),
    ],
)
def test_whatever_the_service_knows_has_words(prefix: str, values: type[StrEnum]) -> None:
    """A kind, a verdict or a reason that comes to be gets its words in both languages."""
    for table in TABLES.values():
        assert [] == [value for value in values if f"{prefix}.{value}" not in table]


def test_whatever_a_template_says_by_name_has_words() -> None:
    """A slip in a key would show the key."""
    found = {
        key
        for template in (ROOT / "watcher/web/templates").glob("*.html")
        for _, key in SAID.findall(template.read_text(encoding="utf-8"))
    }
    assert len(found) > 100
    assert set() == found - TABLES[Language.ENGLISH].keys()


def test_a_word_of_a_newer_version_is_shown_as_it_is() -> None:
    """A store may hold a verdict that this version has no words for; the page still comes."""
    words = Words(Language.CHINESE)
    assert ["melted", "nothing"] == [words.say("verdict.melted"), words.say("nothing")]
