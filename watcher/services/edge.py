"""What every loop of a process shares."""

from __future__ import annotations

from typing import NamedTuple

from structlog.typing import FilteringBoundLogger

from watcher.ports import Clock, Wire
from watcher.services.bell import Bell
from watcher.services.guard import Guard
from watcher.telemetry.metrics import Metrics


class Edge(NamedTuple):
    """The outside world as the loops see it, made once by the app."""

    store: Guard
    wire: Wire
    clock: Clock
    bell: Bell
    metrics: Metrics
    log: FilteringBoundLogger
