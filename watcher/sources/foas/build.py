"""Makes a FOAS source of its table."""

from __future__ import annotations

from watcher.ports import Clock, Wire
from watcher.sources.foas.endpoint import endpoint_of
from watcher.sources.foas.request import Seal
from watcher.sources.foas.source import FoasSource, Settings
from watcher.sources.foas.table import AccountTable, FoasTable, credentials_of


def build_foas(
    name: str, table: FoasTable, account: AccountTable | None, wire: Wire, clock: Clock
) -> FoasSource:
    """The source of a validated table; `account` is the one that the table names, if any.

    `ValueError` where neither holds the keys.
    """
    keys = table if account is None else account
    seal = Seal(
        endpoint=table.endpoint or endpoint_of(keys.region or ""),
        credentials=credentials_of(keys),
        signature=table.signature,
        answer_format=table.format,
        region=keys.region,
        region_header=table.region_header,
    )
    settings = Settings(
        project=table.project,
        timeout=table.timeout,
        batch_size=table.batch_size,
        concurrency=table.concurrency,
    )
    return FoasSource(name, settings, seal, wire, clock)
