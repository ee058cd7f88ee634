"""What the file says of who may come in."""

from __future__ import annotations

import pytest

from watcher.web.doors import Doors


@pytest.mark.parametrize(
    "base_url, prefix, origin, secure",
    [
        (None, "", None, False),
        ("http://h", "", "http://h", False),
        ("https://Ops.Example.com/", "", "https://ops.example.com", True),
        ("https://h:8443/a/watcher/", "/a/watcher", "https://h:8443", True),
    ],
)
def test_where_browsers_find_us(
    base_url: str | None, prefix: str, origin: str | None, secure: bool
) -> None:
    """What stands before our paths, what `Origin` is ours, and whether they come by https."""
    doors = Doors(base_url=base_url)
    assert (prefix, origin, secure) == (doors.prefix, doors.origin, doors.secure)


def test_only_the_right_words_open() -> None:
    """Both user and password, whole; without a lock nothing is right."""
    by_password, by_token = Doors(user="ops", password="pässword"), Doors(token="a-token")
    assert by_password.takes_password("ops", "pässword")
    for user, password in (("ops", "x"), ("x", "pässword"), ("", ""), ("ops", "\ud800")):
        assert not by_password.takes_password(user, password)
    assert by_token.takes_token("a-token")
    assert not any(by_token.takes_token(given) for given in ("", "a", "a-tokens", "A-TOKEN"))
    assert not Doors().takes_token("")
    assert not Doors().takes_password("", "")


def test_it_shows_no_secret() -> None:
    """Whoever prints it learns whether there is a lock."""
    assert "Doors(locked=True, secure=True)" == repr(Doors(token="a-token", tls=True))
