"""One message to be looked at, under a name."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, NamedTuple

from tests.messages.samples import TOLD_AT
from watcher.core.notification import Notification

HOUR: Final = timedelta(hours=1)
MINUTE: Final = timedelta(minutes=1)
SECOND: Final = timedelta(seconds=1)


class Sample(NamedTuple):
    """One notification under a name, and when it was decided."""

    name: str
    told: Notification
    at: datetime = TOLD_AT
