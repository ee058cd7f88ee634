"""A row that is written for no other reason than to see whether writing works."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from watcher.store.engine import replace_into
from watcher.store.schema import meta

NAME: Final = "probe"
SIZE: Final = 64 * 1024
"""Bytes of the row: more than most Steps need.

What a failed commit had written before the disk was full stays its own: a row that fits in there
would prove nothing.
"""

_PUT: Final = replace_into(meta)


def write_probe(connection: Connection, now: datetime) -> None:
    """Write the row anew; it always differs from the one before."""
    connection.execute(_PUT, [{"name": NAME, "value": now.isoformat().ljust(SIZE, ".")}])
