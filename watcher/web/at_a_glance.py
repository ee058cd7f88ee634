"""How everything stands, as the first page and the API say it."""

from __future__ import annotations

from functools import partial

import msgspec

from watcher.core.job import SourceRecord
from watcher.store.views.overview import Overview, read_overview
from watcher.web.desk import Desk


async def overview_of(desk: Desk) -> Overview:
    """What the store holds; when each source was read last is known better by the loops."""
    ranks = {rule.name: int(rule.severity) for rule in desk.plan.rules}
    found = await desk.read(partial(read_overview, now=desk.now(), ranks=ranks))
    return msgspec.structs.replace(
        found, sources=tuple(_with_last_reading(desk, one) for one in found.sources)
    )


def _with_last_reading(desk: Desk, record: SourceRecord) -> SourceRecord:
    seen = [at for at in (record.read_at, desk.read_at(record.name)) if at is not None]
    return msgspec.structs.replace(record, read_at=max(seen, default=None))
