"""The times of one message, as precise as it takes to tell them apart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from watcher.core.notification import Notification
from watcher.core.run_summary import RunSummary, error_time
from watcher.messages.title import began_at
from watcher.messages.wording import Wording, are_close

_YEAR_9000: Final = 221_845_392_000_000


def moment_of(at: datetime, notification: Notification, told_at: datetime, words: Wording) -> str:
    """A time of the message, to the second where another one of it lies within a minute."""
    others = (
        began_at(notification),
        notification.ended_at,
        error_at(notification.event.run),
        notification.event.facts.last_good_at,
    )
    precise = any(other is not None and are_close(at, other) for other in others)
    return words.moment(at, told_at, precise=precise)


def error_at(run: RunSummary | None) -> datetime | None:
    """When a run's last error occurred; `None` where it has none or bears no time."""
    return epoch_time(error_time(run)) if run is not None else None


def epoch_time(milliseconds_since_epoch: int) -> datetime | None:
    """A time of the API; `None` for 0, which is none, and for what no calendar holds."""
    if not 0 < milliseconds_since_epoch < _YEAR_9000:
        return None
    seconds, rest = divmod(milliseconds_since_epoch, 1000)
    return datetime.fromtimestamp(seconds, UTC) + timedelta(milliseconds=rest)
