"""The tables of the store, in SQLAlchemy Core; the migrations lead to exactly these."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Dialect,
    FromClause,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    TypeDecorator,
    func,
    literal_column,
    text,
)

from watcher.core.delivery import Disposition

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)


def microseconds(at: datetime) -> int:
    """An aware time as microseconds since the epoch: exact, and sorted as the times are."""
    return (at - EPOCH) // MICROSECOND


class Instant(TypeDecorator[datetime]):
    """An aware UTC time, kept as whole microseconds since the epoch."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """To the number that is kept."""
        return None if value is None else microseconds(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Back to the time."""
        return None if value is None else EPOCH + value * MICROSECOND


# SQLite gives out growing numbers only for a primary key that is an INTEGER.
Serial: Final = BigInteger().with_variant(Integer(), "sqlite")

metadata: Final = MetaData()

meta: Final = Table(
    "meta",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

jobs: Final = Table(
    "jobs",
    metadata,
    Column("lane", Text, primary_key=True),
    Column("source", Text, nullable=False),
    Column("job_type", Text, nullable=False),
    Column("expect_state", Text),
    Column("actual_state", Text),
    Column("record", LargeBinary, nullable=False),
)

delays: Final = Table(
    "delays",
    metadata,
    Column("source", Text, primary_key=True),
    Column("job_type", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("record", LargeBinary, nullable=False),
)

sources: Final = Table(
    "sources",
    metadata,
    Column("name", Text, primary_key=True),
    Column("read_at", Instant),
    Column("record", LargeBinary, nullable=False),
)

alerts: Final = Table(
    "alerts",
    metadata,
    Column("lane", Text, primary_key=True),
    Column("rule", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("id", Text, nullable=False),
    Column("phase", Text, nullable=False),
    Column("event", BigInteger, nullable=False),
    Column("record", LargeBinary, nullable=False),
)

told: Final = Table(
    "told",
    metadata,
    Column("lane", Text, primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("alert", Text, nullable=False),
    Column("event", BigInteger, nullable=False),
    Column("record", LargeBinary, nullable=False),
)

repeats: Final = Table(
    "repeats",
    metadata,
    Column("lane", Text, primary_key=True),
    Column("rule", Text, primary_key=True),
    Column("fingerprint", Text, primary_key=True),
    Column("record", LargeBinary, nullable=False),
)

riders: Final = Table(
    "riders",
    metadata,
    Column("event", BigInteger, primary_key=True, autoincrement=False),
    Column("channel", Text, primary_key=True),
    Column("record", LargeBinary, nullable=False),
)

# A row for each job that had an error; what is known of the error is the sum of its rows.
errors: Final = Table(
    "errors",
    metadata,
    Column("fingerprint", Text, primary_key=True),
    Column("lane", Text, primary_key=True),
    Column("first_seen_at", Instant, nullable=False),
    Column("last_seen_at", Instant, nullable=False),
    Column("times", Integer, nullable=False),
)

counters: Final = Table(
    "counters",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", BigInteger, nullable=False),
)

events: Final = Table(
    "events",
    metadata,
    Column("id", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("job", Text),
    Column("detected_at", Instant, nullable=False),
    Column("record", LargeBinary, nullable=False),
    Index("events_detected", "detected_at"),
    Index("events_job", "job", "id"),
)

decisions: Final = Table(
    "decisions",
    metadata,
    Column("seq", Serial, primary_key=True),
    Column("event", BigInteger, nullable=False),
    Column("why", Text, nullable=False),
    Column("rule", Text),
    Column("channel", Text),
    Column("notification", Text),
    Column("at", Instant),
    Column("by", Text),
    Index("decisions_event", "event"),
    Index("decisions_by", "by", "why", "at", sqlite_where=text('"by" IS NOT NULL')),
    sqlite_autoincrement=True,
)

# A notification, or a bundle of them.  A bundle has no lane, alert, status or payload of its own:
# its members name it in `bundle`.  A merged row names there what took it in.  A row is open until
# `settled_at` is set.  `due_at` is when a waiting row may be leased, and when a lease ends.
# `deferred` says in words why it had to wait; `fell_back` is the id of the notification that told
# the same on the channel's fallback.  `aged_from` is from when its age is counted where that is not
# `made_at`, which stays: since a person gave it a new life, or as the wall clock was set since.
deliveries: Final = Table(
    "deliveries",
    metadata,
    Column("seq", Serial, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("channel", Text, nullable=False),
    Column("lane", Text),
    Column("alert", Text),
    Column("kind", Text),
    Column("rule", Text),
    Column("status", Text),
    Column("reason", Text),
    Column("severity", SmallInteger, nullable=False),
    Column("group_key", Text),
    Column("made_at", Instant, nullable=False),
    Column("hold_until", Instant),
    Column("due_at", Instant, nullable=False),
    Column("disposition", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("bundle", Text),
    Column("alone", Boolean, nullable=False),
    Column("shrink", Boolean, nullable=False),
    Column("absorbed", Boolean, nullable=False),
    Column("settled_at", Instant),
    Column("why", Text),
    Column("payload", LargeBinary),
    Column("deferred", Text),
    Column("fell_back", Text),
    Column("aged_from", Instant),
    sqlite_autoincrement=True,
)


def has(disposition: Disposition, table: FromClause = deliveries) -> ColumnElement[bool]:
    """Whether a row stands there, written out so that partial indexes are found to apply."""
    column: ColumnElement[str] = table.c.disposition
    return column == literal_column(f"'{disposition.value}'")


def age_from(table: FromClause = deliveries) -> ColumnElement[datetime]:
    """From when a delivery's age is counted, for giving it up and for calling it late."""
    return func.coalesce(table.c.aged_from, table.c.made_at, type_=Instant)


def _index(name: str, *columns: ColumnElement[Any], where: str) -> Index:
    return Index(name, *columns, sqlite_where=text(where))


_of: Final = deliveries.c
_index(
    "deliveries_waiting",
    _of.channel,
    _of.severity.desc(),
    _of.seq,
    where="disposition = 'waiting'",
)
_index("deliveries_due", _of.channel, _of.due_at, where="disposition = 'waiting'")
_index("deliveries_leased", _of.channel, where="disposition = 'leased'")
_index(
    "deliveries_open",
    *(_of.channel, _of.lane, _of.seq, _of.made_at, _of.aged_from),
    where="settled_at IS NULL",
)
_index("deliveries_settled", _of.settled_at, where="settled_at IS NOT NULL")
_index("deliveries_dead", _of.channel, _of.settled_at, where="disposition = 'dead'")
_index("deliveries_bundle", _of.bundle, where="bundle IS NOT NULL")
Index("deliveries_alert", _of.alert)

# Every attempt, also those of `test-channel`, which have no delivery.
attempts: Final = Table(
    "attempts",
    metadata,
    Column("seq", Serial, primary_key=True),
    Column("delivery", Text),
    Column("number", Integer, nullable=False),
    Column("channel", Text, nullable=False),
    Column("robot", Text, nullable=False),
    Column("begun_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("fate", Text),
    Column("code", Text),
    Column("status", Integer),
    Column("detail", Text),
    Index("attempts_delivery", "delivery", "number"),
    Index("attempts_robot", "robot", "begun_at"),
    sqlite_autoincrement=True,
)

breakers: Final = Table(
    "breakers",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("record", LargeBinary, nullable=False),
)

# Spans in which a channel, or without a name every one, could not send, and why in words.
waits: Final = Table(
    "waits",
    metadata,
    Column("seq", Serial, primary_key=True),
    Column("channel", Text),
    Column("since", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Column("why", Text, nullable=False),
    Index("waits_until", "until"),
)

# `created_at`, `until` and `expired_at` are the record's, to find those that are in force.
silences: Final = Table(
    "silences",
    metadata,
    Column("id", Text, primary_key=True),
    Column("created_at", Instant, nullable=False),
    Column("until", Instant),
    Column("expired_at", Instant),
    Column("record", LargeBinary, nullable=False),
)
