"""An attempt outside the outbox: a test message counts against its robot's limit like any other."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, bindparam, select

from watcher.core.pace import next_start
from watcher.ports import Channel
from watcher.store.open import open_writer
from watcher.store.schema import attempts

_BEGUN: Final = (
    select(attempts.c.begun_at)
    .where(attempts.c.robot == bindparam("of"), attempts.c.begun_at > bindparam("after"))
    .order_by(attempts.c.begun_at)
)


async def begin_trial(path: Path, channel: Channel, now: datetime) -> datetime:
    """Save that a test message begins now and give back `now`; or when the limit allows one.

    `StoreError` where the file at `path` cannot be used.
    """
    store = await open_writer(path)
    try:
        return await store.access.transact(partial(_begin, channel=channel, now=now))
    finally:
        await store.close()


def _begin(connection: Connection, channel: Channel, now: datetime) -> datetime:
    may_at = now
    if channel.limit is not None:
        after = now - channel.limit.window
        begun = list(connection.scalars(_BEGUN, {"of": channel.robot, "after": after}))
        may_at = next_start(channel.limit, begun, now)
    if may_at <= now:
        row = {"number": 1, "channel": channel.name, "robot": channel.robot, "begun_at": now}
        connection.execute(attempts.insert(), row)
    return may_at
