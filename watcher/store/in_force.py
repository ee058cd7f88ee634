"""Which file is in force and how the last reload went: two rows of `meta`, for those who look."""

from __future__ import annotations

from typing import Final

import msgspec
from sqlalchemy import Connection, select

from watcher.core.in_force import InForce, Reload
from watcher.store.engine import replace_into
from watcher.store.records import encode
from watcher.store.schema import meta

IN_FORCE: Final = "in_force"
RELOAD: Final = "reload"

_PUT: Final = replace_into(meta)
_VALUE: Final = select(meta.c.value)


def put_reload(connection: Connection, reload: Reload, in_force: InForce | None) -> None:
    """Keep how a reload went, and where it went well what is in force since."""
    rows = {RELOAD: encode(reload)}
    if in_force is not None:
        rows[IN_FORCE] = encode(in_force)
    connection.execute(_PUT, [{"name": n, "value": v.decode()} for n, v in rows.items()])


def read_reload(connection: Connection) -> Reload | None:
    """How the last one went; `None` where none is known."""
    value = connection.scalar(_VALUE.where(meta.c.name == RELOAD))
    return None if value is None else msgspec.json.decode(value, type=Reload)


def read_in_force(connection: Connection) -> InForce | None:
    """What is in force, or was when the last service ended; `None` where that is not known."""
    value = connection.scalar(_VALUE.where(meta.c.name == IN_FORCE))
    return None if value is None else msgspec.json.decode(value, type=InForce)
