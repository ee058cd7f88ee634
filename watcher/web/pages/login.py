"""Logging in with a browser, and out."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from watcher.web.admission import refuse_wrong
from watcher.web.auth import BY_TOKEN, who
from watcher.web.cookies import drop_cookie, read_cookie, set_cookie
from watcher.web.desk import DESK
from watcher.web.gate import GATE
from watcher.web.links import inner, link
from watcher.web.proof import WrongError, check_password, check_token, know_browser
from watcher.web.rendering import page
from watcher.web.sessions import LASTS


async def show(request: web.Request) -> web.Response:
    """The form that asks who one is."""
    if not request.app[GATE].doors.locked:
        raise web.HTTPSeeOther(link(request, "/"))
    return await _form(request, inner(request.query.get("next", "/")))


async def log_in(request: web.Request) -> web.Response:
    """Begin a session, and lead to the page that was asked for."""
    form, gate = await request.post(), request.app[GATE]
    back = inner(str(form.get("next", "/")))
    try:
        user = _judge(request, str(form.get("user", "")), str(form.get("password", "")))
    except WrongError as wrong:
        refused = refuse_wrong(request, wrong)
        again = await _form(request, back, status=refused.status, wait=wrong.wait)
        again.headers.update({k: v for k, v in refused.headers.items() if k == "Retry-After"})
        return again
    doors = gate.doors
    # What was kept before stands for nobody any more, whoever knew it.
    gate.sessions.end(read_cookie(request, doors, "session"))
    response = web.Response(status=303, headers={"Location": link(request, back)})
    session = gate.sessions.begin(user, doors, request.app[DESK].now())
    set_cookie(response, doors, "session", session, lasts=LASTS)
    if doors.password is not None:
        know_browser(request, response)
    gate.log.info("logged_in", who=user)
    return response


async def log_out(request: web.Request) -> web.Response:
    """End the session."""
    gate = request.app[GATE]
    gate.sessions.end(read_cookie(request, gate.doors, "session"))
    gate.log.info("logged_out", who=who(request))
    response = web.Response(status=303, headers={"Location": link(request, "/login")})
    drop_cookie(response, gate.doors, "session")
    return response


def _judge(request: web.Request, user: str, given: str) -> str:
    if request.app[GATE].doors.token is None:
        return check_password(request, user, given)
    check_token(request, given)
    return BY_TOKEN


async def _form(
    request: web.Request, back: str, *, status: int = 200, wait: int = 0
) -> web.Response:
    return await page(
        request,
        "login.html",
        status=status,
        back=back,
        by_token=request.app[GATE].doors.token is not None,
        wrong=status != OK,
        wait=wait,
    )


OK: Final = 200

ROUTES: Final = (
    web.get("/login", show),
    web.post("/login", log_in),
    web.post("/logout", log_out),
)
