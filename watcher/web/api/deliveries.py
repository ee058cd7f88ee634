"""Deliveries: the outbox page by page, one of them, and what a person may do about them."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Annotated, Final

import msgspec
from anyio.to_thread import run_sync
from msgspec import Meta

from watcher.core.delivery import Disposition
from watcher.core.event import Kind
from watcher.store.by_hand import Deed, Item, Order, Verb, act, dropped_by, foresee
from watcher.store.queries import Attempt
from watcher.store.views.deliveries import (
    DeliveriesWanted,
    DeliveryView,
    Part,
    read_deliveries,
    read_delivery,
)
from watcher.web.api.given import LONGEST, ChannelName, Limit
from watcher.web.api.operation import Call, Operation
from watcher.web.api.problem import Fault, Refused, unfit
from watcher.web.api.sending import Delivery, delivery_of, summary_of
from watcher.web.desk import Desk

MOST_IDS: Final = 1_000
MOST_NAMED: Final = 1_000
"""Deliveries of one deed that are named; all of them are counted."""

Text = Annotated[str, Meta(max_length=LONGEST, description="A part of the job or rule.")]
Sequence = Annotated[int, Meta(ge=1, le=2**63 - 1)]
DeliveryId = Annotated[
    str, Meta(pattern="^[0-9a-f]{32}$", description="The delivery's id: its `webhook-id`.")
]
IdStart = Annotated[str, Meta(pattern="^[0-9a-f]{1,32}$", description="An id, or its beginning.")]


class DeliveriesAsked(msgspec.Struct, frozen=True):
    """Which deliveries."""

    channel: ChannelName | None = None
    state: Annotated[Part, Meta(description="Only what stands so.")] | None = None
    text: Text = ""
    before: Annotated[Sequence, Meta(description="Older than this: `older`.")] | None = None
    after: Annotated[Sequence, Meta(description="Newer than this: `newer`.")] | None = None
    limit: Limit = 100


class Deliveries(msgspec.Struct, frozen=True):
    """Deliveries, the latest first.  `older` and `newer` are where to go on (`before`, `after`),
    null where there is nothing more.
    """

    deliveries: tuple[Delivery, ...]
    older: int | None
    newer: int | None


class DeliveryAsked(msgspec.Struct, frozen=True):
    """Which delivery."""

    id: DeliveryId


class Carried(msgspec.Struct, frozen=True):
    """One message that a bundle carries, or that was merged into another."""

    delivery: Delivery
    summary: str | None


class DeliveryDetail(msgspec.Struct, frozen=True):
    """One delivery: what it says in one line (null for a bundle, whose `members` say it), what it
    travels in or was merged into (`carrier`), what told the same on the channel's fallback, and
    every attempt, its carrier's too.
    """

    delivery: Delivery
    summary: str | None
    hold_until: datetime | None
    members: tuple[Carried, ...]
    carrier: Delivery | None
    fallback: Delivery | None
    attempts: tuple[Attempt, ...]


class RetryAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which deliveries: `ids` (their beginnings are enough), or what they have in common (`text` is
    a part of the job's or rule's name), or `all` that are not over; one of the three.  With
    `dry_run` nothing is done.
    """

    ids: Annotated[tuple[IdStart, ...], Meta(max_length=MOST_IDS)] = ()
    channel: ChannelName | None = None
    job: Annotated[str, Meta(min_length=1, max_length=LONGEST)] | None = None
    rule: Annotated[str, Meta(min_length=1, max_length=LONGEST)] | None = None
    kind: Kind | None = None
    text: Annotated[str, Meta(min_length=1, max_length=LONGEST)] | None = None
    state: Annotated[str, Meta(pattern="^(dead|waiting)$")] | None = None
    since: Annotated[datetime, Meta(tz=True, description="Made since then.")] | None = None
    all: bool = False
    dry_run: bool = False


class DropAsked(RetryAsked, frozen=True, forbid_unknown_fields=True):
    """As for a retry; `reason` is kept with what is dropped."""

    reason: Annotated[str, Meta(max_length=LONGEST)] = ""


class Handled(msgspec.Struct, frozen=True):
    """One delivery that was acted on or left: of `messages`, with the `ends` that come back with
    it; `notes` say what to know, or why it was left.
    """

    id: str
    channel: str
    state: Disposition
    made_at: datetime
    lane: str | None
    kind: str | None
    status: str | None
    reason: str | None
    messages: int
    ends: tuple[str, ...]
    notes: tuple[str, ...]


class DeedDone(msgspec.Struct, frozen=True):
    """What was done, or with `dry_run` would be, and what was left as it is.

    `messages` of `deliveries` were acted on, `others` left; the first thousand of both are named.
    """

    dry_run: bool
    messages: int
    deliveries: int
    others: int
    done: tuple[Handled, ...]
    left: tuple[Handled, ...]


async def list_deliveries(call: Call, asked: DeliveriesAsked) -> Deliveries:
    """The outbox."""
    if asked.before is not None and asked.after is not None:
        raise unfit([Fault("after", expected="it or before, not both")])
    wanted = DeliveriesWanted(
        channel=asked.channel,
        part=asked.state,
        text=asked.text,
        before=asked.before,
        after=asked.after,
        limit=asked.limit,
    )
    found = await call.desk.read(partial(read_deliveries, wanted=wanted))
    return Deliveries(tuple(map(delivery_of, found.deliveries)), found.older, found.newer)


async def show_delivery(call: Call, asked: DeliveryAsked) -> DeliveryDetail:
    """One delivery."""
    found = await call.desk.read(partial(read_delivery, delivery=asked.id))
    if found is None:
        raise Refused(404, f"No delivery {asked.id} is kept.")
    return await run_sync(_detail, call.desk, found)


def _detail(desk: Desk, found: DeliveryView) -> DeliveryDetail:
    made_at = found.shipment.made_at
    return DeliveryDetail(
        delivery=delivery_of(found.shipment),
        summary=summary_of(found.told, made_at, desk),
        hold_until=found.hold_until,
        members=tuple(
            Carried(delivery_of(one.shipment), summary_of(one.told, one.shipment.made_at, desk))
            for one in found.members
        ),
        carrier=None if found.carrier is None else delivery_of(found.carrier),
        fallback=None if found.fallback is None else delivery_of(found.fallback),
        attempts=found.attempts,
    )


async def retry(call: Call, asked: RetryAsked) -> DeedDone:
    """Make what is dead or waits due now."""
    return await _carry_out(call, Verb.RETRY, asked, "")


async def drop(call: Call, asked: DropAsked) -> DeedDone:
    """End what is dead or waits, untold."""
    return await _carry_out(call, Verb.DROP, asked, dropped_by(call.who, asked.reason))


async def _carry_out(call: Call, verb: Verb, asked: RetryAsked, why: str) -> DeedDone:
    _require_choice(asked)
    desk = call.desk
    order = Order(
        verb,
        ids=asked.ids,
        channel=asked.channel,
        job=asked.job,
        rule=asked.rule,
        kind=asked.kind,
        text=asked.text,
        state=Disposition(asked.state) if asked.state else None,
        since=asked.since,
        why=why,
        channels=tuple(desk.plan.channels),
    )
    if asked.dry_run:
        deed = await desk.read(partial(foresee, order=order))
    else:
        deed = await desk.write(partial(act, order=order, now=desk.now()))
    _require_clear(deed)
    messages = sum(len(item.messages) + len(item.ends) for item in deed.done)
    if not asked.dry_run:
        call.note(verb=verb.value, messages=messages, left=len(deed.left))
    return DeedDone(
        dry_run=asked.dry_run,
        messages=messages,
        deliveries=len(deed.done),
        others=len(deed.left),
        done=tuple(map(_handled, deed.done[:MOST_NAMED])),
        left=tuple(map(_handled, deed.left[:MOST_NAMED])),
    )


def _require_choice(asked: RetryAsked) -> None:
    """Nothing is done by default, and what is meant is said in one way."""
    names = ("channel", "job", "rule", "kind", "text", "state", "since")
    common = [getattr(asked, name) for name in names]
    ways = (bool(asked.ids), any(common), asked.all)
    if sum(ways) != 1:
        words = "either ids, or what they have in common (channel, job, rule, …)"
        raise unfit([Fault("ids", expected=f"{words}, or all")])


def _require_clear(deed: Deed) -> None:
    faults = [Fault("ids", found=one, expected="the beginning of an id") for one in deed.unknown]
    faults += [
        Fault("ids", found=one, expected="more of it, as several ids begin so")
        for one in deed.ambiguous
    ]
    if faults:
        raise Refused(404, "Not every id is one delivery's; nothing was done.", faults)


def _handled(item: Item) -> Handled:
    row = item.row
    return Handled(
        id=row.id,
        channel=row.channel,
        state=row.disposition,
        made_at=row.made_at,
        lane=row.lane,
        kind=row.kind,
        status=row.status,
        reason=row.reason,
        messages=len(item.messages),
        ends=tuple(one.id for one in item.ends),
        notes=item.notes,
    )


_DOING: Final = (
    (404, "An id is no delivery's, or several begin so; nothing was done."),
    (422, "What is meant is said in no way, or in several."),
)

OPERATIONS: Final = (
    Operation(
        "GET",
        "/deliveries",
        "list_deliveries",
        "The outbox, the latest first.",
        Deliveries,
        list_deliveries,
        DeliveriesAsked,
        refusals=((422, "`before` and `after` do not go together."),),
    ),
    Operation(
        "POST",
        "/deliveries/retry",
        "retry_deliveries",
        "Make what is dead or waits due now: same id, same text.",
        DeedDone,
        retry,
        RetryAsked,
        detail="A bundle goes as a whole.  A wait that the receiver itself asked for is kept.",
        refusals=_DOING,
    ),
    Operation(
        "POST",
        "/deliveries/drop",
        "drop_deliveries",
        "End what is dead or waits: it is not told, and the ledger says by whom.",
        DeedDone,
        drop,
        DropAsked,
        refusals=_DOING,
    ),
    Operation(
        "GET",
        "/deliveries/{id}",
        "show_delivery",
        "One delivery with every attempt.",
        DeliveryDetail,
        show_delivery,
        DeliveryAsked,
        refusals=((404, "It is not kept, or never was."),),
    ),
)
