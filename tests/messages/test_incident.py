"""How an incident is told: the cause, how many of how many, and who."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.messages.samples import BEGAN_AT, CHINESE, ENGLISH, TOLD_AT, ended, notify
from watcher.core.event import Facts, Kind
from watcher.core.notification import Notification, Reason, Status
from watcher.core.storm import Basis
from watcher.messages.bundle import render_bundle
from watcher.messages.message import Message, shortenings
from watcher.messages.render import render
from watcher.messages.wording import Wording

NAMES = tuple(f"job_{n:02}" for n in range(37))
JOBS = "37 jobs of application_1_0007"
SHARED = {Basis.APPLICATION: "application_1_0007", Basis.ERROR: "ConnectException-3f9c"}


def facts(basis: Basis = Basis.APPLICATION, **changes: Any) -> Facts:
    told: dict[str, Any] = {
        "basis": basis,
        "shared": SHARED.get(basis),
        "affected": 37,
        "total": 1204,
        "back": 0,
        "names": NAMES,
        "detail": "java.net.ConnectException: refused",
    }
    return Facts(**{**told, **changes})


def incident(basis: Basis = Basis.APPLICATION, **changes: Any) -> Notification:
    return notify(Kind.INCIDENT, facts=facts(basis, **changes))


def line(message: Message, label: str) -> str:
    (text,) = (one.text for one in message.lines if one.label == label)
    return text


@pytest.mark.parametrize(
    "basis, changes, english, chinese",
    [
        (Basis.APPLICATION, {}, "application_1_0007 took 37 jobs with it", "导致 37 个作业异常"),
        (Basis.ERROR, {}, "37 jobs of prod fail with ConnectException-3f9c", "相同错误"),
        (
            Basis.TIME,
            {"spread": timedelta(minutes=2)},
            "37 jobs of prod went down within 2 min",
            "在 2 分钟内",
        ),
        (Basis.TIME, {"spread": timedelta(0)}, "37 jobs of prod went down at once", "同时异常"),
        (
            Basis.APPLICATION,
            {"affected": 1204},
            "application_1_0007 took 1,204 jobs with it",
            "1,204",
        ),
    ],
)
def test_the_title_says_what_they_share(
    basis: Basis, changes: dict[str, Any], english: str, chinese: str
) -> None:
    """The application, the error's name, or how close together they fell."""
    note = incident(basis, **changes)
    assert f"🔴 {english}" == render(note, BEGAN_AT, ENGLISH).title
    assert chinese in render(note, BEGAN_AT, CHINESE).title


def test_it_counts_and_lists() -> None:
    """How many of how many, the error that they share, since when, and the names."""
    message = render(incident(), TOLD_AT, ENGLISH)
    assert "37 of 1,204" == line(message, "Jobs")
    assert "java.net.ConnectException: refused" == line(message, "Error in all")
    assert "16:03 UTC+8, for 6 min" == line(message, "Since")
    assert NAMES == message.members
    assert "" == message.more


def test_what_is_cut_is_counted() -> None:
    """As many names as the bytes take, and how many more there are, those not sent included."""
    message = render(incident(affected=5000, names=NAMES), TOLD_AT, ENGLISH)
    assert "… and 4963 more" == message.more
    shorter = list(shortenings(message, ENGLISH))[1]
    assert f"… and {5000 - len(shorter.members)} more" == shorter.more
    assert 5 == len(list(shortenings(message, ENGLISH))[-1].members)


@pytest.mark.parametrize("kind", [Kind.BLIND, Kind.UNDELIVERABLE])
def test_other_kinds_list_nothing(kind: Kind) -> None:
    """A number of jobs or deliveries that is told already is no list that was cut."""
    message = render(notify(kind, facts=Facts(affected=17, total=40)), TOLD_AT, ENGLISH)
    assert ((), "", 0) == (message.members, message.more, message.hidden)


@pytest.mark.parametrize(
    "changes, expected",
    [
        ({}, "✅ All 37 jobs of application_1_0007 are back, after 6 min"),
        (
            {"back": 30, "names": NAMES[:7]},
            "⚪ 30 of 37 jobs of application_1_0007 are back, after 6 min; 7 still down",
        ),
        (
            {"back": 20, "left": 10, "names": NAMES[:7]},
            f"⚪ 20 of {JOBS} are back, after 6 min; 7 still down, 10 gone or meant to be down",
        ),
    ],
)
def test_its_end_says_who_is_back(changes: dict[str, Any], expected: str) -> None:
    """All of them, or how many, and what became of the others."""
    told = facts(**{"names": (), "back": 37, **changes})
    note = ended(Kind.INCIDENT, facts=told)
    assert expected == render(note, TOLD_AT, ENGLISH).title
    assert told.names == render(note, TOLD_AT, ENGLISH).members


def test_one_that_left_the_file_says_so() -> None:
    """Nobody is said to be back."""
    note = ended(Kind.INCIDENT, facts=facts(), reason=Reason.UNWATCHED)
    expected = "⚪ 37 jobs of application_1_0007 are no longer told of as one, after 6 min"
    assert expected == render(note, TOLD_AT, ENGLISH).title


@pytest.mark.parametrize("words", [ENGLISH, CHINESE], ids=["en", "zh"])
def test_a_reminder_counts_those_that_are_back(words: Wording) -> None:
    """Who reads it knows how far it is."""
    note = notify(
        Kind.INCIDENT,
        facts=facts(back=12, names=NAMES[12:]),
        reason=Reason.REMINDER,
        status=Status.FIRING,
    )
    message = render(note, TOLD_AT, words)
    assert words.say("incident.back", n="12") == line(message, words.say("label.back"))
    assert 25 == len(message.members)


def test_an_end_that_took_in_its_beginning_says_since_when() -> None:
    """Both in one line."""
    note = ended(Kind.INCIDENT, facts=facts(names=(), back=37), absorbed=True)
    expected = "✅ All 37 jobs of application_1_0007 are back, after 6 min (since 16:03)"
    assert expected == render(note, TOLD_AT, ENGLISH).title


def test_two_incidents_in_a_digest_are_two_lines() -> None:
    """A crowded chat still hears what each of them is."""
    other = notify(Kind.INCIDENT, facts=facts(Basis.TIME, spread=timedelta(0)))
    message = render_bundle([incident(), other], TOLD_AT, ENGLISH)
    assert any("application_1_0007 took 37 jobs with it" in one for one in message.members)
    assert any("37 jobs of prod went down at once" in one for one in message.members)
