"""The alerts: what waits and what fires, what ended lately, and the whole story of one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from glob import escape
from typing import Final

import msgspec
from aiohttp import web
from sqlalchemy import Connection

from watcher.core.alert import Phase
from watcher.core.event import Kind
from watcher.core.plan import Plan
from watcher.core.rule import Severity
from watcher.store.views.alerts import (
    AlertStory,
    AlertsView,
    AlertsWanted,
    AlertView,
    EndedView,
    ended_view,
    read_alert,
    read_alerts,
    read_ended,
)
from watcher.web.desk import DESK
from watcher.web.query import choice_of, number_of, text_of
from watcher.web.rendering import page
from watcher.web.telling import telling_for
from watcher.web.tones import OUTBOX, PHASES

A_PAGE: Final = 100
LATELY: Final = timedelta(days=1)
"""What ended within it is shown below what lasts."""
MOST_ENDED: Final = 50
MOST_ERROR: Final = 2000
"""Characters of an error that are shown of each event; the job's page has more."""


async def show(request: web.Request) -> web.Response:
    """The alerts that fit the address."""
    desk, wanted = request.app[DESK], wanted_of(request.query)
    look = partial(_read, wanted=wanted, plan=desk.plan, now=desk.now())
    found, over = await desk.read(look)
    return await page(
        request,
        "alerts.html",
        alerts=found,
        ended=over,
        wanted=wanted,
        query=query_of(wanted),
        size=A_PAGE,
        phases=PHASES,
        outbox_tones=OUTBOX,
        most_ended=MOST_ENDED,
        kinds=[kind.value for kind in Kind],
        severities=[severity.word for severity in sorted(Severity, reverse=True)],
        silence_query=silence_query,
        say=telling_for(request),
    )


async def show_one(request: web.Request) -> web.Response:
    """One alert from its beginning on; 404 where nothing of it is kept."""
    desk, name = request.app[DESK], text_of(request.query, "id")
    story = await desk.read(partial(_story, name=name, plan=desk.plan))
    say = telling_for(request)
    if story is None:
        return await page(request, "alert_gone.html", status=404, say=say)
    return await page(
        request,
        "alert.html",
        here="/alerts",
        story=story,
        about=about_of(story),
        most_error=MOST_ERROR,
        phases=PHASES,
        outbox_tones=OUTBOX,
        silence_query=silence_query,
        say=say,
    )


def wanted_of(query: Mapping[str, str]) -> AlertsWanted:
    """What an address asks for."""
    severity = text_of(query, "severity")
    return AlertsWanted(
        phase=choice_of(query, "phase", Phase),
        kind=choice_of(query, "kind", Kind),
        severity=severity or None,
        source=text_of(query, "source") or None,
        rule=text_of(query, "rule") or None,
        text=text_of(query, "q"),
        limit=A_PAGE,
        offset=(max(number_of(query, "page") or 1, 1) - 1) * A_PAGE,
    )


def query_of(wanted: AlertsWanted) -> dict[str, str]:
    """The address's query without the page's number; what is not asked for is left out."""
    given = {
        "q": wanted.text,
        "phase": wanted.phase,
        "kind": wanted.kind,
        "severity": wanted.severity,
        "source": wanted.source,
        "rule": wanted.rule,
    }
    return {name: str(value) for name, value in given.items() if value}


def silence_query(alert: AlertView) -> dict[str, str]:
    """What the form for a silence is filled in with for an alert: this one and no other."""
    given = {
        "job": escape(alert.job) if alert.job else "",
        "source": escape(alert.source) if alert.source else "",
        "kind": alert.kind.value,
        "rule": alert.rule,
    }
    return {name: value for name, value in given.items() if value}


def about_of(story: AlertStory) -> AlertView | EndedView | None:
    """What an alert is about, from what is left of it; `None` where no message of it is kept."""
    if story.alert is not None:
        return story.alert
    told = [sent.told for sent in story.messages if sent.told]
    return ended_view(told[-1], ()) if told else None


def _read(
    connection: Connection, wanted: AlertsWanted, plan: Plan, now: datetime
) -> tuple[AlertsView, tuple[EndedView, ...]]:
    lately = msgspec.structs.replace(wanted, limit=MOST_ENDED, offset=0)
    ended = () if wanted.offset else read_ended(connection, lately, now - LATELY)
    return read_alerts(connection, wanted, plan), ended


def _story(connection: Connection, name: str, plan: Plan) -> AlertStory | None:
    return read_alert(connection, name, plan) if name else None


ROUTES: Final = (web.get("/alerts", show), web.get("/alert", show_one))
