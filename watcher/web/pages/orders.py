"""Retry and drop: what would be done is shown first, and what was done afterwards."""

from __future__ import annotations

from functools import partial
from typing import Final

import msgspec
from aiohttp import web
from multidict import MultiMapping

from watcher.core.delivery import Disposition
from watcher.store.by_hand import REASON_CHARACTERS, Order, Verb, act, dropped_by, foresee
from watcher.web.auth import note, who
from watcher.web.deeds import DEEDS, MOST_ITEMS, account_of
from watcher.web.desk import DESK
from watcher.web.links import link
from watcher.web.query import choice_of, text_of
from watcher.web.rendering import page
from watcher.web.telling import telling_for
from watcher.web.tones import OUTBOX

MOST_IDS: Final = 500
STATES: Final = frozenset({Disposition.DEAD, Disposition.WAITING})
FILTERS: Final = ("channel", "job", "rule", "q")
FIELDS: Final = ("verb", "state", "all", *FILTERS)
"""What says which deliveries are meant, beside `id`, which may come often."""


async def confirm(request: web.Request) -> web.Response:
    """What an order would do, with a button that does it."""
    order = order_of(request.query, request)
    if order is None:
        return await page(request, "order_unclear.html", status=400)
    deed = await request.app[DESK].read(partial(foresee, order=order))
    return await page(
        request,
        "order.html",
        status=200 if deed.is_clear else 404,
        account=account_of(order, deed),
        fields=[(name, value) for name, value in request.query.items() if name in (*FIELDS, "id")],
        most=MOST_ITEMS,
        most_reason=REASON_CHARACTERS,
        outbox_tones=OUTBOX,
        say=telling_for(request),
    )


async def carry_out(request: web.Request) -> web.Response:
    """Do it, and lead to what was done."""
    fields = await request.post()
    order = order_of(fields, request)
    if order is None:
        return await page(request, "order_unclear.html", status=400)
    desk, name = request.app[DESK], who(request)
    why = dropped_by(name, text_of(fields, "reason", REASON_CHARACTERS) or None)
    order = msgspec.structs.replace(order, why=why if order.verb is Verb.DROP else "")
    now = desk.now()
    deed = await desk.write(partial(act, order=order, now=now))
    account = account_of(order, deed, name, now)
    note(request, verb=order.verb.value, messages=account.messages, left=account.others)
    key = request.app[DEEDS].keep(account)
    raise web.HTTPSeeOther(link(request, "/deliveries/done", n=key))


async def show_done(request: web.Request) -> web.Response:
    """What an order has done; 404 where that is not remembered any more."""
    account = request.app[DEEDS].find(text_of(request.query, "n"))
    if account is None:
        return await page(request, "delivery_gone.html", status=404)
    return await page(
        request,
        "order_done.html",
        account=account,
        most=MOST_ITEMS,
        outbox_tones=OUTBOX,
        say=telling_for(request),
    )


def order_of(fields: MultiMapping[object], request: web.Request) -> Order | None:
    """What is asked for; `None` where nothing, or not clearly one thing, is meant."""
    verb, state = choice_of(fields, "verb", Verb), choice_of(fields, "state", Disposition)
    ids = tuple(str(one) for one in fields.getall("id", ()) if isinstance(one, str))[:MOST_IDS]
    channel, job, rule, text = (text_of(fields, name) or None for name in FILTERS)
    filters = any((channel, job, rule, text, text_of(fields, "state")))
    ways = (bool(ids), filters, text_of(fields, "all") == "1")
    if verb is None or sum(ways) != 1 or (text_of(fields, "state") and state not in STATES):
        return None
    channels = tuple(request.app[DESK].plan.channels)
    return Order(*(verb, ids, channel, job, rule), state=state, text=text, channels=channels)


ROUTES: Final = (
    web.get("/deliveries/order", confirm),
    web.post("/deliveries/order", carry_out),
    web.get("/deliveries/done", show_done),
)
