"""Loading everything that the core's state is made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from sqlalchemy import Connection, Table, select

from watcher.core.step import Saved
from watcher.store import records, schema
from watcher.store.moving import read_anchor
from watcher.store.silences import read_silences

STORE_ID: Final = "store_id"
"""The name in `meta` of the random id that was made once with the store."""

Record = TypeVar("Record")


def load_saved(connection: Connection) -> Saved:
    """All records, each kind in the order of its keys."""
    return Saved(
        store_id=connection.scalars(
            select(schema.meta.c.value).where(schema.meta.c.name == STORE_ID)
        ).one(),
        jobs=_all(connection, schema.jobs, records.decode_job),
        delays=_all(connection, schema.delays, records.decode_delays),
        sources=_all(connection, schema.sources, records.decode_source),
        alerts=_all(connection, schema.alerts, records.decode_alert),
        told=_all(connection, schema.told, records.decode_told),
        repeats=_all(connection, schema.repeats, records.decode_repeat),
        riders=_all(connection, schema.riders, records.decode_rider),
        counters=tuple(
            (row.name, row.value)
            for row in connection.execute(select(schema.counters).order_by(schema.counters.c.name))
        ),
        anchor=read_anchor(connection),
        silences=read_silences(connection),
    )


def _all(
    connection: Connection, table: Table, decode: Callable[[bytes], Record]
) -> tuple[Record, ...]:
    found = connection.scalars(select(table.c.record).order_by(*table.primary_key.columns))
    return tuple(map(decode, found))
