"""Who has logged in with a browser: kept in memory, so that a restart asks again."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe
from typing import Final

import msgspec

from watcher.web.doors import Doors

LASTS: Final = timedelta(hours=12)
"""How long one need not log in again."""

MOST: Final = 1_000
"""How many sessions there may be; the one that was used longest ago makes room."""


class Session(msgspec.Struct, frozen=True):
    """One browser that has logged in: as whom, until when, and by which file's words."""

    user: str
    ends_at: datetime
    doors: Doors


class Sessions:
    """The sessions of one process.  Their ids are known to browsers alone; here stand hashes."""

    def __init__(self) -> None:
        self._known: OrderedDict[bytes, Session] = OrderedDict()

    def begin(self, user: str, doors: Doors, now: datetime) -> str:
        """A new session's id, for the browser's cookie."""
        name = token_urlsafe(32)
        self._known[_hash(name)] = Session(user, now + LASTS, doors)
        while len(self._known) > MOST:
            self._known.popitem(last=False)
        return name

    def user_of(self, name: str, doors: Doors, now: datetime) -> str | None:
        """Whose session this is; nobody's where it has ended or the file asks for other words."""
        key = _hash(name)
        session = self._known.get(key)
        if session is None:
            return None
        if session.ends_at <= now or not _as_before(session.doors, doors):
            del self._known[key]
            return None
        self._known.move_to_end(key)
        return session.user

    def end(self, name: str) -> None:
        """Nobody may come by this id any more."""
        self._known.pop(_hash(name), None)


def _hash(name: str) -> bytes:
    return sha256(name.encode(errors="surrogatepass")).digest()


def _as_before(one: Doors, other: Doors) -> bool:
    """A changed token or password ends what rested on the old one."""
    return (one.token, one.user, one.password) == (other.token, other.user, other.password)
