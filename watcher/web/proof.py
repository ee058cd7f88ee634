"""Judges tokens and passwords, and lets nobody guess at leisure.

A token is long, so that guessing it is hopeless: it is always looked at, and whoever has it is
never kept out by others' failures.  A password may be short: after ten wrong ones in a minute no
more are looked at from that address.  A browser that once had the right one is counted by itself,
so that a guesser behind the same proxy cannot lock out the operator.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256
from hmac import compare_digest, digest
from secrets import token_urlsafe
from typing import Final

from aiohttp import web

from watcher.web.auth import peer_of
from watcher.web.cookies import read_cookie, set_cookie
from watcher.web.desk import DESK
from watcher.web.doors import Doors
from watcher.web.failures import counted_as
from watcher.web.gate import GATE

KNOWN: Final = timedelta(days=365)
"""How long a browser is known that had the right password."""


class WrongError(Exception):
    """A token or password that is not right; `wait` seconds until the next one is looked at."""

    def __init__(self, wait: int) -> None:
        super().__init__("wrong")
        self.wait = wait


def check_token(request: web.Request, given: str) -> None:
    """Nothing where it is the token; `WrongError` else."""
    gate = request.app[GATE]
    if not gate.doors.takes_token(given):
        raise _noted(request, counted_as(peer_of(request)))


def check_password(request: web.Request, user: str, password: str) -> str:
    """The user whose password this is; `WrongError` where it is not, or was not looked at."""
    gate = request.app[GATE]
    counted = _counted(request)
    wait = gate.failures.wait(counted, request.app[DESK].now())
    if wait:
        raise WrongError(wait)
    if not gate.doors.takes_password(user, password):
        raise _noted(request, counted)
    return user


def know_browser(request: web.Request, response: web.StreamResponse) -> None:
    """Let the browser show from now on that it once had the right password."""
    doors = request.app[GATE].doors
    name = token_urlsafe(18)
    set_cookie(response, doors, "known", f"{name}.{_seal(name, doors)}", lasts=KNOWN)


def challenge(doors: Doors) -> Mapping[str, str]:
    """How a program may say who asks."""
    scheme = "Bearer" if doors.token is not None else "Basic"
    return {"WWW-Authenticate": f'{scheme} realm="watcher", charset="UTF-8"'}


def _noted(request: web.Request, counted: str) -> WrongError:
    gate, now = request.app[GATE], request.app[DESK].now()
    if gate.failures.note(counted, now):
        gate.log.warning("login_refused", who=peer_of(request), path=request.path[:200])
    return WrongError(gate.failures.wait(counted, now))


def _counted(request: web.Request) -> str:
    doors = request.app[GATE].doors
    name, _, seal = read_cookie(request, doors, "known").partition(".")
    right = compare_digest(seal.encode(errors="replace"), _seal(name, doors).encode())
    return f"browser {name}" if right else counted_as(peer_of(request))


def _seal(name: str, doors: Doors) -> str:
    """Rests on the password: it outlives a restart, and ends when the password changes."""
    key = sha256(f"known browser\0{doors.user}\0{doors.password}".encode()).digest()
    return digest(key, name.encode(errors="replace"), sha256).hex()
