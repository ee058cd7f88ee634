"""Events: what happened, and what a channel was told, for who must not miss anything."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Final

import msgspec
from anyio.to_thread import run_sync
from msgspec import Meta

from watcher.channels.webhook import body_of
from watcher.core.delivery import Disposition, Parcel
from watcher.core.event import Kind
from watcher.store.views.events import (
    Ahead,
    Stretch,
    Told,
    Wanted,
    is_told,
    place_of,
    read_event,
    read_happened,
    read_told,
)
from watcher.web.api.given import ChannelName, JobName, JobType, Place, SourceName
from watcher.web.api.happened import Happened, happened_of
from watcher.web.api.operation import Call, Operation
from watcher.web.api.problem import Fault, Refused, did_you_mean, shown, unfit
from watcher.web.desk import Desk

MOST: Final = 500
"""Each may hold 20 kB."""

Kinds = Annotated[
    tuple[Kind, ...], Meta(description="Only of these kinds; may be given several times.")
]
States = Annotated[
    tuple[Disposition, ...],
    Meta(
        description="With `channel`: only messages that stand so; may be given several times.",
    ),
]
MessageId = Annotated[
    str,
    Meta(
        pattern="^[0-9a-f]{32}$",
        description="With `channel`, in place of `after`: go on behind the message of this "
        "`webhook-id`.",
    ),
]
Few = Annotated[int, Meta(ge=1, le=MOST, description="How many to give at most.")]
Number = Annotated[int, Meta(ge=1, le=2**63 - 1, description="The event's `id`.")]


class Message(msgspec.Struct, frozen=True):
    """What a channel was to be told: `id` is its `webhook-id`, `body` what a webhook gets, `event`
    the `id` of the event that it tells.

    `state` is how it stands: waiting, leased (being sent), bundled, delivered, merged, dropped or
    dead.
    """

    id: str
    channel: str
    state: Disposition
    made_at: datetime
    event: int
    body: dict[str, Any]


class Entry(msgspec.Struct, frozen=True):
    """Without `channel` one `event`, with it one `message`; the other is null.

    `sequence` is its place in this list, good as `after`.  Those of messages number all channels'
    together, and grow from each to the next; the one in a body counts what that job was told there.
    """

    sequence: int
    event: Happened | None
    message: Message | None


class Entries(msgspec.Struct, frozen=True):
    """Entries in the order in which they came.

    `next` is where to go on (`after`), `more` whether there is more already.  `complete`: all that
    was between `after` and `next` is still kept (see `retention`).  `oldest` is the first
    `sequence` that is kept, of whatever channel.  There may be few or none although there is
    `more`.
    """

    events: tuple[Entry, ...]
    next: int
    more: bool
    complete: bool
    oldest: int | None


class EventsAsked(msgspec.Struct, frozen=True):
    """Which events."""

    after: Place = 0
    after_id: MessageId | None = None
    channel: ChannelName | None = None
    kind: Kinds = ()
    state: States = ()
    source: SourceName | None = None
    job: JobName | None = None
    job_type: JobType | None = None
    limit: Few = 100


class EventAsked(msgspec.Struct, frozen=True):
    """Which event."""

    id: Number


async def list_events(call: Call, asked: EventsAsked) -> Entries:
    """The events after a place, or what a channel was told after it."""
    wanted = Wanted(
        after=asked.after,
        limit=asked.limit,
        kinds=asked.kind,
        source=asked.source,
        job=asked.job,
        job_type=asked.job_type,
        states=asked.state,
    )
    try:
        if asked.channel is not None:
            return await _of_channel(call.desk, asked, wanted, asked.channel)
        _refuse_channel_s_own(asked)
        happened, stretch = await call.desk.read(partial(read_happened, wanted=wanted))
    except Ahead as ahead:
        words = (
            f"No event has the sequence {asked.after}, the last one has {ahead.last}: the store "
            "was made anew since.  Begin again with after=0."
        )
        raise Refused(410, words) from None
    return _entries((Entry(one.id, happened_of(one), None) for one in happened), stretch)


def _refuse_channel_s_own(asked: EventsAsked) -> None:
    given = {"after_id": asked.after_id, "state": asked.state}
    expected = "it together with channel"
    if faults := [Fault(name, expected=expected) for name, value in given.items() if value]:
        raise unfit(faults)


async def _of_channel(desk: Desk, asked: EventsAsked, wanted: Wanted, channel: str) -> Entries:
    if asked.after_id is not None:
        if asked.after:
            raise unfit([Fault("after_id", expected="it without after, which says the same")])
        find = partial(place_of, message=asked.after_id, channel=channel)
        place = await desk.read(find)
        if place is None:
            words = f"No message {asked.after_id} to {channel} is kept: begin with after=0."
            raise Refused(410, words)
        wanted = msgspec.structs.replace(wanted, after=place)
    told, stretch = await desk.read(partial(read_told, wanted=wanted, channel=channel))
    if not told and channel not in desk.plan.channels and not await _is_told(desk, channel):
        near = did_you_mean(channel, desk.plan.channels)
        raise Refused(404, f"No channel {shown(channel)} is in the file.{near}")
    # Bodies are made on a thread: a thousand of them take longer than the loops should wait.
    return await run_sync(lambda: _entries([_told(desk, one) for one in told], stretch))


async def _is_told(desk: Desk, channel: str) -> bool:
    """Whether a channel that left the file has something to tell all the same."""
    return await desk.read(partial(is_told, channel=channel))


def _entries(found: Iterable[Entry], stretch: Stretch) -> Entries:
    return Entries(
        events=tuple(found),
        next=stretch.next,
        more=stretch.more,
        complete=not stretch.lost,
        oldest=stretch.oldest,
    )


def _told(desk: Desk, told: Told) -> Entry:
    note = told.notification
    parcel = Parcel(note.id, note.channel, 1, (note,), told.made_at, shrink=told.shrink)
    body = msgspec.json.decode(body_of(parcel, desk.wording_of(note.channel)))
    message = Message(note.id, note.channel, told.state, told.made_at, note.event.id, body)
    return Entry(told.place, None, message)


async def show_event(call: Call, asked: EventAsked) -> Happened:
    """One event."""
    found = await call.desk.read(partial(read_event, number=asked.id))
    if found is None:
        raise Refused(404, f"No event {asked.id} is kept.")
    return happened_of(found)


OPERATIONS: Final = (
    Operation(
        "GET",
        "/events",
        "list_events",
        "What happened, or what a channel was told, after a place.",
        Entries,
        list_events,
        EventsAsked,
        detail="Without `channel` one entry for each event, whatever came of it.  With `channel` "
        "one entry for each message that was decided for it, delivered or not, also reminders and "
        "ends: a webhook's receiver that was away asks with its last `next` and takes the bodies "
        "whose ids it does not know.",
        refusals=(
            (404, "There is no such channel."),
            (422, "Parameters do not go together."),
            (410, "There is no such place any more: begin again with after=0."),
        ),
    ),
    Operation(
        "GET",
        "/events/{id}",
        "show_event",
        "One event.",
        Happened,
        show_event,
        EventAsked,
        refusals=((404, "It is not kept, or never was."),),
    ),
)
