"""Who asks: by token, by password, by a browser's session, or whoever sits at this machine."""

from __future__ import annotations

from enum import Enum
from secrets import token_urlsafe
from typing import Final

import msgspec
from aiohttp import web
from markupsafe import Markup

from watcher.web.failures import address_in, is_here
from watcher.web.forgery import FIELD, make_token
from watcher.web.gate import GATE

BY_TOKEN: Final = "token"  # noqa: S105  a word, no token
"""The name of whoever brings the token: it tells nobody apart."""


class Carrier(Enum):
    """What a request brought to say who asks."""

    NOTHING = "nothing"
    TOKEN = "token"  # noqa: S105  a word, no token
    PASSWORD = "password"  # noqa: S105  same
    SESSION = "session"


class Visitor(msgspec.Struct, frozen=True):
    """Who asks: `name` is `None` for one who may see nothing that is locked.

    `binding` stands for the browser, so that a form's token is good in that browser alone; `fresh`
    says that the browser does not know it yet.
    """

    name: str | None
    carrier: Carrier
    binding: str
    fresh: bool = False


VISITOR: Final = web.RequestKey("visitor", Visitor)
FACTS: Final = web.RequestKey("facts", dict[str, object])
"""What the log line of an action says beside who and what."""

_TOKEN_MADE: Final = web.RequestKey("token_made", bool)


def who(request: web.Request) -> str:
    """Who acts: the user's name, "token", or the address where nobody need say a name."""
    visitor = request.get(VISITOR)
    return (visitor and visitor.name) or peer_of(request)


def is_inside(request: web.Request) -> bool:
    """Whether this visitor may see what is locked."""
    return request[VISITOR].name is not None or not request.app[GATE].doors.locked


def note(request: web.Request, **facts: object) -> None:
    """Let the log line `acted` of this request say more: which job, until when, why."""
    request[FACTS] = {**request.get(FACTS, {}), **facts}


def csrf(request: web.Request) -> Markup:
    """The hidden field that each form carries; without it the form's POST is refused."""
    request[_TOKEN_MADE] = True
    token = make_token(request.app[GATE].key, request[VISITOR].binding)
    return Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, token)


def needs_cookie(request: web.Request) -> bool:
    """Whether the browser must be told what its forms' tokens are bound to."""
    return request.get(_TOKEN_MADE, False) and request[VISITOR].fresh


def peer_of(request: web.BaseRequest) -> str:
    """The address that asks; what a proxy on this machine says of whom it asks for is believed."""
    peer = request.remote or "nobody"
    told = request.headers.get("X-Forwarded-For", "").rpartition(",")[2]
    return (address_in(told) if is_here(peer) else None) or peer


def new_binding() -> str:
    """What stands for a browser that has not logged in."""
    return token_urlsafe(18)
