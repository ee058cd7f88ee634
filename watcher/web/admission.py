"""Lets in who may come in: finds out who asks, and sends away who must say so first."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error
from collections.abc import Mapping
from datetime import timedelta
from typing import Final
from urllib.parse import quote

from aiohttp import web

from watcher.web.auth import (
    BY_TOKEN,
    VISITOR,
    Carrier,
    Visitor,
    is_inside,
    needs_cookie,
    new_binding,
)
from watcher.web.cookies import read_cookie, set_cookie
from watcher.web.desk import DESK
from watcher.web.gate import GATE
from watcher.web.proof import WrongError, challenge, check_password, check_token
from watcher.web.refusal import API, refusal

OPEN: Final = frozenset({"/healthz", "/readyz", "/login"})
"""What may be asked without a word of who asks; /static/ is open too."""

VISIT: Final = timedelta(days=30)
"""How long a browser that has not logged in is the same one."""


def admit(request: web.Request) -> web.Response | None:
    """Note who asks; the answer for one who may not have what is asked for, else `None`."""
    try:
        request[VISITOR] = _recognise(request)
    except WrongError as wrong:
        return refuse_wrong(request, wrong)
    if not is_inside(request) and not _is_open(request.path):
        return _ask_for_login(request)
    return None


def keep_visit(request: web.Request, response: web.StreamResponse) -> None:
    """Let the browser remember what the tokens of its forms are bound to."""
    if needs_cookie(request):
        doors = request.app[GATE].doors
        set_cookie(response, doors, "visit", request[VISITOR].binding, lasts=VISIT)


def refuse_wrong(request: web.Request, wrong: WrongError) -> web.Response:
    """The answer to a wrong token or password: 401, or 429 where there were too many."""
    headers: Mapping[str, str] = challenge(request.app[GATE].doors)
    if not wrong.wait:
        return refusal(request, 401, "This is not the right token or password.", headers)
    text = f"Too many wrong ones came from here. Try again in {wrong.wait} s."
    return refusal(request, 429, text, {"Retry-After": str(wrong.wait)})


def _is_open(path: str) -> bool:
    return path in OPEN or path.startswith("/static/")


def _recognise(request: web.Request) -> Visitor:
    doors = request.app[GATE].doors
    scheme, _, words = request.headers.get("Authorization", "").partition(" ")
    visit = read_cookie(request, doors, "visit")
    binding, fresh = visit or new_binding(), not visit
    if doors.token is not None and scheme.lower() == "bearer":
        check_token(request, words.strip())
        return Visitor(BY_TOKEN, Carrier.TOKEN, binding, fresh)
    if doors.password is not None and scheme.lower() == "basic":
        user = check_password(request, *_pair(words))
        return Visitor(user, Carrier.PASSWORD, binding, fresh)
    session = read_cookie(request, doors, "session")
    found = request.app[GATE].sessions.user_of(session, doors, request.app[DESK].now())
    if found is not None:
        return Visitor(found, Carrier.SESSION, session)
    return Visitor(None, Carrier.NOTHING, binding, fresh)


def _pair(words: str) -> tuple[str, str]:
    """User and password of a Basic header; nothing that could be right where it is none."""
    try:
        user, _, password = b64decode(words, validate=True).decode().partition(":")
    except (Error, ValueError):
        return "", ""
    return user, password


def _ask_for_login(request: web.Request) -> web.Response:
    doors = request.app[GATE].doors
    if request.path.startswith(API) or "text/html" not in request.headers.get("Accept", ""):
        text = "Say who asks: `Authorization: Bearer TOKEN`, or user and password."
        return refusal(request, 401, text, challenge(doors))
    back = request.path_qs if request.method in {"GET", "HEAD"} else "/"
    address = f"{doors.prefix}/login?next={quote(back, safe='')}"
    return web.Response(status=303, headers={"Location": address})
