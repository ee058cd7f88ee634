"""What a person does to the outbox: retry what is dead or waits, or drop it, all or nothing."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, TypeAlias

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Result,
    Text,
    and_,
    bindparam,
    func,
    null,
    or_,
    select,
    update,
)

from watcher.core.deferral import Because, Deferral, explains
from watcher.core.delivery import OPEN, Disposition
from watcher.core.notification import Status
from watcher.messages.plain import short_line
from watcher.store.bids import LOOK, TRY, leave_bids
from watcher.store.engine import Bulk
from watcher.store.heads import NEVER_TOLD
from watcher.store.save import CHUNK
from watcher.store.schema import deliveries, has, microseconds

HANDLED: Final = OPEN | {Disposition.DEAD}
"""Where a delivery stands that a person may still do something about."""
REASON_CHARACTERS: Final = 200
"""Of what somebody says why, so much is kept."""
UNDER_WAY: Final = "is being sent now"

Condition: TypeAlias = ColumnElement[bool]

_PREFIX = re.compile(r"[0-9a-f]{1,32}")


class Verb(StrEnum):
    """What is done."""

    RETRY = "retry"
    DROP = "drop"


class Order(msgspec.Struct, frozen=True):
    """Which deliveries, and what about them.

    `ids` may be the beginnings of ids; without any, every row is meant that is not over and fits
    the other fields, of which `None` fits all; `text` is a part of a job's or a rule's name, `job`
    the whole one.  `why` is what is said of the dropped.  What was
    made for channels that are not among `channels` is not retried (`None`: all are known).
    """

    verb: Verb
    ids: tuple[str, ...] = ()
    channel: str | None = None
    job: str | None = None
    rule: str | None = None
    kind: str | None = None
    state: Disposition | None = None
    since: datetime | None = None
    text: str | None = None
    why: str = ""
    channels: tuple[str, ...] | None = None


class Row(msgspec.Struct, frozen=True):
    """One row of the outbox as an order finds it; a bundle's own row has no lane."""

    disposition: Disposition
    seq: int
    id: str
    channel: str
    made_at: datetime
    lane: str | None
    alert: str | None
    kind: str | None
    status: str | None
    reason: str | None
    bundle: str | None
    hold_until: datetime | None
    settled_at: datetime | None
    why: str | None
    alone: bool
    deferred: str | None
    fell_back: str | None


class Item(msgspec.Struct, frozen=True):
    """One delivery that an order is about, its members where it is a bundle, the ends that were
    dropped for want of it and come back with it, and what a person should know.
    """

    row: Row
    members: tuple[Row, ...] = ()
    ends: tuple[Row, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def messages(self) -> tuple[Row, ...]:
        """The notifications that it stands for."""
        return self.members or (self.row,)


class Deed(msgspec.Struct, frozen=True):
    """What an order comes to: what is done, what is left as it is and why, and ids that no row, or
    more than one, begins with.  With any of those nothing at all is done.
    """

    done: tuple[Item, ...] = ()
    left: tuple[Item, ...] = ()
    unknown: tuple[str, ...] = ()
    ambiguous: tuple[str, ...] = ()

    @property
    def is_clear(self) -> bool:
        """Whether every id means one row."""
        return not self.unknown and not self.ambiguous


_row: Final = deliveries.c
_ROWS: Final = select(*(_row[name] for name in Row.__struct_fields__)).order_by(_row.seq)
_NAMED: Final = _ROWS.where(_row.id >= bindparam("low"), _row.id < bindparam("high")).limit(2)
_LAST_BUNDLED: Final = (
    select(_row.channel, _row.lane, func.max(_row.seq))
    .where(
        _row.lane.is_not(None),
        _row.bundle.is_not(None),
        or_(has(Disposition.DEAD), and_(has(Disposition.BUNDLED), _row.settled_at.is_(None))),
    )
    .group_by(_row.channel, _row.lane)
)
_this: Final = _row.seq == bindparam("of")
_GO_NOW: Final = Bulk(update(deliveries).where(_this).values(due_at=bindparam("due")))
_REVIVE: Final = Bulk(
    update(deliveries)
    .where(_this)
    .values(
        disposition=bindparam("into"),
        settled_at=null(),
        why=null(),
        due_at=bindparam("at"),
        aged_from=bindparam("at"),
        deferred=bindparam("words"),
        alone=bindparam("by_itself"),
    )
)
_DROP: Final = Bulk(
    update(deliveries)
    .where(_this)
    .values(
        disposition=Disposition.DROPPED.value, settled_at=bindparam("at"), why=bindparam("words")
    )
)


def dropped_by(name: str, reason: str | None) -> str:
    """What is said of what somebody dropped, as `Order.why`."""
    words = f": {short_line(reason, REASON_CHARACTERS)}" if reason else ""
    return f"dropped by {name}{words}"


def foresee(connection: Connection, order: Order) -> Deed:
    """What an order would come to now; changes nothing."""
    if not order.ids:
        return _judge(connection, order, _fitting(connection, order))
    found = {prefix: _named(connection, prefix) for prefix in order.ids}
    deed = Deed(
        unknown=tuple(prefix for prefix, rows in found.items() if not rows),
        ambiguous=tuple(prefix for prefix, rows in found.items() if len(rows) > 1),
    )
    if not deed.is_clear:
        return deed
    once = {row.seq: row for rows in found.values() for row in rows}
    return _judge(connection, order, [once[seq] for seq in sorted(once)])


def act(connection: Connection, order: Order, now: datetime) -> Deed:
    """Do it, and bid a running service to look."""
    deed = foresee(connection, order)
    if order.verb is Verb.RETRY:
        _retry(connection, deed, now)
    else:
        gone = [row for item in deed.done for row in {*item.messages, item.row}]
        at = microseconds(now)
        _DROP.run(connection, ({"of": row.seq, "at": at, "words": order.why} for row in gone))
    bid = TRY if order.verb is Verb.RETRY else LOOK
    # What is under way may have begun before a person mended its receiver.
    heard = [*deed.done, *(item for item in deed.left if UNDER_WAY in item.notes)]
    leave_bids(connection, {item.row.channel for item in heard}, bid)
    return deed


def _named(connection: Connection, prefix: str) -> list[Row]:
    if _PREFIX.fullmatch(prefix) is None:
        return []
    return _rows(connection.execute(_NAMED, {"low": prefix, "high": f"{prefix}g"}))


def _fitting(connection: Connection, order: Order) -> list[Row]:
    states = HANDLED
    if order.state is not None:
        states = frozenset({order.state}) if order.state is Disposition.DEAD else OPEN
    fits: list[Condition] = [or_(*(_stands(state) for state in sorted(states)))]
    wanted = {"channel": order.channel, "rule": order.rule, "kind": order.kind}
    fits += [_row[name] == value for name, value in wanted.items() if value is not None]
    if order.since is not None:
        fits.append(_row.made_at >= order.since)
    if order.job is not None:
        fits.append(_row.lane.endswith(f"/{order.job}", autoescape=True))
    if order.text is not None:
        fits.append(names(order.text))
    rows = _rows(connection.execute(_ROWS.where(*fits)))
    return [row for row in rows if order.job is None or _job_of(row) == order.job]


def names(text: str) -> Condition:
    """Whether a row of the outbox names a job or a rule that holds the text, whatever its case."""
    place = func.substr(_row.lane, func.instr(_row.lane, "/") + 1, type_=Text)
    job = func.substr(place, func.instr(place, "/") + 1, type_=Text)
    lane, name, rule = (it.icontains(text, autoescape=True) for it in (_row.lane, job, _row.rule))
    # Most rows are told by the whole lane already.
    return or_(and_(lane, name), rule)


def _stands(state: Disposition) -> Condition:
    """With what makes the partial index of all that is open apply."""
    if state in OPEN:
        return and_(has(state), _row.settled_at.is_(None))
    return has(state)


def _job_of(row: Row) -> str:
    return (row.lane or "").split("/", 2)[-1]


def _rows(found: Result[Any]) -> list[Row]:
    # Positionally: a hundred thousand may be meant, and the service waits meanwhile.
    return [_as_row(list(values)) for values in found]


def _as_row(values: list[Any]) -> Row:
    return Row(Disposition(values[0]), *values[1:])


def _among(
    connection: Connection, column: ColumnElement[Any], values: Iterable[str], *more: Condition
) -> Iterator[Row]:
    """The rows that have one of these values, however many there are."""
    wanted = sorted(set(values))
    for start in range(0, len(wanted), CHUNK):
        some = column.in_(wanted[start : start + CHUNK])
        yield from _rows(connection.execute(_ROWS.where(some, *more)))


def _judge(connection: Connection, order: Order, rows: Sequence[Row]) -> Deed:
    """Sort rows into what is done and what is left; a member of a bundle stands for it."""
    bundles = _bundles(connection, rows)
    members = _members(connection, bundles)
    chosen = {row.id for row in rows}
    done, left = dict[int, Item](), list[Item]()
    for row in rows:
        whole = _whole(row, bundles)
        item = Item(whole, tuple(members.get(whole.id, ())))
        note = _obstacle(order, whole) or _part_of(order, row, item, chosen)
        if note:
            left.append(Item(row, notes=(note,)))
        else:
            done[whole.seq] = item
    items = tuple(done.values())
    if order.verb is Verb.RETRY:
        items = tuple(_with_sequels(connection, items))
    return Deed(done=items, left=tuple(left))


def _whole(row: Row, bundles: dict[str, Row]) -> Row:
    """The bundle that a row went, or waits to go, with; else the row itself."""
    parent = bundles.get(row.bundle or "")
    if parent is None or row.disposition not in (Disposition.BUNDLED, Disposition.DEAD):
        return row
    return parent


def _obstacle(order: Order, row: Row) -> str | None:
    """Why nothing can be done about a delivery."""
    if row.disposition is Disposition.LEASED:
        return UNDER_WAY
    if row.disposition not in HANDLED:
        return f"is {row.disposition}" + (f": {row.why}" if row.why else "")
    known = order.channels
    if order.verb is Verb.RETRY and known is not None and row.channel not in known:
        return f"its channel {row.channel} is not in the file"
    return None


def _part_of(order: Order, row: Row, item: Item, chosen: set[str]) -> str | None:
    """Why a member alone is not dropped: its bundle has been tried, and stays what it is."""
    others = {member.id for member in item.members} | {item.row.id}
    if order.verb is Verb.RETRY or item.row is row or others - {item.row.id} <= chosen:
        return None
    if item.row.id in chosen:
        return None
    return f"is one of {len(item.members)} in bundle {item.row.id[:12]}; drop that, or none of it"


def _bundles(connection: Connection, rows: Sequence[Row]) -> dict[str, Row]:
    """The bundles among rows and of rows that are not over, or died together, by id."""
    named = (row.bundle for row in rows if row.bundle is not None)
    found = [row for row in rows if row.lane is None]
    found += _among(connection, _row.id, named, _row.lane.is_(None))
    return {row.id: row for row in found if row.disposition in HANDLED}


def _members(connection: Connection, bundles: Iterable[str]) -> dict[str, list[Row]]:
    members: defaultdict[str, list[Row]] = defaultdict(list)
    carried = or_(has(Disposition.BUNDLED), has(Disposition.DEAD))
    for row in _among(connection, _row.bundle, bundles, carried):
        members[row.bundle or ""].append(row)
    return members


def _with_sequels(connection: Connection, items: Sequence[Item]) -> Iterator[Item]:
    """Items that come back to life, with what became of their alerts meanwhile."""
    dead = [row for item in items for row in item.messages if row.disposition is Disposition.DEAD]
    later: defaultdict[tuple[str, str], list[Row]] = defaultdict(list)
    told_or_not = or_(has(Disposition.DELIVERED), has(Disposition.DROPPED))
    alerts = (row.alert for row in dead if row.alert)
    for row in _among(connection, _row.alert, alerts, told_or_not):
        later[row.channel, row.alert or ""].append(row)
    for item in items:
        yield _with_sequel(item, later)


def _with_sequel(item: Item, later: dict[tuple[str, str], list[Row]]) -> Item:
    notes, ends = list[str](), dict[int, Row]()
    for row in item.messages:
        if row.disposition is not Disposition.DEAD:
            continue
        after = [one for one in later.get((row.channel, row.alert or ""), ()) if one.seq > row.seq]
        told = [one for one in after if one.disposition is Disposition.DELIVERED]
        ends |= {one.seq: one for one in after if one.why == NEVER_TOLD}
        if any(one.status == Status.RESOLVED for one in told):
            notes.append("comes after its end, which was delivered")
        elif told:
            notes.append("comes after later messages of its alert, which were delivered")
        if row.fell_back:
            notes.append("was told on the fallback meanwhile")
    if ends:
        notes.append(f"its end comes back with it ({NEVER_TOLD})")
    return Item(item.row, item.members, tuple(ends.values()), tuple(dict.fromkeys(notes)))


def _retry(connection: Connection, deed: Deed, now: datetime) -> None:
    """What waits is due; what is dead waits again with a new span to live, a bundle as it was."""
    last = {(channel, lane): seq for channel, lane, seq in connection.execute(_LAST_BUNDLED)}
    waiting = [i.row for i in deed.done if i.row.disposition is Disposition.WAITING]
    _GO_NOW.run(
        connection,
        ({"of": row.seq, "due": microseconds(max(now, row.hold_until or now))} for row in waiting),
    )
    revived: dict[int, dict[str, object]] = {}
    for item in deed.done:
        if item.row.disposition is Disposition.DEAD:
            # A bundle that was frozen later must not come to wait for one that waits for it.
            alone = item.row.seq < last.get((item.row.channel, item.row.lane), 0)
            back = [(item.row, Disposition.WAITING, alone)]
            back += [(member, Disposition.BUNDLED, False) for member in item.members]
            back += [(row, Disposition.WAITING, True) for row in item.ends]
            revived |= {
                row.seq: {
                    "of": row.seq,
                    "into": into.value,
                    "at": microseconds(now),
                    "words": _deferred(row, now),
                    "by_itself": row.alone or by_itself,
                }
                for row, into, by_itself in back
            }
    _REVIVE.run(connection, revived.values())


def _deferred(row: Row, now: datetime) -> str | None:
    """That it was dead is why it is late, where that took most of the time."""
    died_at = row.settled_at or now
    if row.disposition is Disposition.DEAD and explains(died_at, row.made_at, now):
        return Deferral(Because.DEAD, row.why or "").text
    return row.deferred
