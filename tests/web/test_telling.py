"""How pages say what the store keeps."""

from __future__ import annotations

from datetime import UTC, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.playbook import NOON
from watcher.core.alert import Hush
from watcher.core.deferral import Because, Deferral
from watcher.core.outlook import Ahead, Outlook
from watcher.core.why import Why
from watcher.messages.wording import Language, Wording
from watcher.store.by_hand import UNDER_WAY, dropped_by
from watcher.store.heads import NEVER_TOLD
from watcher.store.settle import DISSOLVED
from watcher.store.upkeep import LEFT
from watcher.web.telling import Telling

ENGLISH = Telling(Wording(Language.ENGLISH, UTC), NOON)
CHINESE = Telling(Wording(Language.CHINESE, UTC), NOON)

NOTES = (
    UNDER_WAY,
    NEVER_TOLD,
    DISSOLVED,
    LEFT,
    "gave up after 1d",
    "is merged",
    "is dropped: dropped by anna: no use",
    "its channel ops is not in the file",
    "is one of 3 in bundle 0123456789ab; drop that, or none of it",
    "comes after its end, which was delivered",
    "comes after later messages of its alert, which were delivered",
    "was told on the fallback meanwhile",
    f"its end comes back with it ({NEVER_TOLD})",
    dropped_by("anna", None),
    dropped_by("anna", "no use"),
)


@pytest.mark.parametrize("note", NOTES)
def test_sentences_of_the_store_are_told_in_both_languages(note: str) -> None:
    """In English as they are kept, in Chinese as every other word."""
    assert note == ENGLISH.note(note)
    told = CHINESE.note(note)
    assert any("\u4e00" <= sign <= "\u9fff" for sign in told), told


def test_what_a_receiver_said_stays() -> None:
    """It can be searched for as it stands."""
    assert "invalid_blocks" == CHINESE.note("invalid_blocks")
    assert "" == CHINESE.note(None)


@pytest.mark.parametrize(
    "outlook, words",
    [
        (Outlook(Ahead.FIRES, NOON + timedelta(minutes=1)), "fires at 12:01 if it is still so"),
        (Outlook(Ahead.ENDS, NOON), "right again, ends at 12:00 if it stays so"),
        (Outlook(Ahead.REMINDS, NOON), "is told again at 12:00"),
        (Outlook(Ahead.RECOVERS), "waits for recovery"),
        (Outlook(Ahead.UNWATCHED), "its rule left the file"),
        (
            Outlook(Ahead.COUNTS, seen=1, count=3, within=timedelta(minutes=10)),
            "1 of 3 within 10 min",
        ),
    ],
)
def test_what_is_ahead(outlook: Outlook, words: str) -> None:
    """One sentence for each."""
    assert words == ENGLISH.ahead(outlook)
    assert "" != CHINESE.ahead(outlook)


def test_words_of_values() -> None:
    """What has none yet is shown as it is kept, and breaks no page."""
    assert "已放弃" == CHINESE.word("outbox", "dead")
    assert "from-the-future" == CHINESE.word("kind", "from-the-future")


@pytest.mark.parametrize("why", [Why.SILENCED, Why.WINDOW, Why.INCIDENT, Why.FLAPPING])
def test_each_gate_says_what_it_waits_for(why: Why) -> None:
    """The channel is named, and in most cases what closed the gate."""
    assert "ops" in ENGLISH.hush(Hush("ops", why, "s1"))
    assert "ops" in CHINESE.hush(Hush("ops", why))


@pytest.mark.parametrize("why", Why)
def test_every_reason_has_words(why: Why) -> None:
    """With what it is about, where there is such a thing."""
    assert ENGLISH.why(why, "x").endswith("(x)")
    assert CHINESE.why(why) in CHINESE.why(why, "x")


@pytest.mark.parametrize("because", Because)
def test_every_cause_of_lateness_has_words(because: Because) -> None:
    """As the message itself says it."""
    deferral = Deferral(because, "18 in 1m" if because is Because.LIMIT else "HTTP 503")
    assert ENGLISH.late(deferral.text)
    assert CHINESE.late(deferral.text)
    assert "" == ENGLISH.late(None)


@given(st.text())
def test_any_text_is_told(text: str) -> None:
    """Nothing that the store can hold is an error."""
    CHINESE.note(text)
