"""The heads of the lanes of one channel: what may be sent next without overtaking anything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    FromClause,
    Select,
    and_,
    bindparam,
    exists,
    func,
    not_,
    or_,
    select,
    type_coerce,
    update,
)

from watcher.core.delivery import Disposition
from watcher.core.event import Kind
from watcher.core.notification import Status
from watcher.store.schema import deliveries, has, microseconds

NEVER_TOLD: Final = "beginning never told"
"""Why an end is dropped whose alert has no delivered message on that channel."""


class Head(msgspec.Struct, frozen=True):
    """A waiting row before which nothing of its lane is open; a bundle's row has no lane.

    `alone` says that it must not be bundled; `untold` that it is an end of which no beginning was
    delivered there.  In a digest a row may also follow others of its lane that are in it too.
    """

    seq: int
    id: str
    severity: int
    made_at: datetime
    group: str | None = None
    attempts: int = 0
    alone: bool = False
    shrink: bool = False
    payload: bytes | None = None
    untold: bool = False
    deferred: str | None = None
    alert: str | None = None

    @property
    def may_join(self) -> bool:
        """Whether it may become part of a new bundle."""
        return self.group is not None and not self.alone and not self.attempts


_row: Final = deliveries.c
_earlier: Final = deliveries.alias("earlier")
_before: Final = deliveries.alias("before")
_member: Final = deliveries.alias("member_of_head")
_sent: Final = deliveries.alias("sent")


def _something_before(row: FromClause) -> ColumnElement[bool]:
    return exists().where(
        _earlier.c.channel == row.c.channel,
        _earlier.c.lane == row.c.lane,
        _earlier.c.settled_at.is_(None),
        _earlier.c.seq < row.c.seq,
    )


# A bundle waits for what stands before the first of its messages about a job, not for the messages
# themselves, and not for what a person brought back among them: that follows.
_first_of_lane: Final = (
    select(_earlier.c.bundle)
    .where(
        _earlier.c.channel == _member.c.channel,
        _earlier.c.lane == _member.c.lane,
        _earlier.c.settled_at.is_(None),
    )
    .order_by(_earlier.c.seq)
    .limit(1)
    .correlate(_member)
    .scalar_subquery()
)
_member_waits: Final = exists().where(
    _member.c.bundle == _row.id,
    has(Disposition.BUNDLED, _member),
    _first_of_lane.is_distinct_from(_member.c.bundle),
)
# What a person retried may come to stand before what is already on its way: it waits for that, and
# a bundle that has been tried waits for it.
_is_head: Final = and_(
    not_(_something_before(deliveries)),
    or_(
        _row.aged_from.is_(None),
        not_(
            exists().where(
                _sent.c.channel == _row.channel,
                has(Disposition.LEASED, _sent),
                _sent.c.lane == _row.lane,
            )
        ),
    ),
    or_(
        _row.lane.is_not(None),
        not_(_member_waits),
    ),
)
_untold: Final = and_(
    _row.status == Status.RESOLVED.value,
    # Its beginning was told past the outbox.
    _row.kind != Kind.UNWRITABLE.value,
    not_(_row.absorbed),
    not_(
        exists().where(
            _before.c.alert == _row.alert,
            _before.c.channel == _row.channel,
            has(Disposition.DELIVERED, _before),
        )
    ),
)
_waiting_heads: Final = and_(
    _row.channel == bindparam("channel"), has(Disposition.WAITING), _is_head
)
_by_gravity: Final = (_row.severity.desc(), _row.seq)

_HEADS: Final = (
    select(
        _row.seq,
        _row.id,
        _row.severity,
        _row.made_at,
        _row.group_key,
        _row.attempts,
        _row.alone,
        _row.shrink,
        _row.payload,
        func.coalesce(_untold, False).label("untold"),
        _row.deferred,
        _row.alert,
    )
    .where(_waiting_heads)
    .order_by(*_by_gravity)
    .limit(bindparam("most"))
)
# The sum hides `due_at` from the planner: sorting by gravity through an index beats finding what
# is due and sorting it, because nearly all that waits is due.
_DUE_HEADS: Final = _HEADS.where(
    type_coerce(_row.due_at, BigInteger) + 0 <= bindparam("now", type_=BigInteger)
)
_HEADS_TO_JOIN: Final = _HEADS.where(
    _row.group_key == bindparam("of"), _row.attempts == 0, not_(_row.alone)
)
_is_frozen: Final = or_(
    not_(has(Disposition.WAITING, _earlier)), _earlier.c.attempts > 0, _earlier.c.alone
)
# Found once for all rows: to look at the whole lane of each is too long a look.
_frozen_lanes: Final = select(_earlier.c.lane).where(
    _earlier.c.channel == bindparam("channel"),
    _earlier.c.lane.is_not(None),
    _earlier.c.settled_at.is_(None),
    _is_frozen,
)
# By the gravest of its lane, so that whatever the number cuts off never precedes what it leaves.
_gravest: Final = func.max(_row.severity).over(partition_by=_row.lane).desc()
_CHOSEN: Final = (
    select(_row.seq)
    .where(
        _row.channel == bindparam("channel"),
        has(Disposition.WAITING),
        _row.lane.is_not(None),
        _row.attempts == 0,
        not_(_row.alone),
        _row.lane.not_in(_frozen_lanes),
    )
    .order_by(_gravest, _row.seq)
    .limit(bindparam("most"))
    .subquery()
)
# Whether an end is untold is asked only of those that go.
_DIGEST: Final = (
    select(
        _row.seq,
        _row.id,
        _row.severity,
        _row.made_at,
        func.coalesce(_untold, False).label("untold"),
        _row.alert,
    )
    .where(_row.seq.in_(select(_CHOSEN.c.seq)))
    .order_by(_row.seq)
)
_NEXT_DUE: Final = (
    select(_row.due_at)
    .where(_waiting_heads, _row.due_at > bindparam("now"))
    .order_by(_row.due_at)
    .limit(1)
)
_DROP: Final = (
    update(deliveries)
    .where(_row.seq.in_(bindparam("rows", expanding=True)))
    .values(disposition=Disposition.DROPPED.value, settled_at=bindparam("at"), why=NEVER_TOLD)
)


def due_heads(connection: Connection, channel: str, now: datetime, most: int) -> list[Head]:
    """The heads that are due, gravest and oldest first."""
    values = {"channel": channel, "now": microseconds(now), "most": most}
    return _heads(connection, _DUE_HEADS, values)


def heads_to_join(connection: Connection, channel: str, group: str, most: int) -> list[Head]:
    """The untried heads of one group, gravest and oldest first, also those that still wait."""
    return _heads(connection, _HEADS_TO_JOIN, {"channel": channel, "of": group, "most": most})


def rows_of_digest(connection: Connection, channel: str, most: int) -> list[Head]:
    """Whatever may go together now: of each lane all, where nothing of it is tried or under way.

    An end counts as told where the digest itself tells of its beginning.
    """
    found = connection.execute(_DIGEST, {"channel": channel, "most": most}).all()
    heads = [
        Head(r.seq, r.id, r.severity, r.made_at, untold=r.untold, alert=r.alert) for r in found
    ]
    told = {head.alert for head in heads if not head.untold}
    return [
        msgspec.structs.replace(head, untold=head.untold and head.alert not in told)
        for head in heads
    ]


def next_due_at(connection: Connection, channel: str, now: datetime) -> datetime | None:
    """When the first head that is not yet due will be."""
    return connection.scalar(_NEXT_DUE, {"channel": channel, "now": now})


def drop_untold(connection: Connection, heads: Iterable[Head], now: datetime) -> list[Head]:
    """Drop the ends of which no beginning was told; give back the others."""
    told: list[Head] = []
    untold: list[Head] = []
    for head in heads:
        (untold if head.untold else told).append(head)
    if untold:
        connection.execute(_DROP, {"rows": [head.seq for head in untold], "at": now})
    return told


def _heads(
    connection: Connection, statement: Select[Any], values: Mapping[str, object]
) -> list[Head]:
    return [Head(*row) for row in connection.execute(statement, values)]
