"""The `[heartbeat]` table of the file: who is told outside that useful work is done."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Final

from pydantic import Field

from watcher.channels.table import LONGEST_TIMEOUT, Address
from watcher.tables import PositiveSpan, Span, StrictTable

SHORTEST_BEAT: Final = timedelta(seconds=1)


class HeartbeatTable(StrictTable):
    """An address that is asked for while useful work is done, and only then."""

    url: Address
    """Where to ask, with GET; kept secret, because who knows it can ask too."""

    interval: Annotated[Span, Field(ge=SHORTEST_BEAT)] = timedelta(minutes=1)
    """How often; at least 1s."""

    timeout: Annotated[Span, Field(gt=timedelta(0), le=LONGEST_TIMEOUT)] = timedelta(seconds=10)
    """How long the answer may take; at most 30s."""

    outbox_older_than: PositiveSpan = timedelta(minutes=15)
    """Work is not useful while the oldest waiting delivery is older; /readyz says so too."""
