"""Silences and windows: what is kept quiet, until when, and what that has hidden."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from itertools import islice
from types import MappingProxyType
from typing import Final

import msgspec
from aiohttp import web
from sqlalchemy import Connection

from watcher.core.event import NAMEABLE
from watcher.core.plan import Plan
from watcher.core.window import Opening, opened_at, openings
from watcher.messages.terms import describe_match, times_of
from watcher.store.known import read_known
from watcher.store.silences import (
    Heard,
    add_silence,
    count_hidden,
    expire_silence,
    find_silences,
    read_heard,
)
from watcher.web.auth import note, who
from watcher.web.desk import DESK
from watcher.web.links import link
from watcher.web.query import text_of
from watcher.web.rendering import RENDERER, page
from watcher.web.silence_form import (
    REASON_CHARACTERS,
    Filled,
    Judged,
    judge_form,
    read_form,
)
from watcher.web.telling import telling_for

MOST_OVER: Final = 50
NAMES_SHOWN: Final = 20
DEFAULT_LASTS: Final = "2h"
NEXT_OPENINGS: Final = 2
UNFIT: Final = 422

NOTICES: Final = MappingProxyType(
    {"added": "ok", "expired": "ok", "over": "warn", "unknown": "bad"}
)
"""What an action may say on the page that it leads to, and in which tone."""


class WindowView(msgspec.Struct, frozen=True):
    """A window of the file: when it is open, about what, its next openings, what it hides now."""

    name: str
    times: str
    zone: str
    about: str
    opened_at: datetime | None
    hidden: int
    following: tuple[Opening, ...]


class Quiet(msgspec.Struct, frozen=True):
    """The silences in force and those that are over, the latest first, and the windows."""

    in_force: tuple[Heard, ...]
    over: tuple[Heard, ...]
    windows: tuple[WindowView, ...]


async def show(request: web.Request) -> web.Response:
    """All that is kept quiet, and a form, filled in with what the address says."""
    filled = read_form(request.query)
    if not (filled.lasts or filled.until or filled.until_recovered):
        filled = msgspec.structs.replace(filled, lasts=DEFAULT_LASTS)
    return await _show(request, Judged(filled))


async def add(request: web.Request) -> web.Response:
    """Show what a silence would hide, or add it; what cannot be is said beside its field."""
    fields = await request.post()
    judged = await _judge(request, read_form(fields))
    if text_of(fields, "do") != "add" or judged.refused or judged.silence is None:
        note(request, only="looked at")
        return await _show(request, judged, status=UNFIT if judged.refused else 200)
    made = await request.app[DESK].write(partial(add_silence, silence=judged.silence))
    note(request, silence=made.id, until=made.until, reason=made.reason)
    raise web.HTTPSeeOther(link(request, "/silences", did="added", id=made.id))


async def expire(request: web.Request) -> web.Response:
    """End a silence now."""
    name = text_of(await request.post(), "id")
    desk = request.app[DESK]
    end = partial(_expire, name=name, now=desk.now(), by=who(request))
    did = await desk.write(end)
    note(request, silence=name, came_to=did)
    raise web.HTTPSeeOther(link(request, "/silences", did=did))


def _expire(connection: Connection, name: str, now: datetime, by: str) -> str:
    """A code of `NOTICES`; a page names a silence in full, so that none is ended by mistake."""
    if not any(one.id == name for one in find_silences(connection, name)):
        return "unknown"
    ended = expire_silence(connection, name, now, by)
    return "expired" if len(ended) == 1 and ended[0].expired_at == now else "over"


async def _judge(request: web.Request, filled: Filled) -> Judged:
    desk = request.app[DESK]
    judge = partial(
        judge_form,
        filled,
        await desk.read(read_known),
        sources=tuple(desk.plan.sources),
        rules=tuple(rule.name for rule in desk.plan.rules),
        by=who(request),
        zone=desk.wording.zone,
        now=desk.now(),
    )
    # Seconds where names are misspelt among 10,000 jobs: the polls go on meanwhile.
    return await request.app[RENDERER].judge(judge)


async def _show(request: web.Request, judged: Judged, status: int = 200) -> web.Response:
    desk, say = request.app[DESK], telling_for(request)
    return await page(
        request,
        "silences.html",
        status=status,
        quiet=await desk.read(partial(_read, plan=desk.plan, now=desk.now())),
        form=judged,
        did=text_of(request.query, "did"),
        made=text_of(request.query, "id"),
        notices=NOTICES,
        kinds=[kind.value for kind in NAMEABLE],
        rules=[rule.name for rule in desk.plan.rules],
        shown=NAMES_SHOWN,
        most_reason=REASON_CHARACTERS,
        matched=matched,
        say=say,
    )


def matched(heard: Heard) -> Mapping[str, str]:
    """What a silence is about: its fields with their texts."""
    about = heard.silence.matchers
    given = {
        "job": about.jobs,
        "source": about.sources,
        "kind": about.kinds,
        "rule": about.rules,
        "error": about.errors,
    }
    return {field: " | ".join(texts) for field, texts in given.items() if texts}


def _read(connection: Connection, plan: Plan, now: datetime) -> Quiet:
    latest = read_heard(connection)[::-1]
    over = (one for one in latest if not one.silence.holds(now))
    return Quiet(
        in_force=tuple(one for one in latest if one.silence.holds(now)),
        over=tuple(islice(over, MOST_OVER)),
        windows=tuple(_windows(connection, plan, now)),
    )


def _windows(connection: Connection, plan: Plan, now: datetime) -> list[WindowView]:
    found = []
    for window in plan.windows:
        opened = opened_at(window.schedule, now)
        hidden = 0 if opened is None else count_hidden(connection, window.name, opened)
        following = tuple(islice(openings(window.schedule, now), NEXT_OPENINGS))
        about, zone = describe_match(window.match), str(window.schedule.zone)
        times = times_of(window.schedule)
        found.append(WindowView(window.name, times, zone, about, opened, hidden, following))
    return found


ROUTES: Final = (
    web.get("/silences", show),
    web.post("/silences", add),
    web.post("/silences/expire", expire),
)
