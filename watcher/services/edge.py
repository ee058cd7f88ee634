"""What every loop of a process shares."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from structlog.typing import FilteringBoundLogger

from watcher.ports import Clock, Wire
from watcher.services.bell import Bell
from watcher.services.courtesy import Courtesy
from watcher.services.flight import Flight
from watcher.services.guard import Guard
from watcher.telemetry.metrics import Metrics


class Edge(NamedTuple):
    """The outside world as the loops see it, made once by the app.

    `unsure_since` is the start where nobody can know how long ago the last attempts were, `flight`
    the recorder of what is seen, `courtesy` what lets polls go before pages.
    """

    store: Guard
    wire: Wire
    clock: Clock
    bell: Bell
    metrics: Metrics
    log: FilteringBoundLogger
    courtesy: Courtesy
    unsure_since: datetime | None = None
    flight: Flight | None = None
