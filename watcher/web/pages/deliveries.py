"""The outbox: what was told, what waits and why, and all about one delivery."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final

from aiohttp import web
from sqlalchemy import Connection

from watcher.core.delivery import Disposition
from watcher.store.by_hand import HANDLED
from watcher.store.views.deliveries import (
    DeliveriesWanted,
    DeliveryView,
    Part,
    read_deliveries,
    read_delivery,
)
from watcher.web.desk import DESK
from watcher.web.query import choice_of, number_of, text_of
from watcher.web.rendering import page
from watcher.web.telling import telling_for
from watcher.web.tones import OUTBOX

A_PAGE: Final = 100
TOUCHABLE: Final = HANDLED - {Disposition.LEASED}
"""Where a delivery stands that a person may act on now: what is being sent may arrive."""
ACTIONABLE: Final = (None, Part.WAITING, Part.DEAD)
"""Parts of the outbox about which a person can still do something."""


async def show(request: web.Request) -> web.Response:
    """The rows that fit the address, the latest first."""
    desk, wanted = request.app[DESK], wanted_of(request.query)
    found = await desk.read(partial(read_deliveries, wanted=wanted))
    names = (*desk.plan.channels, *(one.channel for one in found.backlogs))
    return await page(
        request,
        "deliveries.html",
        outbox=found,
        wanted=wanted,
        query=query_of(wanted),
        parts_of_outbox=[part.value for part in Part],
        channels=tuple(dict.fromkeys(names)),
        actionable=wanted.part in ACTIONABLE,
        handled=TOUCHABLE,
        outbox_tones=OUTBOX,
        say=telling_for(request),
    )


async def show_one(request: web.Request) -> web.Response:
    """All about one delivery; 404 where it is not kept."""
    name, say = text_of(request.query, "id"), telling_for(request)
    found = await request.app[DESK].read(partial(_one, name=name))
    if found is None:
        return await page(request, "delivery_gone.html", status=404)
    row, known = found.shipment, request.app[DESK].plan.channels
    return await page(
        request,
        "delivery.html",
        here="/deliveries",
        delivery=found,
        message=say.message(found.says, row.made_at) if found.says else None,
        can_retry=row.disposition in TOUCHABLE and row.channel in known,
        can_drop=row.disposition in TOUCHABLE,
        under_way=row.disposition is Disposition.LEASED,
        outbox_tones=OUTBOX,
        say=say,
    )


def wanted_of(query: Mapping[str, str]) -> DeliveriesWanted:
    """What an address asks for."""
    return DeliveriesWanted(
        channel=text_of(query, "channel") or None,
        part=choice_of(query, "state", Part),
        text=text_of(query, "q"),
        before=number_of(query, "before"),
        after=number_of(query, "after"),
        limit=A_PAGE,
    )


def query_of(wanted: DeliveriesWanted) -> dict[str, str]:
    """The address's query without the place in the outbox."""
    given = {"q": wanted.text, "channel": wanted.channel, "state": wanted.part}
    return {name: str(value) for name, value in given.items() if value}


def _one(connection: Connection, name: str) -> DeliveryView | None:
    return read_delivery(connection, name) if name else None


ROUTES: Final = (web.get("/deliveries", show), web.get("/delivery", show_one))
