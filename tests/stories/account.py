"""What the messages of a chat were about, from the rows of the outbox that they carried."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from tests.stories.message import Part


@dataclass(frozen=True)
class Row:
    """One row of the outbox."""

    id: str
    channel: str
    lane: str | None
    kind: str | None
    status: str | None
    reason: str | None
    bundle: str | None
    disposition: str
    settled_at: int | None


def read_rows(store: Path) -> list[Row]:
    """The outbox, in the order in which it was delivered."""
    columns = ", ".join(Row.__dataclass_fields__)
    with closing(sqlite3.connect(store)) as connection:
        query = f"SELECT {columns} FROM deliveries ORDER BY settled_at, seq"  # noqa: S608 - ours
        found = connection.execute(query)
        return [Row(*row) for row in found]


def waiting(store: Path) -> int:
    """How many notifications still wait."""
    with closing(sqlite3.connect(store, timeout=30)) as connection:
        query = "SELECT count(*) FROM deliveries WHERE settled_at IS NULL AND lane IS NOT NULL"
        (count,) = connection.execute(query).fetchone()
    return int(count)


def sent_alone(rows: Iterable[Row], channel: str) -> list[str]:
    """The ids of what a channel took as one message each, in that order."""
    of_channel = [row for row in rows if row.channel == channel]
    return [row.id for row in of_channel if row.disposition == "delivered" and not row.bundle]


def parts_of(rows: Iterable[Row], id: str) -> tuple[Part, ...]:  # noqa: A002 - what it is
    """What the message of that id carried."""
    whole = [row for row in rows if id in (row.id, row.bundle) and row.lane is not None]
    whole = [row for row in whole if row.disposition == "delivered"]
    said = sorted((f"{row.kind}.{row.status}", row.reason or "", _who(row)) for row in whole)
    return tuple(_joined(said))


def _joined(said: list[tuple[str, str, str]]) -> Iterator[Part]:
    for (kind, reason), group in groupby(said, key=lambda one: one[:2]):
        yield Part(kind, reason, tuple(dict.fromkeys(who for *_, who in group)))


def _who(row: Row) -> str:
    what, _, name = (row.lane or "").partition(":")
    if what == "job":
        return name.rpartition("/")[2]
    if what in ("source", "incident"):
        return "@" + name.partition("/")[0]
    return f"@{row.lane}"
