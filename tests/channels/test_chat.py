"""What the chat channels share."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.messages.samples import ENGLISH, TOLD_AT, parcel
from watcher.channels.chat import chat_message, fit, safe_url
from watcher.core.deferral import Because, Deferral
from watcher.messages.message import Message


def bundle(members: int) -> Message:
    return Message(
        "title", "summary", members=tuple(f"prod/job_{n} failed" for n in range(members))
    )


def test_a_late_message_begins_with_how_late_it_is() -> None:
    """Before anything else, so that no one takes it for news."""
    told = chat_message(
        parcel(deferred=Deferral(Because.RECEIVER, "robot throttled")),
        TOLD_AT + timedelta(hours=1),
        ENGLISH,
    )
    in_time = chat_message(
        parcel(deferred=Deferral(Because.RECEIVER, "robot throttled")), TOLD_AT, ENGLISH
    )
    assert "decided 16:09, told 17:09, 1 h later: robot throttled" == told.lines[0].text
    assert in_time.lines == told.lines[1:]


@given(st.integers(6, 120), st.integers(200, 4000))
def test_as_many_members_are_kept_as_fit(members: int, most: int) -> None:
    """The form is within the bound, and what is left out is counted."""
    whole = bundle(members)
    kept = fit(whole, ENGLISH, lambda form: form, lambda form: len("\n".join(form.members)) <= most)
    hidden = members - len(kept.members)
    assert (f"… and {hidden} more" if hidden else "") == kept.more
    assert len("\n".join(kept.members)) <= most or 5 == len(kept.members)


def test_what_fits_is_not_shortened() -> None:
    """The whole message is tried first."""
    whole = bundle(100)
    assert whole == fit(whole, ENGLISH, lambda form: form, lambda _: True)


@pytest.mark.parametrize(
    "url, expected",
    [
        ("https://x.example/a?b=c&d=%20#e", "https://x.example/a?b=c&d=%20#e"),
        ("https://x.example/a)(b|c>d e", "https://x.example/a%29%28b%7Cc%3Ed%20e"),
        ("https://x.example/磁[1]", "https://x.example/%E7%A3%81%5B1%5D"),
    ],
)
def test_an_address_cannot_end_its_link(url: str, expected: str) -> None:
    """A job's name in a link template stays inside the link."""
    assert expected == safe_url(url)
