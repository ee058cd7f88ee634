"""Where the rows of a table begin that were written since a time, found without an index on it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, Connection, Table, func, select


def first_since(connection: Connection, table: Table, at: Column[datetime], since: datetime) -> int:
    """The `seq` from which on a table's rows are not older than `since`; one past all if none is.

    Rows are written in the order of their time, but where the wall clock was set back meanwhile:
    then a few older ones may stand behind it.
    """
    seq = table.c.seq
    # Each by itself is one look into the table; both in one question are a walk through all of it.
    low, high = (connection.scalar(select(end(seq))) for end in (func.min, func.max))
    if low is None or high is None:
        return 0
    high += 1
    while low < high:
        middle = (low + high) // 2
        found = connection.scalar(select(at).where(seq >= middle).order_by(seq).limit(1))
        low, high = (middle + 1, high) if found is None or found < since else (low, middle)
    return int(low)
