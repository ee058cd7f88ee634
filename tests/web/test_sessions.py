"""Sessions of browsers."""

from __future__ import annotations

from datetime import UTC, datetime

from watcher.web.doors import Doors
from watcher.web.sessions import LASTS, MOST, Sessions

NOW = datetime(2026, 11, 24, tzinfo=UTC)
DOORS = Doors(user="ops", password="a-password")


def test_a_session_is_its_user_s_until_it_ends() -> None:
    """By itself, or because it is ended."""
    sessions = Sessions()
    name = sessions.begin("ops", DOORS, NOW)
    assert "ops" == sessions.user_of(name, DOORS, NOW)
    assert sessions.user_of(name + "x", DOORS, NOW) is None
    assert sessions.user_of(name, DOORS, NOW + LASTS) is None
    assert sessions.user_of(name, DOORS, NOW) is None
    other = sessions.begin("ops", DOORS, NOW)
    sessions.end(other)
    assert sessions.user_of(other, DOORS, NOW) is None


def test_other_words_in_the_file_end_it_and_another_address_does_not() -> None:
    """It rests on the password, not on where the pages are."""
    sessions = Sessions()
    name = sessions.begin("ops", DOORS, NOW)
    moved = Doors(user="ops", password="a-password", base_url="https://h/")
    assert "ops" == sessions.user_of(name, moved, NOW)
    assert sessions.user_of(name, Doors(user="ops", password="another"), NOW) is None


def test_there_are_only_so_many() -> None:
    """The one that was used longest ago makes room."""
    sessions = Sessions()
    first, second = (sessions.begin("ops", DOORS, NOW) for _ in range(2))
    for _ in range(MOST - 2):
        sessions.begin("ops", DOORS, NOW)
    assert "ops" == sessions.user_of(first, DOORS, NOW)
    sessions.begin("ops", DOORS, NOW)
    assert sessions.user_of(second, DOORS, NOW) is None
    assert "ops" == sessions.user_of(first, DOORS, NOW)
